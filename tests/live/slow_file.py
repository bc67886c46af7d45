#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Maps, privately, a file of a FUSE mount that answers no read: prints the address, and when stdin closes the longest time, in
seconds, that another thread waited for its mmap lock. For `unshare -m`.

usage: slow_file.py FILE
"""
import ctypes
import mmap
import os
import signal
import struct
import sys
import threading
import time

SIZE = 2 << 20
INIT, GETATTR, OPEN, READ = 26, 3, 14, 15
libc = ctypes.CDLL(None, use_errno=True)


def answer(opcode):
    """The body, or the errno; None: never (include/uapi/linux/fuse.h)."""
    if opcode == INIT:
        return struct.pack("4I2H2I2H8I", 7, 31, 0, 0, 0, 0, 4096, 1, 0, 0, *[0] * 8)
    if opcode == GETATTR:
        return struct.pack("Q2I6Q10I", 60, 0, 0, 1, SIZE, SIZE // 512, 0, 0, 0, 0, 0, 0, 0o100600, 1, 0, 0, 0, 4096, 0)
    if opcode == OPEN:
        return struct.pack("Q2I", 1, 0, 0)
    return None if opcode == READ else 38  # ENOSYS


def serve(fuse):
    libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    while True:
        request = os.read(fuse, 1 << 20)
        _, opcode, unique = struct.unpack_from("2IQ", request)
        body = answer(opcode)
        if isinstance(body, int):
            os.write(fuse, struct.pack("IiQ", 16, -body, unique))
        elif body is not None:
            os.write(fuse, struct.pack("IiQ", 16 + len(body), 0, unique) + body)


def main():
    fuse = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={fuse},rootmode=100600,user_id=0,group_id=0"
    if libc.mount(b"slow", sys.argv[1].encode(), b"fuse", 0, options.encode()):
        raise OSError(ctypes.get_errno(), "mount")
    if not os.fork():
        serve(fuse)
    os.close(fuse)
    with open(sys.argv[1], "r+b") as file:
        area = mmap.mmap(file.fileno(), SIZE, flags=mmap.MAP_PRIVATE)
    longest = 0

    def lock():
        nonlocal longest
        while True:
            start = time.monotonic()
            mmap.mmap(-1, 4096).close()
            longest = max(longest, time.monotonic() - start)
            time.sleep(0.01)

    threading.Thread(target=lock, daemon=True).start()
    print(f"{ctypes.addressof(ctypes.c_char.from_buffer(area)):x}", flush=True)
    sys.stdin.read()
    print(longest, flush=True)
    os._exit(0)


main()
