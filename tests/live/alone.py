# SPDX-License-Identifier: GPL-2.0-or-later
"""A CPU that nobody else runs on for a while, so that what the kernel keeps for it alone stays as it is."""
import contextlib
import os
import subprocess
import sys

# No fork of ours: each page that both have would be copied as this process goes on, and so fill the CPU's batch.
SPINNER = """
import os
try:
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
except PermissionError:
    pass
def spin(most):
    os.set_blocking(0, False)
    while most:
        most -= 1
        try:
            os.read(0, 1)
            break
        except BlockingIOError:
            pass
    os.set_blocking(0, True)
spin(100)  # what it takes is there from now on
os.write(1, b"x")
if os.read(0, 1):
    spin(-1)
"""


class Alone:
    """Takes this process to a CPU. From begin() to end() another spins there whenever this one waits, by a real-time
    policy: the kernel leaves the rest 5 % of the time (sched_rt_runtime_us). Root may be refused that where real-time
    is dealt out to cgroups (CONFIG_RT_GROUP_SCHED); then it spins as one of many."""

    def __init__(self, cpu):
        os.sched_setaffinity(0, {cpu})
        with contextlib.suppress(PermissionError):
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(2))
        self.spinner = subprocess.Popen([sys.executable, "-S", "-c", SPINNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        bufsize=0)
        self.spinner.stdout.read(1)

    def begin(self):
        self.spinner.stdin.write(b"x")

    def end(self):
        self.spinner.stdin.close()
        self.spinner.wait()
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
