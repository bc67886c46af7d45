# SPDX-License-Identifier: GPL-2.0-or-later
"""What the live tests share: starting a layout, taking a snapshot, changing the machine and changing it back."""
import contextlib
import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../lib")]
import tap  # noqa: E402
from tap import Failed, check  # noqa: E402

LOCK = os.path.join(tempfile.gettempdir(), "thpscope-tests.lock")
THP = "/sys/kernel/mm/transparent_hugepage"
# A test that is told to end still unwinds, so that what it changed is changed back.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

def before(major, minor):
    """Whether the kernel that runs is older, for what it does that no file tells."""
    return tuple(map(int, re.match(r"(\d+)\.(\d+)", os.uname().release).groups())) < (major, minor)


_held = []  # the lock's file, once for each guarded() around us


@contextlib.contextmanager
def guarded(undo):
    """Holds the lock of all tests that change the machine; `undo` runs whatever becomes of this process, a
    SIGKILL included: a guardian in a session of its own waits for our end of a pipe to close. Nests.
    """
    with open(LOCK, "w") as lock:
        if not _held:
            fcntl.flock(lock, fcntl.LOCK_EX)
        _held.append(lock)
        ours, theirs = os.pipe()
        guardian = os.fork()
        if guardian == 0:
            os.setsid()
            os.close(theirs)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            os.read(ours, 1)
            status = 0
            try:
                undo()
            except BaseException as error:
                status = 1
                os.write(2, f"guardian: could not undo: {error!r}\n".encode())
            os._exit(status)
        os.close(ours)
        try:
            yield
        finally:
            _held.pop()
            os.close(theirs)
            _, status = os.waitpid(guardian, 0)
        check(status == 0, "the machine could not be changed back")


def knob(path):
    """What a knob says; of a choice the chosen word."""
    with open(path) as file:
        text = file.read().strip()
    return text.split("[")[1].split("]")[0] if "[" in text else text


def turn(path, value):
    with open(path, "w") as file:
        file.write(str(value))


@contextlib.contextmanager
def turned(knobs):
    """Sets knobs, {path: value}, and sets them back."""
    before = {path: knob(path) for path in knobs}
    with guarded(lambda: [turn(path, value) for path, value in before.items()]):
        for path, value in knobs.items():
            turn(path, value)
        yield


class swap:
    """Swap on a zram device, unless there is swap already."""

    def __enter__(self):
        self.guard = None
        with open("/proc/swaps") as file:
            if len(file.readlines()) > 1:
                return
        with open("/sys/class/zram-control/hot_add") as file:
            number = file.read().strip()
        device, knobs = f"/dev/zram{number}", f"/sys/block/zram{number}"

        def undo():
            subprocess.run(["swapoff", device], capture_output=True)
            for _ in range(50):
                try:
                    turn("/sys/class/zram-control/hot_remove", number)
                    return
                except OSError:
                    time.sleep(0.1)
            raise OSError(f"{device} stays busy")
        self.guard = guarded(undo)
        self.guard.__enter__()
        try:
            turn(knobs + "/disksize", 256 << 20)
            if not os.path.exists(device):
                os.mknod(device, 0o60600, os.makedev(*map(int, knob(knobs + "/dev").split(":"))))
            subprocess.run(["mkswap", device], check=True, capture_output=True)
            subprocess.run(["swapon", device], check=True, capture_output=True)
        except BaseException:
            self.guard.__exit__(*sys.exc_info())
            raise

    def __exit__(self, *error):
        if self.guard:
            self.guard.__exit__(*error)


class Cgroup:
    """A memory cgroup of our own, of either version, for processes started with preexec_fn=it.enter; gone behind the
    block, once they have ended."""

    def __init__(self):
        self.path, self.old = f"/sys/fs/cgroup/memory/thpscope-test-{os.getpid()}", True
        if not os.path.exists("/sys/fs/cgroup/memory/cgroup.procs"):
            self.path, self.old = f"/sys/fs/cgroup/thpscope-test-{os.getpid()}", False
        self.most = self.path + ("/memory.limit_in_bytes" if self.old else "/memory.max")
        self.used = self.path + ("/memory.usage_in_bytes" if self.old else "/memory.current")

    def __enter__(self):
        self.guard = guarded(self.undo)
        self.guard.__enter__()
        try:
            os.mkdir(self.path)
        except BaseException:
            self.guard.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, *error):
        self.guard.__exit__(*error)

    def enter(self):
        turn(self.path + "/cgroup.procs", 0)

    def press(self):
        """Reclaims all that can be; the shrinkers of this cgroup run, that of partly unmapped THPs too."""
        with contextlib.suppress(OSError):  # there was less than asked for
            turn(self.path + ("/memory.force_empty" if self.old else "/memory.reclaim"), 0 if self.old else "1G")

    def undo(self):
        for _ in range(100):
            with contextlib.suppress(FileNotFoundError):
                with open(self.path + "/cgroup.procs") as file:
                    left = file.read().split()
                if not left:
                    os.rmdir(self.path)
                    return
            time.sleep(0.05)
        raise OSError(f"{self.path} stays")


@contextlib.contextmanager
def layout(name, file=os.path.join(HERE, "layout.py"), python="/usr/bin/python3", **options):
    """Starts a layout; gives {"pids", "areas", "process"}. It ends with the block, or with this process."""
    process = subprocess.Popen([python, file, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, **options)
    try:
        line = process.stdout.readline()
        if not line:
            raise Failed(f"layout {name} could not be built: {process.stderr.read().strip()[-300:]}")
        yield {**json.loads(line), "process": process}
    finally:
        process.stdin.close()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
        process.stderr.close()


class Snapshot:
    """A parsed snapshot: head, processes, vmas, regions by (pid, address), pages in order of appearance."""

    def __init__(self, text):
        self.text = text
        self.processes, self.vmas, self.regions, self.pages, self.skipped = {}, {}, {}, {}, {}
        self.head = self.end = None
        for line in text.split("\n")[:-1]:
            record = json.loads(line)
            kind = record["type"]
            if kind == "snapshot":
                self.head = record
            elif kind == "end":
                self.end = record
            elif kind in ("process", "skipped"):
                getattr(self, "processes" if kind == "process" else kind)[record["pid"]] = record
            elif kind == "vma":
                self.vmas[record["pid"], int(record["start"], 16)] = record
            elif kind == "region":
                self.regions[record["pid"], int(record["addr"], 16)] = record
            elif kind == "page":
                self.pages[record["pid"], int(record["addr"], 16)] = record
        check(self.head and self.end, "the snapshot has no head or no end line")

    def without_clock(self, *but):
        """The lines that two snapshots of one standing process have in common, less records of some types."""
        lines = []
        for line in self.text.split("\n")[:-1]:
            record = json.loads(line)
            if record["type"] not in ("snapshot", *but):
                lines.append(record)
        return lines


def snapshot(pids, *args, want=0, program=None, **options):
    """Runs `thpscope snapshot` on some PIDs and reads what it wrote."""
    done = tap.thpscope("snapshot", *pids, "--format", "json", *args, **options)
    check(done.returncode == want, f"snapshot ended with {done.returncode}, not {want}: {done.stderr.strip()}")
    result = Snapshot(done.stdout)
    result.stderr = done.stderr
    return result
