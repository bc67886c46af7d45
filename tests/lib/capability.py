# SPDX-License-Identifier: GPL-2.0-or-later
"""What this machine can do: probed, never guessed. A test may be skipped only for one of these.

Each probe is a function of no arguments, true if the capability is there; its docstring ends the sentence
"skipped: ...".
"""
import ctypes
import errno
import fcntl
import functools
import gzip
import mmap
import os
import pwd
import re
import shutil
import signal
import struct
import subprocess
import tempfile

MM = "/sys/kernel/mm"
THP = MM + "/transparent_hugepage"
PAGE = mmap.PAGESIZE
PAGEMAP_SCAN = 0xC0606610   # _IOWR('f', 16, struct pm_scan_arg)
PROCMAP_QUERY = 0xC0686611  # _IOWR('f', 17, struct procmap_query)
SYS_CLONE3 = 435            # the same on every architecture
SYS_USERFAULTFD = 323 if os.uname().machine == "x86_64" else 282
CLANG_FORMAT = 14           # other versions format otherwise

_libc = ctypes.CDLL(None, use_errno=True)
_libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]


def _read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def _address(memory):
    return ctypes.addressof(ctypes.c_char.from_buffer(memory))


def _advise(size, advice):
    """Whether madvise takes this advice on anonymous memory that was written."""
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    for offset in range(0, size, PAGE):
        memory[offset] = 1
    start = _address(memory)
    align = size // 2
    start = (start + align - 1) // align * align
    return _libc.madvise(start, align, advice) == 0


def root():
    """needs root"""
    return os.geteuid() == 0


def pagemap_scan():
    """this kernel has no PAGEMAP_SCAN (Linux 6.7)"""
    try:
        with open("/proc/self/pagemap", "rb") as file:
            fcntl.ioctl(file, PAGEMAP_SCAN, struct.pack("12Q", 96, *[0] * 11))
        return True
    except OSError:
        return False


def pfn():
    """pagemap shows no page frame numbers to this user"""
    memory = mmap.mmap(-1, PAGE)
    memory[0] = 1
    with open("/proc/self/pagemap", "rb", buffering=0) as file:
        file.seek(_address(memory) // PAGE * 8)
        word, = struct.unpack("Q", file.read(8))
    return word & ((1 << 55) - 1) != 0


def kpageflags():
    """/proc/kpageflags cannot be read"""
    return os.access("/proc/kpageflags", os.R_OK)


def kpagecount():
    """/proc/kpagecount cannot be read"""
    return os.access("/proc/kpagecount", os.R_OK)


def page_mapcount():
    """this kernel counts the mappings of a larger folio as a whole (CONFIG_NO_PAGE_MAPCOUNT)"""
    packed = _read("/proc/config.gz")
    config = gzip.decompress(packed) if packed else _read(f"/boot/config-{os.uname().release}") or b""
    return b"\nCONFIG_NO_PAGE_MAPCOUNT=y" not in config


def thp():
    """this kernel has no transparent huge pages, or they are off"""
    return b"[never]" not in (_read(THP + "/enabled") or b"[never]")


def madv_collapse():
    """this kernel has no MADV_COLLAPSE (Linux 6.1)"""
    return _advise(2 * int(_read(THP + "/hpage_pmd_size") or 2 << 20), 25)


def guard():
    """this kernel has no guard regions (Linux 6.13)"""
    return _advise(2 * PAGE, 102)


def mthp():
    """this kernel has no 64 kB huge pages, or their knob cannot be written"""
    return os.access(THP + "/hugepages-64kB/enabled", os.W_OK)


def hugetlb():
    """2 MiB hugetlb pages cannot be reserved"""
    return os.access(MM + "/hugepages/hugepages-2048kB/nr_hugepages", os.W_OK)


def hugetlb_1g():
    """no 1 GiB hugetlb page can be reserved"""
    path = MM + "/hugepages/hugepages-1048576kB/"
    if not os.access(path + "nr_hugepages", os.W_OK):
        return False
    with open(os.path.join(tempfile.gettempdir(), "thpscope-tests.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before, free = int(_read(path + "nr_hugepages")), int(_read(path + "free_hugepages"))
        try:
            with open(path + "nr_hugepages", "w") as file:
                file.write(str(before + 1))
            return int(_read(path + "free_hugepages")) > free
        finally:
            with open(path + "nr_hugepages", "w") as file:
                file.write(str(before))


def split_debugfs():
    """debugfs cannot be written to (root, lockdown): nothing splits a folio that others map"""
    try:
        with open("/sys/kernel/debug/split_huge_pages", "w"):
            return True
    except OSError:
        return False


def split_order():
    """this kernel's split_huge_pages takes no order (Linux 6.9)"""
    return tuple(map(int, os.uname().release.split(".")[:2])) >= (6, 9)


def lab():
    """not x86-64, no qemu-system-x86_64, or no source of Linux 6.1 and 6.12 in /usr/src or known to apt"""
    return os.uname().machine == "x86_64" and bool(shutil.which("qemu-system-x86_64")) and all(
        os.path.exists(f"/usr/src/linux-source-{version}.tar.xz") or bool(shutil.which("apt-cache")) and
        subprocess.run(["apt-cache", "show", f"linux-source-{version}"], capture_output=True).returncode == 0
        for version in ("6.1", "6.12"))


def swap():
    """there is no swap, and no zram to make one"""
    if len((_read("/proc/swaps") or b"").splitlines()) > 1:
        return True
    return root() and os.path.exists("/sys/class/zram-control") and bool(shutil.which("mkswap"))


def io_uring():
    """io_uring is not built in, or disabled (kernel.io_uring_disabled)"""
    ring = _libc.syscall(425, 1, ctypes.create_string_buffer(120))  # io_uring_setup, the same on every architecture
    if ring < 0:
        return False
    os.close(ring)
    return True


def except_advised():
    """this kernel has no PR_THP_DISABLE_EXCEPT_ADVISED (Linux 6.18)"""
    pid = os.fork()
    if pid == 0:
        os._exit(_libc.prctl(41, 1, 2, 0, 0) != 0)
    return os.waitpid(pid, 0)[1] == 0


def old_kernel():
    """a kernel in the lab lacks it"""
    return False  # that it does is held against what each is known to lack, in tests/lab/guest.py


def inject():
    """this kernel does not tell whether a thread dispatches its system calls (Linux 6.4); none is made in its place"""
    pid = os.fork()
    if pid == 0:
        _libc.ptrace(0, 0, 0, 0)  # PTRACE_TRACEME
        os.kill(os.getpid(), signal.SIGSTOP)
        os._exit(0)
    try:
        os.waitpid(pid, 0)
        room = ctypes.create_string_buffer(32)  # PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG
        return _libc.ptrace(0x4211, pid, ctypes.c_void_p(len(room)), room) == 0
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def two_cpus():
    """CPUs 0 and 1 may not both be used"""
    return {0, 1} <= os.sched_getaffinity(0)


def memcg():
    """no memory cgroup can be made here"""
    for where, file in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")):
        made = f"{where}/thpscope-probe-{os.getpid()}"
        try:
            os.mkdir(made)
        except OSError:
            continue
        try:
            if os.path.exists(f"{made}/{file}"):
                return True
        finally:
            os.rmdir(made)
    return False


def freezer():
    """no cgroup can be made here that can be frozen (cgroup2)"""
    for line in (_read("/proc/mounts") or b"").decode().splitlines():
        _, where, kind, *_ = line.split()
        if kind != "cgroup2":
            continue
        made = f"{where}/thpscope-probe-{os.getpid()}"
        try:
            os.mkdir(made)
        except OSError:
            return False
        try:
            return os.path.exists(f"{made}/cgroup.freeze")
        finally:
            os.rmdir(made)
    return False


def nobody():
    """nothing can be run as the user nobody here"""
    try:
        user = pwd.getpwnam("nobody")
        return subprocess.run(["true"], user=user.pw_uid, group=user.pw_gid, extra_groups=[], cwd="/").returncode == 0
    except (KeyError, OSError, subprocess.SubprocessError):
        return False


def kernel_threads():
    """PID 2 is no kernel thread here"""
    stat = _read("/proc/2/stat")
    return stat is not None and int(stat.rsplit(b")", 1)[1].split()[6]) & 0x200000 != 0  # PF_KTHREAD


def static_jansson():
    """there is no libjansson.a, so that the agent needs libraries"""
    return os.path.isabs(subprocess.run(["gcc", "-print-file-name=libjansson.a"], capture_output=True, text=True).stdout)


def own_mounts():
    """nobody can have mounts of its own here: not root, or in a chroot, where / is no mount"""
    return bool(shutil.which("unshare")) and subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode == 0


def fuse():
    """file systems cannot be served from here: no /dev/fuse, or not root"""
    with open("/proc/filesystems") as file:
        return os.access("/dev/fuse", os.R_OK | os.W_OK) and "\tfuse\n" in file.read()


def own_pids():
    """no PID namespace in which the next PID can be chosen: not root, or a chroot"""
    return "THPSCOPE_WITHIN_OWN_PIDS" in os.environ or own_mounts() and subprocess.run(
        ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c", "echo 99 >/proc/sys/kernel/ns_last_pid"],
        capture_output=True).returncode == 0


def choose_pid():
    """a process cannot be given a PID of one's choice (Linux 5.5, CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN)"""
    for _ in range(20):
        gone = os.fork()
        if gone == 0:
            os._exit(0)
        os.waitpid(gone, 0)
        wanted = ctypes.c_int(gone)
        args = (ctypes.c_uint64 * 10)(0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0, ctypes.addressof(wanted), 1)
        pid = _libc.syscall(SYS_CLONE3, args, ctypes.sizeof(args))
        if pid == 0:
            os._exit(0)
        if pid > 0:
            os.waitpid(pid, 0)
            return True
        if ctypes.get_errno() != errno.EEXIST:
            break
    return False


def procmap_query():
    """this kernel has no PROCMAP_QUERY (Linux 6.11)"""
    query = struct.pack("9Q4I2Q", 104, 0x10, 0, *[0] * 12)  # COVERING_OR_NEXT_VMA
    try:
        with open("/proc/self/maps", "rb") as file:
            fcntl.ioctl(file, PROCMAP_QUERY, query)
        return True
    except OSError:
        return False


def config_gz():
    """this kernel does not tell its configuration in /proc/config.gz"""
    return os.access("/proc/config.gz", os.R_OK)


def ia32():
    """this kernel runs no 32-bit programs, or is of another machine"""
    # A header, and a program that calls exit(0): mov $1,%eax; xor %ebx,%ebx; int $0x80
    code = b"\xb8\x01\0\0\0\x31\xdb\xcd\x80"
    head = struct.pack("<4s12BHHIIIIIHHHHHH", b"\x7fELF", 1, 1, 1, *[0] * 9, 2, 3, 1, 0x10054, 52, 0, 0, 52, 32, 1, 0, 0, 0)
    load = struct.pack("<8I", 1, 0, 0x10000, 0x10000, 84 + len(code), 84 + len(code), 5, 0x1000)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "program")
        with open(path, "wb") as file:
            file.write(head + load + code)
        os.chmod(path, 0o700)
        try:
            return subprocess.run([path]).returncode == 0
        except OSError:
            return False


def user_dispatch():
    """this kernel has no syscall user dispatch (Linux 5.11)"""
    return _libc.prctl(59, 0, 0, 0, 0) == 0  # PR_SET_SYSCALL_USER_DISPATCH, off


def userfaultfd():
    """this user may not, or this kernel cannot, take page faults of the kernel's by userfaultfd"""
    fd = _libc.syscall(SYS_USERFAULTFD, 0)
    if fd >= 0:
        os.close(fd)
    return fd >= 0


# Before a command that is to have tracefs: mounted for it alone. A machine may have shared mounts, and no mount on /.
OWN_TRACEFS = ("unshare", "-m", "--propagation", "unchanged", "sh", "-c", 'mount --make-rprivate /sys && '
               'mount -t tracefs tracefs /sys/kernel/tracing || :; exec "$@"', "-")


def tracepoints():
    """the huge_memory tracepoints cannot be read (root, tracefs), not even on a mount of one's own"""
    path = "/sys/kernel/tracing/events/huge_memory/mm_collapse_huge_page/format"
    return os.access(path, os.R_OK) or root() and subprocess.run(
        [*OWN_TRACEFS, "test", "-r", path], capture_output=True).returncode == 0


def perf_events():
    """events of all processes may not be opened with perf_event_open (root)"""
    return root() and os.path.exists("/proc/sys/kernel/perf_event_paranoid")


def count_events():
    """not even page faults of one's own processes may be counted with perf_event_open"""
    number = {"x86_64": 298, "aarch64": 241}.get(os.uname().machine)
    # struct perf_event_attr: a software event, its size, page faults; then the bits exclude_kernel and exclude_hv
    attr = struct.pack("=IIQQQQQ", 1, 112, 2, 0, 0, 0, 3 << 5).ljust(112, b"\0")
    fd = ctypes.CDLL(None).syscall(number, attr, 0, -1, -1, 8) if number else -1
    if fd >= 0:
        os.close(fd)
    return fd >= 0


def tmux():
    """tmux is not installed"""
    return bool(shutil.which("tmux"))


def clang():
    """clang is not installed"""
    return bool(shutil.which("clang"))


def clang_tidy():
    """clang-tidy is not installed"""
    return bool(shutil.which("clang-tidy"))


def valgrind():
    """valgrind is not installed"""
    return bool(shutil.which("valgrind"))


def cppcheck():
    """cppcheck is not installed"""
    return bool(shutil.which("cppcheck"))


def debootstrap():
    """no Debian, or no debootstrap"""
    return bool(shutil.which("debootstrap")) and bool(shutil.which("dpkg"))


def lintian():
    """lintian is not installed"""
    return bool(shutil.which("lintian"))


def mandoc():
    """mandoc is not installed"""
    return bool(shutil.which("mandoc"))


def jsonschema():
    """python3-jsonschema is not installed"""
    return subprocess.run(["/usr/bin/python3", "-c", "import jsonschema"], capture_output=True).returncode == 0


def prometheus_client():
    """python3-prometheus-client is not installed"""
    return subprocess.run(["/usr/bin/python3", "-c", "import prometheus_client.openmetrics.parser"],
                          capture_output=True).returncode == 0


def chromium():
    """chromium is not installed"""
    return bool(shutil.which("chromium"))


def node_exporter():
    """prometheus-node-exporter is not installed"""
    return bool(shutil.which("prometheus-node-exporter"))


def teams():
    """this kernel has no page teams (the lab's team kernel has)"""
    return _read(MM + "/pageteam/abi") == b"1\n"


def page_idle():
    """this kernel has no idle page tracking (CONFIG_IDLE_PAGE_TRACKING; the lab's have)"""
    return os.path.exists(MM + "/page_idle/bitmap")


def soft_dirty():
    """this kernel has no soft-dirty bits (CONFIG_MEM_SOFT_DIRTY; the lab's have)"""
    memory = mmap.mmap(-1, PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory[0] = 1
    with open("/proc/self/pagemap", "rb", 0) as file:
        file.seek(_address(memory) // PAGE * 8)
        return bool(struct.unpack("Q", file.read(8))[0] >> 55 & 1)


def zsh():
    """zsh is not installed"""
    return bool(shutil.which("zsh"))


def fish():
    """fish is not installed"""
    return bool(shutil.which("fish"))


def clang_format():
    """clang-format 14 is not installed; others format otherwise"""
    if not shutil.which("clang-format"):
        return False
    said = subprocess.run(["clang-format", "--version"], capture_output=True, text=True).stdout
    found = re.search(r"version (\d+)\.", said)
    return bool(found) and int(found.group(1)) == CLANG_FORMAT


PROBES = {probe.__name__: probe for probe in (
    root, pagemap_scan, pfn, kpageflags, kpagecount, page_mapcount, thp, madv_collapse, guard, mthp, hugetlb, hugetlb_1g, swap, io_uring,
    split_debugfs, split_order, lab, old_kernel, inject, except_advised, memcg, freezer, two_cpus, nobody, kernel_threads, choose_pid, procmap_query, config_gz, ia32,
    user_dispatch, userfaultfd, own_mounts, fuse, own_pids, static_jansson, tracepoints, perf_events, count_events, tmux, clang, clang_tidy, cppcheck, valgrind, debootstrap, lintian, mandoc, jsonschema, prometheus_client, chromium,
    node_exporter, teams, page_idle, soft_dirty, clang_format, zsh, fish)}


@functools.lru_cache(None)
def have(name):
    """Probes once. KeyError for a name that is none."""
    return bool(PROBES[name]())


def why(name):
    return PROBES[name].__doc__
