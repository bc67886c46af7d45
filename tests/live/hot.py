#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A process that uses some regions of an area again and again: says {"pids": [...], "areas": {...}}, and goes on until stdin
closes. In the area `hot` is region 1, all of it; of region 2 the first half; nobody touches regions 0 and 3 again.

usage: hot.py clear|read|inviting|write|watched|forbidden|scattered

clear: in areas of their own, see use_areas. inviting: nothing forbids huge pages here. write: stores, where the others load;
watched: those too, once userfaultfd watches the area for writes. forbidden, scattered: 100 regions with a page in each, in one area or in as many, for which huge pages are
forbidden; nothing else is done.
"""
import ctypes
import fcntl
import json
import os
import select
import struct
import sys

from layout import DONTNEED, HUGEPAGE, NOHUGEPAGE, PAGE, PMD, area, areas, libc, must

SYS_USERFAULTFD = 323 if os.uname().machine == "x86_64" else 282
UFFDIO_API, UFFDIO_REGISTER, UFFDIO_WRITEPROTECT = 0xC018AA3F, 0xC020AA00, 0xC018AA06
WP_ASYNC = 1 << 15  # UFFD_FEATURE_WP_ASYNC, 6.7+
REGIONS = 4
MANY = 100


def watch(start, size):
    fd = must(libc.syscall(SYS_USERFAULTFD, os.O_CLOEXEC | os.O_NONBLOCK), "userfaultfd")
    fcntl.ioctl(fd, UFFDIO_API, struct.pack("QQQ", 0xAA, WP_ASYNC, 0))
    fcntl.ioctl(fd, UFFDIO_REGISTER, struct.pack("QQQQ", start, size, 2, 0))
    fcntl.ioctl(fd, UFFDIO_WRITEPROTECT, struct.pack("QQQ", start, size, 1))
    return fd


def forbid(areas_of):
    for number in range(MANY // areas_of):
        start = area(f"cold{number}", areas_of * PMD)
        libc.madvise(start, areas_of * PMD, NOHUGEPAGE)
        for at in range(start, start + areas_of * PMD, PMD):
            ctypes.c_ubyte.from_address(at).value = 1


def flush_tlb(scratch):
    """Who clears accessed bits does not: of a process that does nothing else the entries would stay in the TLB (QEMU's has
    room for many). More pages than 33 given back at once flush all of it."""
    ctypes.memset(scratch, 1, 64 * PAGE)
    libc.madvise(scratch, 64 * PAGE, DONTNEED)


def use_areas():
    """Areas of their own: all of `hot` is read, a quarter of `warm`, none of `cold`."""
    sizes = {"hot": PMD, "warm": 2 * PMD, "cold": 2 * PMD, "else": 4 * PMD}
    scratch = area("scratch", 64 * PAGE)
    starts = {}
    for name, size in sizes.items():
        starts[name] = area(name, size)
        libc.madvise(starts[name], size, NOHUGEPAGE)
        ctypes.memset(starts[name], 1, size)
    used = [at for name, size in (("hot", PMD), ("warm", PMD // 2), ("else", 4 * PMD))
            for at in range(starts[name], starts[name] + size, PAGE)]
    print(json.dumps({"pids": [os.getpid()], "areas": areas}), flush=True)
    while not select.select([sys.stdin], [], [], 0.01)[0]:
        flush_tlb(scratch)
        for at in used:
            ctypes.c_ubyte.from_address(at).value


def main(how):
    if how in ("forbidden", "scattered"):
        forbid(MANY if how == "forbidden" else 1)
        print(json.dumps({"pids": [os.getpid()], "areas": areas}), flush=True)
        sys.stdin.read()
        return None
    if how == "clear":
        return use_areas()
    start = area("hot", REGIONS * PMD)
    with open("/sys/kernel/mm/transparent_hugepage/enabled") as file:
        always = "[always]" in file.read()
    if how != "inviting" or always:
        libc.madvise(start, REGIONS * PMD, NOHUGEPAGE)
    ctypes.memset(start, 1, REGIONS * PMD)
    if how == "inviting" and always:  # khugepaged may come by soon
        libc.madvise(start, REGIONS * PMD, HUGEPAGE)
    held = watch(start, REGIONS * PMD) if how == "watched" else None
    used = [*range(start + PMD, start + 2 * PMD, PAGE), *range(start + 2 * PMD, start + 5 * PMD // 2, PAGE)]
    bytes_ = [ctypes.c_ubyte.from_address(at) for at in used]

    scratch = area("scratch", 64 * PAGE)

    def use():
        flush_tlb(scratch)
        for byte in bytes_:
            if how in ("read", "inviting"):
                byte.value
            else:
                byte.value = 2
    if how != "write":  # who asks for that clears bits first
        use()
    print(json.dumps({"pids": [os.getpid()], "areas": areas}), flush=True)
    while not select.select([sys.stdin], [], [], 0.01)[0]:
        use()
    return held


if __name__ == "__main__":
    main(sys.argv[1])
