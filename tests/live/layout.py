#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds one memory layout in its own address space, says {"pids": [...], "areas": {...}} and waits for stdin
to close. The specimen of the live tests: it shares no code with thpscope.

usage: layout.py NAME
"""
import contextlib
import ctypes
import errno
import fcntl
import json
import os
import signal
import socket
import struct
import sys
import tempfile
import time

PAGE = os.sysconf("SC_PAGE_SIZE")
try:
    with open("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size") as _file:
        PMD = int(_file.read())
except OSError:
    PMD = PAGE * PAGE // 8

NONE, READ, RW = 0, 1, 3
SHARED, PRIVATE, FIXED, ANON, NORESERVE, HUGETLB = 1, 2, 0x10, 0x20, 0x4000, 0x40000
NORMAL, RANDOM, DONTNEED, HUGEPAGE, NOHUGEPAGE, PAGEOUT, POPULATE_WRITE, COLLAPSE = 0, 1, 4, 14, 15, 21, 23, 25
GUARD = 102
BUSY_TRIES, BUSY_S = 20, 0.01

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = libc.mremap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
libc.mremap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int, ctypes.c_void_p]
for _call in (libc.munmap, libc.madvise, libc.mprotect, libc.mlock):
    _call.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * (_call in (libc.madvise, libc.mprotect))

areas = {}
pids = [os.getpid()]
aliases = []  # PIDs of those that have the address space of pids[0]


def must(result, what):
    if result in (-1, None, 2**64 - 1):
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def mmap(size, prot=RW, flags=PRIVATE | ANON, fd=-1, at=None, offset=0):
    return must(libc.mmap(at, size, prot, flags | (FIXED if at else 0), fd, offset), "mmap")


def area(name, size, skew=0, prot=RW, flags=PRIVATE | ANON, fd=-1):
    """`size` bytes, `skew` past a PMD boundary, with nothing mapped around them."""
    room = mmap(size + skew + 3 * PMD, NONE, PRIVATE | ANON | NORESERVE)
    start = (room + PMD - 1) // PMD * PMD + PMD + skew
    libc.munmap(room, size + skew + 3 * PMD)
    areas[name] = [mmap(size, prot, flags, fd, start), size]
    return start


def touch(start, size, step=PAGE):
    for at in range(start, start + size, step):
        ctypes.c_char.from_address(at).value = b"x"


def look(start, size, step=PAGE):
    return [ctypes.c_char.from_address(at).value for at in range(start, start + size, step)]


def advise(start, size, advice):
    """A collapse that somebody was in the way of for a moment (EAGAIN) is asked for again, as the manual has it."""
    for _ in range(BUSY_TRIES):
        done = libc.madvise(start, size, advice)
        if not done or advice != COLLAPSE or ctypes.get_errno() != errno.EAGAIN:
            break
        time.sleep(BUSY_S)
    must(done, f"madvise({advice})")


@contextlib.contextmanager
def one_cpu():
    """MADV_PAGEOUT passes over a page in a CPU's batch of new ones, and empties that of its own CPU alone."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def protect(start, size, prot):
    must(libc.mprotect(start, size, prot), "mprotect")


def huge(name, slots):
    """An area of that many PMD-mapped THPs, of which khugepaged then keeps away."""
    start = area(name, slots * PMD)
    advise(start, slots * PMD, HUGEPAGE)
    touch(start, slots * PMD)
    advise(start, slots * PMD, COLLAPSE)
    advise(start, slots * PMD, NOHUGEPAGE)
    return start


def split_mapping(start, slots):
    """Turns PMD mappings into ptes and leaves the folios whole."""
    for at in range(start, start + slots * PMD, PMD):
        advise(at, PAGE, RANDOM)
        advise(at, PAGE, NORMAL)


def fork(then=lambda: None):
    """A child that runs `then`, after which both go on; it dies with its parent."""
    ready, done = os.pipe()
    pid = os.fork()
    if pid == 0:
        libc.prctl(1, signal.SIGKILL)
        os.close(ready)
        then()
        os.write(done, b"x")
        while True:
            signal.pause()
    os.close(done)
    if os.read(ready, 1) != b"x":
        raise OSError("the child died")
    os.close(ready)
    pids.append(pid)


def vm_clone():
    """A second process in this very address space (CLONE_VM); it ends when stdin closes."""
    stack = mmap(16 * PAGE)
    libc.clone.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p]
    # The two share a thread's locals too, malloc's caches among them: it reads without a buffer of its own.
    libc.setbuf(ctypes.c_void_p.in_dll(libc, "stdin"), None)
    wait = ctypes.cast(libc.getchar, ctypes.c_void_p)
    pid = must(libc.clone(wait, stack + 16 * PAGE - 64, 0x100 | signal.SIGCHLD, None), "clone")
    pids.append(pid)
    aliases.append(pid)


def userfaultfd():
    """A userfaultfd for write-protecting what was never touched, if this user may have one."""
    number = 323 if os.uname().machine == "x86_64" else 282
    fd = must(libc.syscall(number, os.O_CLOEXEC | 1), "userfaultfd")  # UFFD_USER_MODE_ONLY
    fcntl.ioctl(fd, 0xc018aa3f, struct.pack("3Q", 0xaa, 1 << 13 | 1 << 12 | 1, 0))  # UFFDIO_API
    return fd


def packet_ring(size):
    """An AF_PACKET socket with a ring of two blocks of that size."""
    ring = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    ring.setsockopt(263, 5, struct.pack("4I", size, 2, 2048, 2 * size // 2048))  # SOL_PACKET, PACKET_RX_RING
    return ring


def memfd(size):
    fd = os.memfd_create("layout")
    os.ftruncate(fd, size)
    return fd


def pmd():
    huge("pmd", 4)


def pte_thp():
    split_mapping(huge("pte", 3), 3)


def partial():
    start = huge("partial", 3)
    split_mapping(start, 3)
    advise(start, PMD // 2, DONTNEED)
    advise(start + PMD + 5 * PAGE, PAGE, DONTNEED)
    advise(start + 3 * PMD - PAGE, PAGE, DONTNEED)


def unaligned():
    start = huge("from", 2)
    split_mapping(start, 2)
    target = area("unaligned", 2 * PMD, skew=3 * PAGE)
    must(libc.mremap(start, 2 * PMD, 2 * PMD, 3, target), "mremap")
    del areas["from"]


def small():
    start = area("small", 3 * PMD)
    advise(start, 3 * PMD, NOHUGEPAGE)
    touch(start, 3 * PMD)


def willing():
    """Small pages that may become huge; the caller has seen to it that they do not by themselves."""
    touch(area("small", 3 * PMD), 3 * PMD)


def sparse():
    start = area("sparse", 4 * PMD)
    advise(start, 4 * PMD, NOHUGEPAGE)
    touch(start, 2 * PMD, 16 * PAGE)
    touch(start + 3 * PMD, PAGE)


def hole():
    start = area("hole", 8 * PMD)
    advise(start, 8 * PMD, HUGEPAGE)
    touch(start + 2 * PMD, PAGE)
    touch(start + 7 * PMD, PAGE)


def mixed():
    start = huge("mixed", 2)
    split_mapping(start, 2)
    advise(start, 2 * PMD, NOHUGEPAGE)
    advise(start, PMD // 2, DONTNEED)
    touch(start, PMD // 4)
    advise(start + PMD + 7 * PAGE, PAGE, DONTNEED)
    touch(start + PMD + 7 * PAGE, PAGE)


def shared_thp():
    """After fork: a PMD-mapped THP twice; one by PMD here and by ptes there; one copied in part."""
    start = huge("shared", 3)

    def child():
        split_mapping(start + PMD, 1)
        touch(start + 2 * PMD + 9 * PAGE, PAGE)
    fork(child)


def shared_small():
    start = area("small", PMD)
    advise(start, PMD, NOHUGEPAGE)
    touch(start, PMD)
    fork(lambda: touch(start, PMD // 4))
    fork()


def shmem():
    """One folio that the parent maps by PMD and the child by ptes; a second, small."""
    fd = memfd(3 * PMD)
    start = area("shmem", 3 * PMD, flags=SHARED, fd=fd)
    touch(start, PMD)
    advise(start, PMD, COLLAPSE)
    look(start, PMD)
    touch(start + PMD, 8 * PAGE)

    def child():
        protect(start, PAGE, READ)
        look(start, PMD)
        protect(start, PAGE, RW)
    fork(child)


def files():
    """Private and shared maps of a file, read and written; private memory over shmem."""
    with tempfile.TemporaryFile() as file:
        file.write(b"y" * (2 * PMD))
        file.flush()
        start = area("read", 2 * PMD, prot=READ, flags=SHARED, fd=file.fileno())
        look(start, PMD)
        start = area("written", 2 * PMD, flags=PRIVATE, fd=file.fileno())
        look(start, PMD)
        touch(start, PMD // 8)
    fd = memfd(2 * PMD)
    start = area("filled", 2 * PMD, flags=SHARED, fd=fd)
    touch(start, 2 * PMD)
    advise(start, PMD, COLLAPSE)
    start = area("private-shmem", 2 * PMD, flags=PRIVATE, fd=fd)
    look(start, 2 * PMD)
    touch(start + PAGE, 3 * PAGE)


def punctured():
    """Private maps of files in large folios, written here and there: every pattern of what is left of a folio."""
    with tempfile.TemporaryFile() as disk:
        puncture("punctured-file", disk.fileno())
    puncture("punctured-shmem", memfd(0))


def puncture(name, file):
    # In pieces of eight pages, with other memory taken in between: folios of order 3 at no regular distance.
    between = mmap(PMD)
    for piece in range(4 * PMD // (8 * PAGE)):
        os.write(file, b"y" * 8 * PAGE)
        touch(between + piece % 512 * PAGE, (1 + piece * 7 % 5) * PAGE if piece % 512 < 500 else PAGE)
    start = area(name, 4 * PMD, flags=PRIVATE, fd=file)
    advise(start, 4 * PMD, NOHUGEPAGE)
    look(start, 4 * PMD)
    for page in range(4 * PMD // PAGE):
        # Blocks of 16 pages, each with a pattern of its own.
        if page // 16 * 40503 % 65536 >> page % 16 & 1:
            touch(start + page * PAGE, PAGE)
    # Nearly all of it copied, in an order that puts no two frames in a row; single pages of the file are left.
    start = area(name + "-nearly", 4 * PMD, flags=PRIVATE, fd=file)
    advise(start, 4 * PMD, NOHUGEPAGE)
    look(start, 4 * PMD)
    pages = 4 * PMD // PAGE
    for step in range(pages):
        page = step * 1223 % pages
        if page % 97:
            touch(start + page * PAGE, PAGE)


def zero():
    start = area("zero", 2 * PMD)
    advise(start, 2 * PMD, HUGEPAGE)
    look(start, PMD, PMD)
    start = area("zero-pages", PMD)
    advise(start, PMD, NOHUGEPAGE)
    look(start, PMD // 2)
    touch(start, PMD // 4)


def guard():
    start = area("guard", 3 * PMD)
    advise(start, 3 * PMD, NOHUGEPAGE)
    advise(start, PAGE, GUARD)
    touch(start + PAGE, 20 * PAGE)
    advise(start + 2 * PMD, 4 * PAGE, GUARD)


def mthp():
    """The caller has set hugepages-64kB to madvise or always."""
    start = area("mthp", 2 * PMD)
    advise(start, PMD // 2, HUGEPAGE)
    touch(start, PMD // 2)
    advise(start + PMD, PMD, HUGEPAGE)
    touch(start + PMD, PMD // 2)
    advise(start + PMD + 5 * PAGE, PAGE, DONTNEED)


def hugetlb():
    """The caller has reserved four 2 MiB pages; one is never touched."""
    start = area("hugetlb", 4 * PMD, flags=SHARED | ANON | HUGETLB)
    touch(start, 3 * PMD, PMD)
    fork(lambda: look(start, PMD, PMD))


def hugetlb_1g():
    size = 1 << 30
    room = mmap(2 * size, NONE, PRIVATE | ANON | NORESERVE)
    areas["gigantic"] = [mmap(size, RW, PRIVATE | ANON | HUGETLB | 30 << 26, at=(room + size - 1) // size * size),
                         size]
    touch(areas["gigantic"][0], PAGE)


def swapped():
    start = area("swapped", 3 * PMD)
    advise(start, 3 * PMD, NOHUGEPAGE)
    with one_cpu():
        touch(start, 3 * PMD)
        advise(start, PMD, PAGEOUT)
        advise(start + PMD, PMD // 2, PAGEOUT)
    huge("swapped-thp", 1)
    advise(areas["swapped-thp"][0], PMD, PAGEOUT)


def reservation():
    """As much of the address space as the kernel gives, with no permission; one page in it is real."""
    for tib in (127, 126, 120, 100, 64, 32):
        try:
            start = mmap(tib << 40, NONE, PRIVATE | ANON | NORESERVE)
            break
        except OSError:
            continue
    areas["reservation"] = [start, tib << 40]
    at = start + (tib << 39) // PMD * PMD
    protect(at, PMD, RW)
    touch(at + 7 * PAGE, PAGE)


def big():
    start = area("big", 1 << 40, flags=PRIVATE | ANON | NORESERVE)
    touch(start + (1 << 39), PAGE)


def names():
    with tempfile.TemporaryDirectory() as folder:
        for name in ("two words", "new\nline", "back\\slash", "tab\there", "[heap]", "x (deleted)", "ümläut", "é" * 60):
            with open(os.path.join(folder, name), "w+b") as file:
                file.write(b"z" * PAGE * 3)
                file.flush()
                touch(area(name, 3 * PAGE, flags=PRIVATE, fd=file.fileno()), PAGE)


def fragments():
    """VMAs that begin and end within slots, and several in one slot."""
    touch(area("skewed", 3 * PMD, skew=5 * PAGE), 3 * PMD)
    touch(area("tiny", PAGE, skew=17 * PAGE), PAGE)
    start = area("parts", 2 * PMD)
    advise(start, 2 * PMD, NOHUGEPAGE)
    touch(start, 2 * PMD, 3 * PAGE)
    for at in range(start, start + PMD, PMD // 8):
        protect(at, PMD // 16, READ)


def many():
    start = area("many", 8000 * PAGE)
    advise(start, 8000 * PAGE, NOHUGEPAGE)
    touch(start, 8000 * PAGE, 3 * PAGE)
    for at in range(start, start + 8000 * PAGE, 2 * PAGE):
        protect(at, PAGE, READ)


def hidden():
    """Memory behind PROT_NONE stays mapped; so does locked memory."""
    protect(huge("none", 2), 2 * PMD, NONE)
    start = area("locked", PMD)
    advise(start, PMD, NOHUGEPAGE)
    touch(start, 64 * PAGE)
    must(libc.mlock(start, 64 * PAGE), "mlock")


def shared_mm():
    """THPs in an address space that two processes have and a third one has a copy of."""
    start = huge("shared", 3)
    fork(lambda: split_mapping(start + PMD, 1))
    split_mapping(start + 2 * PMD, 1)
    vm_clone()


def driver():
    """A driver's compound pages, as large as a THP and larger."""
    for size in (PMD, 2 * PMD):
        area(f"ring-{size // PMD}", 2 * size, flags=SHARED, fd=packet_ring(size).detach())


def markers():
    """Nothing but userfaultfd's write-protect markers."""
    fd = userfaultfd()
    start = area("markers", PMD)
    advise(start, PMD, NOHUGEPAGE)
    fcntl.ioctl(fd, 0xc020aa00, bytearray(struct.pack("4Q", start, PMD, 2, 0)))  # UFFDIO_REGISTER
    fcntl.ioctl(fd, 0xc018aa06, bytearray(struct.pack("3Q", start, PMD, 1)))  # UFFDIO_WRITEPROTECT


def populated():
    """A gigabyte in small pages, which takes a while to be looked at."""
    start = area("populated", 512 * PMD)
    advise(start, 512 * PMD, NOHUGEPAGE)
    advise(start, 512 * PMD, POPULATE_WRITE)


LAYOUTS = {f.__name__: f for f in (
    pmd, pte_thp, partial, unaligned, small, willing, sparse, hole, mixed, shared_thp, shared_small, shmem, files, punctured, zero,
    guard, shared_mm, driver, markers, populated, mthp, hugetlb, hugetlb_1g, swapped, reservation, big, names, fragments, many, hidden)}


def main():
    LAYOUTS[sys.argv[1]]()
    print(json.dumps({"pids": pids, "areas": areas, "aliases": aliases}), flush=True)
    sys.stdin.read()
    for pid in pids[1:]:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
