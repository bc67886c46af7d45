#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Processes that never stand still and never grow: a parent and some children, which map, move, split and unmap memory, execute
themselves anew, and end for others to be born. Says {"pids": [the parent]} and goes on until stdin closes.

usage: churn.py [STEPS]     a second (50)
"""
import json
import os
import random
import select
import signal
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "../live"))
import layout
from layout import PAGE, PMD

STEPS = int(sys.argv[1]) if len(sys.argv) > 1 else 50
VMAS, CHILDREN, LIFE_S = 60, 3, 8
MAYMOVE = 1
SIZES = (PAGE, 5 * PAGE, PMD // 2, PMD, 3 * PMD)


def born():
    """A mapping, some of it touched."""
    size = random.choice(SIZES)
    start = layout.mmap(size)
    layout.advise(start, size, random.choice((layout.HUGEPAGE, layout.NOHUGEPAGE)))
    layout.touch(start, size, random.choice((PAGE, 16 * PAGE, PMD)))
    return [start, size]


def step(held):
    """One of them is moved, cut, given back or replaced."""
    at = random.randrange(len(held))
    start, size = held[at]
    kind = random.randrange(5)
    if kind == 0 and size > PAGE:
        held[at] = [layout.must(layout.libc.mremap(start, size, size // 2 // PAGE * PAGE or PAGE, MAYMOVE, None), "mremap"),
                    size // 2 // PAGE * PAGE or PAGE]
    elif kind == 1:
        held[at] = [layout.must(layout.libc.mremap(start, size, size + PAGE, MAYMOVE, None), "mremap"), size + PAGE]
    elif kind == 2 and size > 2 * PAGE:
        layout.protect(start + PAGE, PAGE, layout.READ)
        layout.protect(start + PAGE, PAGE, layout.RW)
    elif kind == 3:
        layout.advise(start, size, layout.DONTNEED)
    else:
        layout.libc.munmap(start, size)
        held[at] = born()


def work(until, over):
    """Steps until then, or until that is true; each mapping at hand is bounded, and so is the process."""
    held = [born() for _ in range(VMAS)]
    while time.monotonic() < until and not over():
        time.sleep(1 / STEPS)
        step(held)
    for start, size in held:
        layout.libc.munmap(start, size)


def child():
    """A life of some seconds; now and then it begins anew as another program."""
    pid = os.fork()
    if pid:
        return pid
    layout.libc.prctl(1, signal.SIGKILL)
    random.seed(os.urandom(8))
    work(time.monotonic() + random.uniform(0.1, LIFE_S), lambda: False)
    if random.randrange(2):
        os.execv("/bin/sleep", ["sleep", "0.5"])
    os._exit(0)


def main():
    alive = set()
    print(json.dumps({"pids": [os.getpid()]}), flush=True)

    def over():
        while len(alive) < CHILDREN:
            alive.add(child())
        ended, _ = os.waitpid(-1, os.WNOHANG)
        alive.discard(ended)
        return bool(select.select([0], [], [], 0)[0])

    work(float("inf"), over)
    for pid in alive:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
