#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Keeps khugepaged away from what tests lay out, as long as standard input is open; then all is as before.

khugepaged looks at a process as soon as it is the first that it knows, and at all of them every scan_sleep_millisecs: a
split that a test looks at may be undone in between. So it knows this process, and sleeps long. Tests that want it awake
set its knobs themselves, and back. Without root nothing is changed. It says "ready" when it is so.
"""
import mmap
import signal
import sys

SLEEP = "/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs"
LONG = "3600000"


def main():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # whoever started it closes our input, whatever becomes of him
    memory = mmap.mmap(-1, 4 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.madvise(mmap.MADV_HUGEPAGE)
    memory[0] = 1  # on older kernels the slot is made by a fault
    try:
        with open(SLEEP, "r+") as file:
            before = file.read().strip()
            file.seek(0)
            file.write(LONG)
    except OSError:
        before = None
    print("ready", flush=True)
    sys.stdin.read()
    if before is not None:
        with open(SLEEP, "r+") as file:
            if file.read().strip() == LONG:  # nobody else has set it meanwhile
                file.seek(0)
                file.write(before)


main()
