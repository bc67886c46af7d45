#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes one region that is not huge for one reason, and obeys: the specimen of test_why.

usage: cause.py CAUSE
Says {"pids", "areas": {"it": [start, size]}}, then answers each line of stdin with one of its own, until stdin closes:
collapse (its errno's name or "OK"), remedy (what should help is done), look (reads a byte).
"""
import ctypes
import errno
import fcntl
import json
import os
import struct
import subprocess
import sys
import tempfile
import time

import layout as L
from alone import Alone
from layout import HUGEPAGE, NOHUGEPAGE, PAGE, PMD, advise, area, libc, touch

PR_SET_THP_DISABLE, EXCEPT_ADVISED = 41, 2
LOCKED_IN_MEMORY = []  # what has to live as long as this process
remedy = None
at_word = []  # to be called at the next word
tries = L.BUSY_TRIES  # of a collapse that somebody is in the way of (EAGAIN): one who stays there is the cause


def remedied_by(function):
    global remedy
    remedy = function


def small(size=PMD, pages=PMD // PAGE, advice=HUGEPAGE, **options):
    """An area whose first pages were written one by one; then the advice is given."""
    start = area("it", size, **options)
    if "fd" not in options:
        advise(start, size, NOHUGEPAGE)
    touch(start, pages * PAGE)
    if "fd" not in options:
        advise(start, size, L.NORMAL if advice is None else HUGEPAGE)
    return start


def enrol():
    """khugepaged knows this process from now on: by memory that was written."""
    start = area("enrolled", PMD)
    advise(start, PMD, NOHUGEPAGE)
    touch(start, PAGE)
    advise(start, PMD, HUGEPAGE)


def decoy():
    """khugepaged sleeps without a time while it knows nobody, and comes at once for the first: here is one."""
    enrol()
    small()


def plain():
    """Nothing is in the way but time."""
    small()


def unadvised():
    """As if nobody had ever said anything: no hg, no nh."""
    start = area("it", PMD)
    touch(start, PMD)
    remedied_by(lambda: advise(start, PMD, HUGEPAGE))


def huge():
    L.huge("it", 1)


def huge_zero():
    start = area("it", PMD)
    advise(start, PMD, HUGEPAGE)
    L.look(start, PAGE)


def too_small():
    touch(area("it", PMD // 2), PMD // 2)


def straddles():
    start = area("it", 3 * PMD, skew=PAGE)
    touch(start, 3 * PMD)
    L.areas["it"] = [start, PMD - PAGE]


def device():
    ring = L.packet_ring(PMD)
    LOCKED_IN_MEMORY.append(ring)
    area("it", 2 * PMD, flags=L.SHARED, fd=ring.fileno())


def nohugepage():
    start = L.area("it", PMD)
    advise(start, PMD, NOHUGEPAGE)
    touch(start, PMD)
    remedied_by(lambda: advise(start, PMD, HUGEPAGE))


def stack():
    """As libpthread maps a thread's stack (MAP_STACK)."""
    start = area("it", PMD, flags=L.PRIVATE | L.ANON | 0x20000)
    touch(start, PMD)
    remedied_by(lambda: advise(start, PMD, HUGEPAGE))


def thp_disabled():
    small()
    L.must(libc.prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0), "prctl")
    remedied_by(lambda: libc.prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0))


def except_advised():
    L.must(libc.prctl(PR_SET_THP_DISABLE, 1, EXCEPT_ADVISED, 0, 0), "prctl")
    unadvised()


def offset():
    fd = L.memfd(4 * PMD)
    start = area("it", PMD)
    L.mmap(PMD, flags=L.SHARED, fd=fd, at=start, offset=3 * PAGE)
    touch(start, PMD)


def shmem(fd=None, size=PMD, flags=L.SHARED):
    fd = L.memfd(size) if fd is None else fd
    return small(size=size, pages=size // PAGE, flags=flags, fd=fd)


def shmem_short():
    """The file ends within the region."""
    enrol()
    fd = L.memfd(PMD - PAGE)
    small(pages=PMD // PAGE - 1, flags=L.SHARED, fd=fd)
    remedied_by(lambda: os.ftruncate(fd, PMD))


def shmem_advised():
    advise(shmem(), PMD, HUGEPAGE)


def shmem_not_enrolled():
    start = shmem()
    advise(start, PMD, HUGEPAGE)
    remedied_by(lambda: advise(start, PMD, HUGEPAGE))


def not_enrolled():
    start = area("it", PMD)
    touch(start, PMD)
    remedied_by(enrol)


def shmem_unadvised():
    enrol()
    start = shmem()
    remedied_by(lambda: advise(start, PMD, HUGEPAGE))


def mount_tmpfs(option):
    enrol()
    L.must(libc.unshare(0x20000), "unshare")  # CLONE_NEWNS: the mount goes with this process
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m,huge=" + option, "none", "/mnt"], check=True)


def tmpfs(option):
    mount_tmpfs(option)
    with open("/mnt/it", "w+b") as file:
        file.truncate(PMD)
        start = shmem(fd=file.fileno())
    remedied_by(lambda: advise(start, PMD, HUGEPAGE))


def tmpfs_never():
    tmpfs("never")


def tmpfs_advise():
    tmpfs("advise")


def tmpfs_unlinked(before):
    """A file of small pages that is unlinked before it is mapped, or after that; then its tmpfs makes huge ones."""
    mount_tmpfs("never")
    with open("/mnt/it", "w+b") as file:
        file.truncate(PMD)
        if before:
            os.unlink("/mnt/it")
        shmem(fd=file.fileno())
        if not before:
            os.unlink("/mnt/it")
    subprocess.run(["mount", "-o", "remount,huge=always", "/mnt"], check=True)


def unlinked_before():
    tmpfs_unlinked(True)


def unlinked_after():
    tmpfs_unlinked(False)


def file():
    with tempfile.NamedTemporaryFile(dir="/var/tmp", buffering=0) as made:
        for _ in range(PMD // PAGE):  # at once it would be cached in large folios
            made.write(b"z" * PAGE)
        with open(made.name, "rb") as again:
            made.close()
            L.look(area("it", PMD, prot=5, flags=L.PRIVATE, fd=again.fileno()), PMD)


def file_unread():
    """Of a file that is open for writing; nothing of it is in memory."""
    with tempfile.NamedTemporaryFile(dir="/var/tmp", buffering=0) as made:
        made.write(b"z" * 2 * PMD)
        os.fsync(made.fileno())
        start = area("it", PMD, flags=L.SHARED, fd=made.fileno())
        advise(start, PMD, HUGEPAGE)
        os.posix_fadvise(made.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def register(start, mode):
    fd = L.userfaultfd()
    LOCKED_IN_MEMORY.append(fd)
    fcntl.ioctl(fd, 0xc020aa00, bytearray(struct.pack("4Q", start, PMD, mode, 0)))  # UFFDIO_REGISTER
    remedied_by(lambda: fcntl.ioctl(fd, 0x8010aa01, bytearray(struct.pack("2Q", start, PMD))))  # _UNREGISTER
    return fd


def uffd_wp():
    start = small()
    fd = register(start, 2)
    fcntl.ioctl(fd, 0xc018aa06, bytearray(struct.pack("3Q", start, PAGE, 1)))  # UFFDIO_WRITEPROTECT


def uffd_wp_shmem():
    register(shmem(), 2)


def uffd_marker():
    """Write protection of a page that a file mapping does not have: a marker in its table."""
    fd = register(small(pages=PMD // PAGE - 1, flags=L.SHARED, fd=L.memfd(PMD)), 2)
    last = L.areas["it"][0] + PMD - PAGE
    fcntl.ioctl(fd, 0xc018aa06, bytearray(struct.pack("3Q", last, PAGE, 1)))  # UFFDIO_WRITEPROTECT


def uffd_armed():
    register(small(pages=PMD // PAGE - 1), 1)


def uffd_armed_shmem():
    """Of a file that has two pages."""
    fd = L.memfd(PMD)
    register(small(pages=2, flags=L.SHARED, fd=fd), 1)
    unregister = remedy
    remedied_by(lambda: (unregister(), touch(L.areas["it"][0], PMD)))


def guard():
    start = small()
    advise(start, PAGE, L.GUARD)
    remedied_by(lambda: (advise(start, PAGE, 103), touch(start, PAGE)))


def private_written():
    fd = L.memfd(PMD)
    shared = area("shared", PMD, flags=L.SHARED, fd=fd)
    touch(shared, PMD)
    start = area("it", PMD, flags=L.PRIVATE, fd=fd)
    L.look(start, PMD)
    touch(start, PAGE)
    remedied_by(lambda: advise(start, PAGE, L.DONTNEED))


def private_swapped():
    """The one copy is swapped out; once it is back it is there as before."""
    with L.one_cpu():
        private_written()
        advise(L.areas["it"][0], PAGE, L.PAGEOUT)


def private_file(written):
    """Two regions of a file, privately; another process holds the same file."""
    fd = L.memfd(2 * PMD)
    shared = area("shared", 2 * PMD, flags=L.SHARED, fd=fd)
    touch(shared, 2 * PMD)
    start = area("it", 2 * PMD, flags=L.PRIVATE, fd=fd)
    L.look(start, 2 * PMD)
    if written:
        touch(start + PMD, PAGE)
    remedied_by(lambda: (advise(shared, PMD, L.COLLAPSE), L.look(start, PMD)))


def anon_vma():
    private_file(True)


def no_anon_vma():
    private_file(False)


def empty():
    start = area("it", PMD)
    advise(start, PMD, HUGEPAGE)
    remedied_by(lambda: touch(start, PAGE))


def reserved():
    """As an allocator does it: address space that may not be accessed yet."""
    start = area("it", PMD, prot=L.NONE)
    advise(start, PMD, HUGEPAGE)
    remedied_by(lambda: (L.protect(start, PMD, L.RW), touch(start, PAGE)))


def past_end():
    """Of a file that ends before the region."""
    fd = L.memfd(2 * PMD)
    touch(area("all", 2 * PMD, flags=L.SHARED, fd=fd), PAGE)
    start = area("it", PMD)
    L.mmap(PMD, flags=L.SHARED, fd=fd, at=start, offset=PMD)
    os.ftruncate(fd, PMD)


def dropped(size=PAGE):
    """Nothing is left; but the page table."""
    start = small(pages=1)
    advise(start, size, L.DONTNEED)
    remedied_by(lambda: touch(start, PAGE))


def zero_dropped():
    """Once something was written, then all was read anew."""
    dropped()
    L.look(L.areas["it"][0], PMD)


def all_guarded():
    start = area("it", PMD)
    advise(start, PMD, L.GUARD)
    advise(start, PMD, HUGEPAGE)


def empty_shmem():
    """Nothing is mapped, and the file has all of it."""
    fd = L.memfd(PMD)
    start = shmem(fd=fd)
    libc.munmap(start, PMD)
    area("it", PMD, flags=L.SHARED, fd=fd)


def zero():
    start = area("it", PMD)
    L.look(start, PMD)
    remedied_by(lambda: touch(start, PAGE))


def zero_beside():
    start = area("it", 2 * PMD)
    L.look(start, PMD)
    touch(start + PMD, PAGE)
    remedied_by(lambda: touch(start, PAGE))


def read_only():
    start = small()
    L.protect(start, PMD, L.READ)
    remedied_by(lambda: (L.protect(start, PMD, L.RW), touch(start, PAGE)))


def all_shared():
    """None was written since the fork."""
    start = small()
    L.fork()
    remedied_by(lambda: touch(start, PAGE))


def write_protected():
    """As all_shared, but the child has ended."""
    all_shared()
    os.kill(L.pids[1], 9)
    os.waitpid(L.pids.pop(), 0)


def small_and_swapped(size):
    with L.one_cpu():
        start = small()
        advise(start, size, L.PAGEOUT)
    return start


def all_swapped():
    start = small_and_swapped(PMD)
    remedied_by(lambda: touch(start, PAGE))


def hole():
    start = small(pages=PMD // PAGE - 1)
    remedied_by(lambda: touch(start + PMD - PAGE, PAGE))


def swapped():
    start = small_and_swapped(65 * PAGE)
    remedied_by(lambda: touch(start, PMD))


def few_swapped():
    small_and_swapped(64 * PAGE)


def shared():
    start = small()
    L.fork()
    touch(start, 112 * PAGE)
    remedied_by(lambda: (os.kill(L.pids[1], 9), os.waitpid(L.pids.pop(), 0), touch(L.areas["it"][0], PMD)))


def shared_thp():
    """Mapped by ptes; of its 512 pages the child has written 300."""
    start = L.huge("it", 1)
    L.split_mapping(start, 1)
    L.fork(lambda: touch(start, 300 * PAGE))
    advise(start, PMD, HUGEPAGE)
    remedied_by(lambda: (os.kill(L.pids[1], 9), os.waitpid(L.pids.pop(), 0)))


def pte_thp():
    L.split_mapping(L.huge("it", 1), 1)
    advise(L.areas["it"][0], PMD, HUGEPAGE)


def pte_thp_shmem():
    start = shmem()
    advise(start, PMD, L.COLLAPSE)
    L.protect(start, PAGE, L.READ)
    touch(start + PAGE, PAGE)
    L.protect(start, PAGE, L.RW)
    L.look(start, PMD)


def partial():
    start = L.huge("it", 1)
    advise(start, PAGE, L.DONTNEED)
    advise(start, PMD, HUGEPAGE)


def mlocked():
    L.must(libc.mlock(small(), PMD), "mlock")


def pinned():
    start = small()
    ring = L.must(libc.syscall(425, 4, (ctypes.c_char * 120)()), "io_uring_setup")
    vector = ctypes.create_string_buffer(struct.pack("2Q", start, PAGE), 16)
    L.must(libc.syscall(427, ring, 0, vector, 1), "io_uring_register")  # IORING_REGISTER_BUFFERS
    remedied_by(lambda: libc.syscall(427, ring, 1, None, 0))


def referenced():
    start = small()
    reading, writing = os.pipe()
    vector = ctypes.create_string_buffer(struct.pack("2Q", start, PAGE), 16)
    L.must(libc.vmsplice(writing, vector, 1, 0), "vmsplice")
    remedied_by(lambda: os.read(reading, PAGE))


def unreferenced():
    start = small()
    with open("/proc/self/clear_refs", "w") as refs:
        refs.write("1")
    remedied_by(lambda: touch(start, PMD))


def hugetlb():
    touch(area("it", PMD, flags=L.PRIVATE | L.ANON | L.HUGETLB), PAGE)


def young():
    """A few pages, some of which may still be in their CPU's batch, until it is told to do something."""
    global tries
    tries = 1  # the very first is to have the batches written back
    alone = Alone(0)  # the test is elsewhere; whoever else had this CPU would fill the batch, and so empty it
    at_word.append(alone.end)
    small(pages=3)
    alone.begin()


def collapse(start):
    for _ in range(tries):
        done = libc.madvise(start, PMD, L.COLLAPSE)
        if done == 0 or ctypes.get_errno() != errno.EAGAIN:
            break
        time.sleep(L.BUSY_S)
    return "OK" if done == 0 else errno.errorcode[ctypes.get_errno()]


def obey(word):
    while at_word:
        at_word.pop()()
    start = L.areas["it"][0]
    if word == "collapse":
        return collapse(start // PMD * PMD)
    if word == "remedy":
        remedy()
    elif word == "look":
        L.look(start, PAGE)
    return "OK"


def main():
    globals()[sys.argv[1]]()
    print(json.dumps({"pids": L.pids, "areas": L.areas}), flush=True)
    for line in sys.stdin:
        print(obey(line.strip()), flush=True)
    for pid in L.pids[1:]:
        os.kill(pid, 9)
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
