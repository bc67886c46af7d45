# SPDX-License-Identifier: GPL-2.0-or-later
"""A program on a bare pseudo-terminal: what it sends, byte by byte, and when.

    with Pseudo([THPSCOPE, pid], size=(80, 24)) as program:
        program.read_until(b"quit")
        program.write("?")
"""
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

BOUND_S = 60


class Pseudo:
    """Its terminal is an xterm that answers nothing; `out` is all that it has sent."""

    def __init__(self, argv, size=(80, 24), env=None):
        self.argv, self.size = [str(arg) for arg in argv], size
        wanted = {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "XDG_CONFIG_HOME": "/nonexistent", "NO_COLOR": None,
                  "COLORFGBG": None, "LINES": None, "COLUMNS": None, **(env or {})}
        self.env = {**os.environ, **{n: v for n, v in wanted.items() if v is not None}}
        for name in (n for n, v in wanted.items() if v is None):
            self.env.pop(name, None)
        self.out = b""

    def __enter__(self):
        self.fd, slave = pty.openpty()
        columns, rows = self.size
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("4H", rows, columns, 0, 0))
        self.start = time.monotonic()
        self.process = subprocess.Popen(self.argv, stdin=slave, stdout=slave, stderr=slave, env=self.env,
                                        start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGHUP)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        os.close(self.fd)

    def write(self, text):
        os.write(self.fd, text.encode())

    def read(self, seconds):
        """What comes within this time, b"" if nothing does."""
        if not select.select([self.fd], [], [], max(0, seconds))[0]:
            return b""
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # the program has ended
            data = b""
            time.sleep(0.01)
        self.out += data
        return data

    def read_for(self, seconds):
        """What comes until then."""
        before, end = len(self.out), time.monotonic() + seconds
        while time.monotonic() < end:
            self.read(end - time.monotonic())
        return self.out[before:]

    def read_until(self, word, start=0):
        """Until these bytes have come, counted from `start`; RuntimeError after a minute."""
        end = time.monotonic() + BOUND_S
        while word not in self.out[start:]:
            if time.monotonic() > end:
                raise RuntimeError(f"{self.argv[0]} never sent {word!r}, but {self.out[start:][-2000:]!r}")
            self.read(0.1)

    def wait(self):
        """The status that it ends with. A terminal that does not read would keep it from ending."""
        end = time.monotonic() + BOUND_S
        while self.process.poll() is None and time.monotonic() < end:
            self.read(0.05)
        while self.read(0):  # what it wrote last
            pass
        return self.process.poll()

    def settle(self):
        """Until it has been silent for a moment, but for what a clock may change."""
        while len(self.read_for(0.2)) > 100:
            pass

    def answer_time(self, key, least):
        """Seconds from a key to the change that it makes: the last of the first `least` bytes."""
        while self.read(0):
            pass
        before, start = len(self.out), time.monotonic()
        self.write(key)
        while len(self.out) - before < least:
            if time.monotonic() - start > BOUND_S:
                raise RuntimeError(f"{key!r} is not answered")
            self.read(0.1)
        return time.monotonic() - start


def answer_times(program, keys=60):
    """Seconds that the help takes to open and to close, again and again, at odd times."""
    seen = []
    for number in range(keys):
        program.read_for(0.05 + number * 7 % 11 / 100)
        seen.append(program.answer_time("?", 400))
    return sorted(seen)


def small_pages(size):
    """A process with so much memory in small pages; it ends with its standard input."""
    code = ("import mmap, sys\n"
            f"memory = mmap.mmap(-1, {size}, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)\n"
            "memory.madvise(mmap.MADV_NOHUGEPAGE)\n"
            f"for at in range(0, {size}, 4 << 20): memory[at:at + (4 << 20):4096] = b'x' * 1024\n"
            "print('ready', flush=True)\n"
            "sys.stdin.read()\n")
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    if not process.stdout.readline():
        raise RuntimeError(f"no process with {size} bytes could be made")
    return process
