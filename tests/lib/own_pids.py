# SPDX-License-Identifier: GPL-2.0-or-later
"""A PID namespace for a test program and all that it starts: nobody else is in it, and which PID comes next is its choice."""
import os
import subprocess
import sys

import capability

LAST = "/proc/sys/kernel/ns_last_pid"
WITHIN = "THPSCOPE_WITHIN_OWN_PIDS"


def enter():
    """Goes on in a namespace with a /proc of its own, below a first process that waits for whoever is left without a parent. Where
    there can be none it goes on as it is: its tests name what they need."""
    if os.environ.get(WITHIN):
        if os.getpid() == 1:
            _beget()
    elif capability.own_pids():
        sys.exit(subprocess.call(["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", sys.executable,
                                  os.path.realpath(sys.argv[0]), *sys.argv[1:]], env={**os.environ, WITHIN: "1"}))


def _beget():
    """Goes on in a child; here all that end are waited for, until that one does."""
    child = os.fork()
    while child:
        pid, status = os.wait()
        if pid == child:
            os._exit(os.waitstatus_to_exitcode(status) & 0xff)


def start_as(pid, argv, **options):
    """A process with a PID that is free, by Popen."""
    for _ in range(200):
        with open(LAST, "w") as file:
            file.write(str(pid - 1))
        process = subprocess.Popen(argv, **options)
        if process.pid == pid:
            return process
        process.kill()
        process.wait()
        process.stdout and process.stdout.close()
        process.stdin and process.stdin.close()
    raise OSError(f"the PID {pid} is not to be had")
