#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A parent and its child on one CPU that carry out one order a line from stdin, for the test of the copy-on-write
verdict: {"pid", "start"} comes first, then for each order {} or {"pid"}. It ends when stdin closes.

usage: cow_family.py
"""
import ctypes
import json
import os
import signal
import struct
import sys
import tempfile

import layout
from layout import PAGE, PMD

X86 = os.uname().machine == "x86_64"
VMSPLICE, MOVE_PAGES = (278, 279) if X86 else (75, 239)
IO_URING_SETUP, IO_URING_REGISTER = 425, 427
DONTFORK, DOFORK, MERGEABLE = 10, 11, 12
libc = layout.libc


class State:
    start = 0    # of the slot that is played with
    child = None  # (pid, order pipe, answer pipe)
    kept = []     # what must not be closed


def syscall(number, *args):
    return layout.must(libc.syscall(number, *args), f"syscall {number}")


def fresh(name, **options):
    State.start = layout.area(name, PMD, **options)


def build(shape):
    if shape in ("pmd", "pte"):
        State.start = layout.huge("memory", 1)
        if shape == "pte":
            layout.split_mapping(State.start, 1)
    elif shape == "small":
        fresh("memory")
        layout.advise(State.start, PMD, layout.NOHUGEPAGE)
        layout.touch(State.start, PMD)
    elif shape == "zero":
        fresh("memory")
        layout.advise(State.start, PMD, layout.NOHUGEPAGE)
        layout.look(State.start, PMD)
    elif shape == "huge-zero":
        fresh("memory")
        layout.advise(State.start, PMD, layout.HUGEPAGE)
        layout.look(State.start, PMD, PMD)
    elif shape == "file":
        file = tempfile.TemporaryFile()
        file.write(b"x" * PMD)
        file.flush()
        State.kept.append(file)
        fresh("memory", flags=layout.PRIVATE, fd=file.fileno())
        layout.look(State.start, PMD)
    elif shape == "shmem-pmd":
        fd = layout.memfd(4 * PMD)
        State.kept.append(fd)
        whole = layout.area("whole", PMD, flags=layout.SHARED, fd=fd)
        layout.touch(whole, PMD)
        layout.advise(whole, PMD, layout.COLLAPSE)
        fresh("memory", flags=layout.PRIVATE, fd=fd)
        layout.look(State.start, PMD, PMD)
    elif shape == "shared":
        fresh("memory", flags=layout.SHARED | layout.ANON)
        layout.touch(State.start, PMD)
    elif shape == "hugetlb":
        fresh("memory", flags=layout.PRIVATE | layout.ANON | layout.HUGETLB)
        layout.touch(State.start, PAGE)
    elif shape == "read-only":
        build("small")
        layout.protect(State.start, PMD, layout.READ)
    elif shape == "ksm":
        build("small")
        layout.advise(State.start, PMD, MERGEABLE)
    else:
        raise ValueError(shape)


def pin():
    """Registers all of it as a fixed buffer of an io_uring: a pin for writing (FOLL_PIN | FOLL_LONGTERM)."""
    ring = syscall(IO_URING_SETUP, 1, ctypes.create_string_buffer(120))
    State.kept.append(ring)
    vector = ctypes.create_string_buffer(struct.pack("QQ", State.start, PMD))
    syscall(IO_URING_REGISTER, ring, 0, vector, 1)


def refer(page):
    """Puts one page into a pipe: a reference (FOLL_GET), no pin."""
    ends = os.pipe()
    State.kept.extend(ends)
    vector = ctypes.create_string_buffer(struct.pack("QQ", State.start + page * PAGE, PAGE))
    syscall(VMSPLICE, ends[1], vector, 1, 0)


def settle():
    """Drains every CPU's LRU batches, which hold references: move_pages of a page of one's own does."""
    page = layout.mmap(PAGE)
    layout.touch(page, PAGE)
    pages = ctypes.create_string_buffer(struct.pack("Q", page))
    node, status = (ctypes.c_int * 1)(0), (ctypes.c_int * 1)(0)
    libc.syscall(MOVE_PAGES, 0, ctypes.c_ulong(1), pages, node, status, 2)  # MPOL_MF_MOVE
    libc.munmap(page, PAGE)


def write(page):
    ctypes.c_char.from_address(State.start + page * PAGE).value = b"y"


def fork():
    orders, answers = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        libc.prctl(1, signal.SIGKILL)
        os.close(orders[1])
        os.close(answers[0])
        while True:
            page = os.read(orders[0], 8)
            if len(page) < 8:
                os._exit(0)
            write(struct.unpack("q", page)[0])
            os.write(answers[1], b"x")
    os.close(orders[0])
    os.close(answers[1])
    State.child = (pid, orders[1], answers[0])
    return {"pid": pid}


def keep():
    """Forks with the first half kept from the child, and then one mapping again, as libraries of RDMA do around it."""
    layout.advise(State.start, PMD // 2, DONTFORK)
    forked = fork()
    layout.advise(State.start, PMD // 2, DOFORK)
    return forked


def child_write(page):
    os.write(State.child[1], struct.pack("q", page))
    if os.read(State.child[2], 1) != b"x":
        raise OSError("the child died")


def child_exit():
    os.close(State.child[1])
    os.waitpid(State.child[0], 0)


def obey(order, *args):
    calls = {"pin": pin, "refer": lambda: refer(int(args[0])), "settle": settle, "fork": fork, "keep": keep,
             "write": lambda: write(int(args[0])), "child-write": lambda: child_write(int(args[0])),
             "child-exit": child_exit}
    return calls[order]() or {}


def main():
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    build(sys.argv[1])
    print(json.dumps({"pid": os.getpid(), "start": State.start}), flush=True)
    for line in sys.stdin:
        try:
            answer = obey(*line.split())
        except OSError as error:
            answer = {"error": str(error), "errno": error.errno}
        print(json.dumps(answer), flush=True)


main()
