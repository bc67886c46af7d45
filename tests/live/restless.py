#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A process that will not stand still: says {"pids": [...]} and goes on until stdin closes.

usage: restless.py maps     maps, touches, splits and unmaps memory without end
       restless.py exec     replaces its own program without end
       restless.py forks    has children that live for a moment; its PID stays
       restless.py threads  several threads that map and unmap at once
       restless.py slots    two processes, each in slots that stay mapped: what is behind them never stays
"""
import ctypes
import json
import os
import random
import select
import signal
import sys
import threading

import layout
from layout import PAGE, PMD


def over():
    return bool(select.select([0], [], [], 0)[0])


def churn(rounds):
    """Keeps some hundred VMAs, of which one is always being replaced."""
    held = []
    for _ in range(rounds):
        size = random.choice((PAGE, 3 * PAGE, PMD, 2 * PMD))
        start = layout.mmap(size)
        layout.advise(start, size, random.choice((layout.HUGEPAGE, layout.NOHUGEPAGE)))
        layout.touch(start, size, random.choice((PAGE * 16, PMD)))
        if size > 2 * PAGE:
            layout.protect(start + PAGE, PAGE, layout.READ)
        held.append((start, size))
        if len(held) > 300:
            layout.libc.munmap(*held.pop(random.randrange(len(held))))
    for start, size in held:
        layout.libc.munmap(start, size)


def maps():
    while not over():
        churn(2000)


def threads():
    for _ in range(3):
        threading.Thread(target=lambda: [churn(2000) for _ in iter(int, 1)], daemon=True).start()
    maps()


def again():
    """One life of many: a new address space, the same PID."""
    churn(20)
    if not over():
        os.execv(sys.executable, [sys.executable, __file__, "exec-again"])


def forks():
    children = 0
    while not over():
        if os.fork() == 0:
            churn(random.randrange(30))
            os._exit(0)
        children += 1
        while children and (children > 20 or os.waitpid(-1, os.WNOHANG)[0]):
            children -= 1
            if children >= 20:
                os.wait()


def turn(slot, page):
    """One thing that the kernel does to a slot: born, collapsed, split, punched, refilled, read, written, shared."""
    kind = random.randrange(8)
    if kind == 0:
        layout.advise(slot, PMD, layout.HUGEPAGE)
        layout.touch(page, PAGE)
    elif kind == 1:
        layout.libc.madvise(slot, PMD, layout.COLLAPSE)  # may be refused
    elif kind == 2:
        layout.split_mapping(slot, 1)
    elif kind == 3:
        layout.advise(page, PAGE, layout.DONTNEED)
    elif kind == 4:
        layout.advise(slot, PMD, layout.DONTNEED)
        layout.advise(slot, PMD, layout.NOHUGEPAGE)
        ctypes.memset(slot, 1, PMD)
    elif kind == 5:
        layout.advise(slot, PMD, layout.DONTNEED)
        layout.advise(slot, PMD, layout.HUGEPAGE)
        layout.look(page, PAGE)
    elif kind == 6:
        layout.touch(page, PAGE)
    else:
        child = os.fork()
        if child == 0:
            layout.touch(page, PAGE)
            os._exit(0)
        os.waitpid(child, 0)


def slots(start):
    while not over():
        for _ in range(200):
            slot = start + random.randrange(64) * PMD
            turn(slot, slot + random.randrange(PMD // PAGE) * PAGE)


def two(start):
    """The same slots in a child, which goes with its parent."""
    child = os.fork()
    if child == 0:
        layout.libc.prctl(1, signal.SIGKILL)
        slots(start)
        os._exit(0)
    print(json.dumps({"pids": [os.getpid(), child]}), flush=True)
    slots(start)
    os.waitpid(child, 0)


def main():
    kind = sys.argv[1]
    if kind == "slots":
        return two(layout.area("slots", 64 * PMD))
    if kind != "exec-again":
        print(json.dumps({"pids": [os.getpid()]}), flush=True)
    {"maps": maps, "threads": threads, "exec": again, "exec-again": again, "forks": forks}[kind]()


if __name__ == "__main__":
    main()
