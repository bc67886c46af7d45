#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A slow link: throttle.py BYTES_PER_S COUNT_FILE COMMAND... passes stdin to COMMAND at once, and its output on at that rate.

COUNT_FILE has, rewritten as they come, how many bytes were passed on.
"""
import os
import subprocess
import sys
import time

PIECE_S = 0.02


def main():
    rate, count_file, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    # The command reads what we were given to read itself: it sees the end of it.
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        passed, due = 0, time.monotonic()
        while True:
            piece = os.read(child.stdout.fileno(), max(1, int(rate * PIECE_S)))
            if not piece:
                break
            while piece:
                n = os.write(1, piece)
                piece, passed = piece[n:], passed + n
                due = max(due, time.monotonic() - PIECE_S) + n / rate
            with open(count_file + ".new", "w") as file:
                file.write(f"{passed} {time.monotonic()}")
            os.rename(count_file + ".new", count_file)
            time.sleep(max(0, due - time.monotonic()))
    sys.exit(child.returncode)


if __name__ == "__main__":
    main()
