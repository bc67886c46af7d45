# SPDX-License-Identifier: GPL-2.0-or-later
"""For tests written in Python: functions marked @test, checks, and main(), which speaks TAP.

    @test("a sentence that says what holds", "root", "pfn")     # and the capabilities that it needs
    def _():
        equal(1 + 1, 2, "the sum")

    main()
"""
import os
import subprocess
import sys
import time
import traceback

import capability

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
THPSCOPE = os.environ.get("THPSCOPE", os.path.join(ROOT, "build/dev/thpscope"))
BUILD_DIR = os.environ.get("BUILD_DIR", os.path.join(ROOT, "build/dev"))
SANITIZED = BUILD_DIR.endswith("asan")
SLOW = float(os.environ.get("THPSCOPE_SLOW", 1))  # how much longer things may take: an emulated machine

_tests = []


class Failed(Exception):
    """A check that did not hold."""


class Skip(Exception):
    """Raised by a test that finds out on its way that it cannot run here."""

    def __init__(self, missing, reason):
        super().__init__(reason)
        self.missing = missing


def test(name, *needs):
    """Marks a function as a test, to be skipped where a capability that it needs is missing."""
    def mark(function):
        _tests.append((name, needs, function))
        return function
    return mark


def unsanitized(*args):
    """A test of what a sanitizer has its own ways in."""
    return (lambda function: function) if SANITIZED else test(*args)


def check(condition, message):
    if not condition:
        raise Failed(message)


def equal(got, want, what):
    check(got == want, f"{what}: got {got!r}, want {want!r}")


def no_findings(findings, most=20):
    """Fails with the list of what was found, if anything was."""
    findings = list(findings)
    shown = "\n".join(findings[:most])
    more = f"\n... and {len(findings) - most} more" if len(findings) > most else ""
    check(not findings, shown + more)


def thpscope(*args, timeout=60, stdin=None, env=None, **options):
    """Runs the program under test; .returncode, .stdout, .stderr (text). `input` is a text for its standard input."""
    check(os.path.exists(THPSCOPE), f"{THPSCOPE} is not built")
    if "input" not in options:
        options["stdin"] = stdin or subprocess.DEVNULL
    return subprocess.run([THPSCOPE, *map(str, args)], capture_output=True, timeout=timeout * SLOW, text=True,
                          errors="surrogateescape",
                          env={**os.environ, "LC_ALL": "C.UTF-8", **(env or {})}, **options)


def settle(pid, seconds=30):
    """Waits until a process sleeps, which sleep(1) first does when it has its name and has loaded its libraries."""
    end = time.monotonic() + seconds
    while True:
        with open(f"/proc/{pid}/syscall") as file:
            if file.read().split()[0] in ("230", "35"):  # clock_nanosleep, nanosleep
                return
        check(time.monotonic() < end, f"process {pid} never sleeps")
        time.sleep(0.01)


def _run(needs, function):
    for need in needs:
        if not capability.have(need):
            raise Skip(need, capability.why(need))
    function()


def main():
    """Runs what was marked; with arguments, only tests whose name contains one of them, and none of those with a "-"
    in front."""
    no = [word[1:] for word in sys.argv[1:] if word.startswith("-")]
    yes = [word for word in sys.argv[1:] if not word.startswith("-")] or [""]
    chosen = [t for t in _tests if any(word in t[0] for word in yes) and not any(word in t[0] for word in no)]
    failed = 0
    print(f"1..{len(chosen)}", flush=True)
    for number, (name, needs, function) in enumerate(chosen, 1):
        try:
            _run(needs, function)
            print(f"ok {number} - {name}", flush=True)
        except Skip as skip:
            print(f"ok {number} - {name} # SKIP {skip.missing}: {skip}", flush=True)
        except Exception as error:  # whatever a test dies of is its failure, not the end of the others
            failed += 1
            print(f"not ok {number} - {name}")
            text = str(error) if isinstance(error, Failed) else traceback.format_exc()
            print("".join(f"# {line}\n" for line in text.rstrip().split("\n")), end="", flush=True)
    sys.exit(1 if failed else 0)
