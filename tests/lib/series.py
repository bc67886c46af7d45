# SPDX-License-Identifier: GPL-2.0-or-later
"""`thpscope snapshot --every`, read while it runs: snapshots as lists of records."""
import json
import os
import subprocess
import threading
import time

from tap import THPSCOPE, Failed, check, equal


def whole(text):
    """The snapshots of a stream, each a list of records; every one has a head and an end."""
    snapshots = []
    check(not text or text.endswith("\n"), f"a line was cut off: {text[-80:]!r}")
    for line in text.split("\n")[:-1]:
        record = json.loads(line)
        if not snapshots or snapshots[-1][-1]["type"] == "end":
            equal(record["type"], "snapshot", "the first line of a snapshot")
            snapshots.append([])
        else:
            check(record["type"] != "snapshot", "a snapshot begins within another")
        snapshots[-1].append(record)
    if snapshots:
        equal(snapshots[-1][-1]["type"], "end", "the last line of all")
    equal([s[0]["seq"] for s in snapshots], list(range(len(snapshots))), "sequence numbers")
    for snapshot in snapshots:
        equal(sum(r["type"] == "region" for r in snapshot), snapshot[-1]["regions"], "region lines")
    return snapshots


def events(snapshot):
    return [record for record in snapshot if record["type"] == "event"]


class Series:
    """The running program; with it is over, its block ends it (SIGKILL)."""

    def __init__(self, *args, **options):
        self.process = subprocess.Popen([THPSCOPE, "snapshot", *map(str, args)], text=True, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        env={**os.environ, "LC_ALL": "C.UTF-8"}, **options)
        self.lines, self.ends = [], 0
        self.reader = threading.Thread(target=self._read, daemon=True)

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)
            self.ends += line.startswith('{"type":"end"')

    def __enter__(self):
        self.reader.start()
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdout.close()
        self.process.stderr.close()

    def snapshots(self):
        """Those that are whole by now."""
        lines, wanted = list(self.lines), self.ends
        while lines and not (lines[-1].startswith('{"type":"end"') and
                             sum(line.startswith('{"type":"end"') for line in lines) <= wanted):
            lines.pop()
        return whole("".join(lines))

    def wait(self, n, seconds=60):
        """Until there are n more snapshots."""
        wanted, end = self.ends + n, time.monotonic() + seconds
        while self.ends < wanted:
            if self.process.poll() is not None or time.monotonic() > end:
                raise Failed(f"no {n} more snapshots: {self.process.poll()}, {self.ends} are there")
            time.sleep(0.005)

    def event(self, holds, what, seconds=60):
        """The first event for which holds(event), and the number of its snapshot; waits for it."""
        end = time.monotonic() + seconds
        while True:
            found = self.snapshots()
            for number, snapshot in enumerate(found):
                for event in events(snapshot):
                    if holds(event):
                        return event, number
            if self.process.poll() is not None or time.monotonic() > end:
                raise Failed(f"no event: {what}; " + str([e for s in found for e in events(s)])[:2000])
            time.sleep(0.05)

    def finish(self, seconds=60):
        """Its status and all its snapshots, once it has ended."""
        status = self.process.wait(seconds)
        self.reader.join()
        return status, whole("".join(self.lines))
