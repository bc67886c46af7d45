# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls of a program that fail, one at a time: tests/faults/failing.c, preloaded.

    shooter = Shooter()
    calm = shooter.run(argv)                                # nothing fails; calm.seen has how many calls of each group
    shot = shooter.run(argv, ("READ",), nth=7, error=errno.EIO)
"""
import contextlib
import errno
import functools
import mmap
import os
import signal
import struct
import subprocess
import tempfile
import time

import tap

# The order of enum group in failing.c, and with what each may fail.
GROUPS = {
    "MEMORY": (errno.ENOMEM,),
    "READ": (errno.EIO, errno.EINTR, errno.ESRCH, errno.EAGAIN, errno.ENOMEM, errno.EPERM),
    "WRITE": (errno.EIO, errno.ENOSPC, errno.EINTR, errno.EAGAIN),
    "OPEN": (errno.EMFILE, errno.EIO, errno.EINTR, errno.ENOMEM, errno.EPERM, errno.ESRCH),
    "LOOK": (errno.EIO, errno.ENOMEM, errno.EPERM),
    "IOCTL": (errno.EIO, errno.EINTR, errno.ESRCH, errno.ENOMEM, errno.EPERM, errno.EAGAIN),
    "POLL": (errno.EINTR, errno.ENOMEM),
    "PTRACE": (errno.ESRCH, errno.EPERM, errno.EIO),
    "TARGET": (errno.EINTR, errno.ESRCH, errno.EPERM, errno.ENOMEM, errno.EAGAIN, errno.EIO),
    "START": (errno.EAGAIN, errno.ENOMEM),
    "WAIT": (errno.EINTR, errno.ECHILD),
    "PIPE": (errno.EMFILE, errno.ENOMEM),
    "FILES": (errno.EIO, errno.EINTR, errno.ENOSPC, errno.EPERM),
    "MAP": (errno.ENOMEM, errno.EPERM),
}
CUTS = ("READ", "WRITE")  # what may also fall short
# What may fail once and from then on.
LASTING = {"READ": (errno.EIO,), "WRITE": (errno.ENOSPC,), "OPEN": (errno.EMFILE,), "IOCTL": (errno.ENOMEM,)}
NAMES = list(GROUPS)
COUNT, FAIL, SHORT, BROKEN = range(4)
LAST = 4  # FAIL, and all that follow
HEAD = "64s5Q"
TALLY = f"{2 + len(NAMES)}Q64s"


class Shot:
    """How a run ended: .returncode, .stdout, .stderr (bytes), .seen ({group: calls}), .struck, .call (its name)."""

    def __init__(self, what, tally, returncode, stdout, stderr):
        self.what, self.returncode, self.stdout, self.stderr = what, returncode, stdout, stderr
        matched, self.struck, *seen, call = struct.unpack(TALLY, tally)
        self.seen, self.matched = dict(zip(NAMES, seen)), matched
        self.call = call.rstrip(b"\0").decode()

    def __str__(self):
        return f"{self.what} ({self.call}): status {self.returncode}, {self.stderr.decode(errors='replace')[:600]!r}"


@functools.lru_cache(None)
def preloaded(program, build=None):
    """LD_PRELOAD for a program. A sanitizer's own calls come first, and make those that fail."""
    library = os.path.join(build or tap.BUILD_DIR, "tests/faults/libfailing.so")
    tap.check(os.path.exists(library), f"{library} is not built")
    linked = subprocess.run(["ldd", program], capture_output=True, text=True).stdout
    first = [line.split()[2] for line in linked.splitlines() if "libasan" in line]
    return ":".join([*first, library])


class Shooter:
    """Runs programs, one call of which fails. `program`: whose calls; those of what it starts under other names pass."""

    def __init__(self, program="thpscope", build=None):
        self.program, self.build = program, build
        self.file = tempfile.NamedTemporaryFile(prefix="thpscope-failing-")
        self.file.write(bytes(struct.calcsize(HEAD) + struct.calcsize(TALLY)))
        self.file.flush()
        self.map = mmap.mmap(self.file.fileno(), 0)
        self.shots = 0

    def arm(self, groups=(), nth=0, kind=COUNT, error=0, times=1):
        kind, times = (FAIL, 0) if kind == LAST else (kind, 2 if kind == BROKEN else times)
        self.map[:] = bytes(len(self.map))
        bits = sum(1 << NAMES.index(group) for group in groups)
        self.map[:struct.calcsize(HEAD)] = struct.pack(HEAD, self.program.encode()[:63], bits, kind, nth, times, error)

    def environment(self, program):
        return {**os.environ, "LC_ALL": "C.UTF-8", "LD_PRELOAD": preloaded(program, self.build),
                "FAILING": self.file.name, "XDG_CONFIG_HOME": "/nonexistent"}

    def tell(self, what, returncode, stdout, stderr):
        shot = Shot(what, self.map[struct.calcsize(HEAD):], returncode, stdout, stderr)
        self.shots += min(shot.struck, 1)
        return shot

    def run(self, argv, groups=(), nth=0, kind=None, error=0, times=1, timeout=120, env=None, **options):
        """A whole run. Without groups nothing fails."""
        kind = (FAIL if groups else COUNT) if kind is None else kind
        self.arm(groups, nth, kind, error, times)
        how = {SHORT: "short", BROKEN: "short, then "}.get(kind, "") + errno.errorcode.get(error, "")
        on = " and on" if kind == LAST or times != 1 else ""
        what = f"{' '.join(map(str, argv[1:]))}: {'+'.join(groups)} {nth} {how}{on}"
        options.setdefault("stdin", subprocess.DEVNULL)
        with subprocess.Popen([*map(str, argv)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
                              env={**self.environment(argv[0]), **(env or {})}, **options) as process:
            try:
                out, err = process.communicate(timeout=timeout * tap.SLOW)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                out, err = process.communicate()
                return self.tell(f"{what}: it did not end in {timeout} s", -signal.SIGKILL, out, err)
        return self.tell(what, process.returncode, out, err)

    def left(self, seconds=8):
        """What of all that it has started is still there so many seconds later: a guardian, an agent, a specimen."""
        end = time.monotonic() + seconds * tap.SLOW
        while found := list(self._living()):
            if time.monotonic() > end:
                break
            time.sleep(0.05)
        return found

    def _living(self):
        for pid in filter(str.isdecimal, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                with open(f"/proc/{pid}/environ", "rb") as environ:
                    ours = b"FAILING=" + self.file.name.encode() + b"\0" in environ.read() + b"\0"
                if ours:
                    with open(f"/proc/{pid}/stat") as stat:
                        yield stat.read()[:60]


def plans(seen, groups, most=None, chance=None):
    """(group, nth, kind, error) for the calls that an unfailed run made: each of them with each error; or `most`, spread over
    the groups and over the run, with the errors in turn."""
    for group in (group for group in groups if seen[group]):
        kinds = [(FAIL, error) for error in GROUPS[group]] + [(SHORT, 0), (BROKEN, errno.EIO)] * (group in CUTS)
        kinds += [(LAST, error) for error in LASTING.get(group, ())]
        if most is None:
            yield from ((group, nth, *kind) for nth in range(1, seen[group] + 1) for kind in kinds)
            continue
        share = min(seen[group], max(1, most // sum(1 for g in groups if seen[g])))
        first = chance.randrange(len(kinds))
        for number in range(share):
            low, high = (seen[group] * n // share for n in (number, number + 1))
            yield (group, chance.randrange(low, high) + 1, *kinds[(first + number) % len(kinds)])
