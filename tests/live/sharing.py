#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds processes that share one folio, each in its own way, says who maps what, and waits for stdin to close.

usage: sharing.py NAME

What is said: as layout.py's, and "asked", the address in pids[0], and "expected", a list of [pid, address, mapping,
aligned, first subpage, subpages].
"""
import json
import os
import signal
import sys
import tempfile

from layout import (COLLAPSE, DONTNEED, HUGEPAGE, NOHUGEPAGE, PAGE, PMD, PRIVATE, READ, RW, SHARED, advise, area, aliases,
                    areas, fork, huge, libc, look, memfd, mmap, must, pids, populated, split_mapping, touch, vm_clone)

PAGES = PMD // PAGE
expected = []


def expect(who, start, mapping, aligned=True, first=0, subpages=PAGES):
    expected.append([pids[who], start, mapping, aligned, first, subpages])


def placed(start, size, *args, **options):
    return mmap(size, *args, at=start, **options)


def family():
    """Three by PMD; one by ptes; one without a part; one at another place that is not aligned."""
    start = huge("shared", 1)
    there = start + 64 * PMD
    fork()
    fork()
    fork(lambda: split_mapping(start, 1))

    def partly():
        advise(start, 100 * PAGE, DONTNEED)
        advise(start + 200 * PAGE, PAGE, DONTNEED)
    fork(partly)

    def moved():
        placed(there + 3 * PAGE, PMD)
        must(libc.mremap(start, PMD, PMD, 3, there + 3 * PAGE), "mremap")
    fork(moved)
    for who in range(3):
        expect(who, start, "pmd")
    expect(3, start, "pte")
    expect(4, start + 100 * PAGE, "pte", first=100, subpages=PAGES - 101)
    expect(5, there + 3 * PAGE, "pte", aligned=False)
    return start


def grandchildren():
    """Those who share are children of a child that does not, and half of it has gone from the asker."""
    start = huge("shared", 1)

    def child():
        fork()
        fork()
        # (Its children have the folio; it gives its own up.)
        advise(start, PMD, DONTNEED)
        tell.send(pids[1:])
    tell = Pipe()
    fork(child)
    pids.extend(tell.receive())
    advise(start + PMD // 2, PMD // 2, DONTNEED)
    expect(0, start, "pte", subpages=PAGES // 2)
    expect(2, start, "pmd")
    expect(3, start, "pmd")
    return start


class Pipe:
    def __init__(self):
        self.ours, self.theirs = os.pipe()

    def send(self, value):
        os.write(self.theirs, json.dumps(value).encode())

    def receive(self):
        return json.loads(os.read(self.ours, 4096))


def moved_apart():
    """The asker itself has one half elsewhere; its child has both where they were."""
    start = huge("shared", 1)
    fork()
    there = start + 64 * PMD + PAGE
    placed(there, PMD // 2)
    must(libc.mremap(start + PMD // 2, PMD // 2, PMD // 2, 3, there), "mremap")
    expect(0, start, "pte", subpages=PAGES // 2)
    expect(0, there, "pte", aligned=False, first=PAGES // 2, subpages=PAGES // 2)
    expect(1, start, "pmd")
    return start


def object_of(fd, slots):
    """Three processes map the second PMD-sized part of a file, at other addresses and from other offsets."""
    start = area("shared", slots * PMD, flags=SHARED, fd=fd)
    look(start + PMD, PMD)
    there = start + 128 * PMD

    def aligned():
        placed(there, PMD, RW, SHARED, fd=fd, offset=PMD)
        look(there, PMD)

    def skewed():
        placed(there + PAGE, 2 * PMD - 8 * PAGE, READ, SHARED, fd=fd, offset=8 * PAGE)
        look(there + PAGE, 2 * PMD - 8 * PAGE)
        os.close(fd)

    def private():
        placed(there, PMD, RW, PRIVATE, fd=fd, offset=PMD)
        touch(there + 7 * PAGE, PAGE)
        look(there, PMD)
    fork(aligned)
    fork(skewed)
    fork(private)
    # Twice in one process: the same, and a part of it.
    placed(there, 16 * PAGE, READ, SHARED, fd=fd, offset=PMD + 32 * PAGE)
    look(there, 16 * PAGE)
    return start + PMD, there


def shmem():
    fd = memfd(2 * PMD)
    start = placed(None, 2 * PMD, RW, SHARED, fd=fd)
    touch(start, 2 * PMD)
    # One folio of PMD size, which the file then has; the mapping that made it goes away.
    base = area("made", 2 * PMD, flags=SHARED, fd=fd)
    advise(base, 2 * PMD, COLLAPSE)
    libc.munmap(start, 2 * PMD)
    libc.munmap(base, 2 * PMD)
    del areas["made"]
    start, there = object_of(fd, 2)
    expect(0, start, "pmd")
    expect(0, there, "pte", aligned=False, first=32, subpages=16)
    expect(1, there, "pmd")
    # Offset 8 pages at there + 1 page: subpage 0, which is page 512 of the file, at 505 pages.
    expect(2, there + (PAGES - 7) * PAGE, "pte", aligned=False)
    expect(3, there, "pte", subpages=PAGES - 1)
    return start


def small():
    """A single page of a family, and of one that has it twice."""
    start = area("shared", PMD)
    advise(start, PMD, NOHUGEPAGE)
    touch(start, PAGE * 4)
    fork()
    fork(lambda: touch(start, PAGE))
    fork(lambda: must(libc.mremap(start + PAGE, PAGE, PAGE, 3, start + PMD - PAGE), "mremap"))
    expect(0, start + PAGE, "pte", subpages=1)
    expect(1, start + PAGE, "pte", subpages=1)
    expect(2, start + PAGE, "pte", subpages=1)
    expect(3, start + PMD - PAGE, "pte", subpages=1)
    return start + PAGE


def file():
    """A page of a file on a disk, which whoever runs this very interpreter may have too: a file of our own."""
    with tempfile.TemporaryFile() as disk:
        disk.write(b"y" * 64 * PAGE)
        disk.flush()
        os.fsync(disk.fileno())
        fd = os.dup(disk.fileno())
    start = area("shared", 64 * PAGE, prot=READ, flags=SHARED, fd=fd)
    look(start, 64 * PAGE)
    there = start + 64 * PMD

    def again():
        placed(there, 32 * PAGE, READ, PRIVATE, fd=fd, offset=16 * PAGE)
        look(there, 32 * PAGE)
    fork(again)
    fork(lambda: look(start, 64 * PAGE))
    # (Whatever the size of its folio: the test does the sum.)
    return start + 20 * PAGE


def mthp():
    """The caller has set hugepages-64kB to madvise or always."""
    start = area("shared", PMD)
    advise(start, PMD // 2, HUGEPAGE)
    touch(start, PMD // 2)
    fork()
    fork(lambda: advise(start + 16 * PAGE, 3 * PAGE, DONTNEED))
    expect(0, start + 16 * PAGE, "pte", subpages=16)
    expect(1, start + 16 * PAGE, "pte", subpages=16)
    expect(2, start + 19 * PAGE, "pte", first=3, subpages=13)
    return start + 21 * PAGE


def one_memory():
    """Two processes with one address space, and a child of theirs."""
    start = huge("shared", 1)
    fork()
    vm_clone()
    expect(0, start, "pmd")
    expect(1, start, "pmd")
    expect(2, start, "pmd")
    return start


def laborious():
    """A page that a child has elsewhere, behind a gigabyte of the asker's own that a search looks through first."""
    start = area("shared", PMD)
    advise(start, PMD, NOHUGEPAGE)
    touch(start, PAGE)
    fork(lambda: must(libc.mremap(start, PAGE, PAGE, 3, start + PMD - PAGE), "mremap"))
    populated()
    return start


SHARINGS = {f.__name__: f for f in (family, grandchildren, moved_apart, shmem, small, file, mthp, one_memory,
                                    laborious)}


def main():
    asked = SHARINGS[sys.argv[1]]()
    print(json.dumps({"pids": pids, "areas": areas, "aliases": aliases, "asked": asked, "expected": expected}), flush=True)
    sys.stdin.read()
    for pid in pids[1:]:
        os.kill(pid, signal.SIGKILL)
    for pid in pids[1:]:
        try:
            os.waitpid(pid, 0)
        except ChildProcessError:
            pass  # a grandchild


if __name__ == "__main__":
    main()
