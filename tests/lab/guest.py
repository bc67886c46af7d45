# SPDX-License-Identifier: GPL-2.0-or-later
"""Live tests run inside the lab's kernels, the kernels side by side: each of their tests is one of ours, by the guest's own
standard output."""
import os
import queue
import re
import shlex
import subprocess
import sys
import threading
import time

import capability
from lab import built
from tap import BUILD_DIR, ROOT, THPSCOPE

SLOW = 15  # an emulated machine is about so much slower
LIVE_S = 3000
# What a kernel lacks, so that tests that need it are skipped there, and for no other want.
NEWER = {
    "except_advised": "PR_THP_DISABLE_EXCEPT_ADVISED came with Linux 6.18",
    "guard": "guard regions came with Linux 6.13",
    "hugetlb_1g": "a lab of 2 GiB has no GiB in one piece to spare",
    "ia32": "the lab's kernels run 64-bit programs only",
    "fuse": "the lab's kernels are built without FUSE",
}
LACKS = {
    "6.1": {**NEWER, "pagemap_scan": "PAGEMAP_SCAN came with Linux 6.7", "mthp": "mTHPs came with Linux 6.8",
            "split_order": "split_huge_pages takes an order since Linux 6.9",
            "inject": "PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG came with Linux 6.4"},
    "6.12": NEWER,
    "team": {},
}
# What takes too long there for a test of every day: tests/soak/test_lab has it. A test is named by a part of its name.
LONG = {
    "test_layouts": ("layout shared_mm ", "layout shared_small ", "layout many ", "layout mixed ", "layout hole ", "layout big ",
                     "layout unaligned ", "layout punctured ", "layout sparse ", "layout fragments ",
                     "a THP shared after fork"),
    "test_triggers": ("a long run tells",),
    "test_why": (": a request is granted", "empty, zero-page: "),
    "test_cow": (", pin: ", ", vmsplice: "),
    "test_hot": (),
}
# Nor are these for every day: the kernel between this machine's, as a rule, and 6.1 shows no other layout or copy than those
# two, and of the lab's kernels one is enough to tell what is used.
SELDOM = {"6.12": ("test_layouts", "test_cow"), "6.1": ("test_hot",)}


def script(programs):
    """For the guest's shell: each program's answer stands between two lines of ours."""
    yield "cd " + shlex.quote(ROOT)
    yield "tail -f /dev/null | tests/lib/parked.py &"  # for as long as there is this guest
    for program, words in programs.items():
        yield f"echo begin {program}; {shlex.join([f'tests/live/{program}', *words])} 2>&1 </dev/null; echo end {program} $?"


class Guest:
    """What one kernel says, test by test."""

    def __init__(self, kernel, programs, say):
        self.kernel, self.programs, self.say = kernel, programs, say
        self.begun, self.failed, self.output, self.planned, self.seen = None, None, [], None, 0
        self.wrong = False  # something was said to be, of the program that has begun

    def run(self):
        """What goes wrong here is a test that failed, and not a thread less."""
        try:
            self.listen()
        except Exception as error:
            self.tell("not ok", self.begun or "the guest", [f"its answers could not be heard: {error!r}"])

    def listen(self):
        start = time.monotonic()
        command = [THPSCOPE, "lab", "shell", self.kernel, "--", "sh", "-c", "\n".join(script(self.programs))]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                   errors="replace", env={
                                       **os.environ, "THPSCOPE": os.path.realpath(THPSCOPE), "BUILD_DIR": BUILD_DIR,
                                       "THPSCOPE_SLOW": str(SLOW), "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": "/tmp"})
        limit = threading.Timer(LIVE_S, process.terminate)
        limit.start()
        left = dict(self.programs)
        for line in process.stdout:
            self.hear(line.rstrip("\n"), left)
        process.stdout.close()
        status = process.wait()
        limit.cancel()
        if self.begun or left:
            self.tell("not ok", self.begun or next(iter(left)), [f"lab shell ended with {status}", *self.output[-40:]])
        print(f"# {self.kernel}: {time.monotonic() - start:.0f} s", flush=True)

    def hear(self, line, left):
        mark = re.match(r"(begin|end) (\w+)(?: (\d+))?$", line)
        plan = re.match(r"1\.\.(\d+)$", line)
        result = re.match(r"(ok|not ok) \d+ - (.*)", line)
        if result or mark:
            self.tell_failed()
        if mark and mark.group(1) == "begin":
            self.begun, self.output, self.planned, self.seen, self.wrong = mark.group(2), [], None, 0, False
        elif mark:
            if self.seen != self.planned or not self.seen or (mark.group(3) != "0" and not self.wrong):
                self.tell("not ok", self.begun, [f"{self.seen} of {self.planned} tests reported; status {mark.group(3)}",
                                                 *self.output[-40:]])
            left.pop(self.begun, None)
            self.begun = None
        elif plan:
            self.planned = int(plan.group(1))
        elif result:
            self.seen += 1
            self.judge(*result.groups())
        elif self.failed:
            self.failed[1].append(line.removeprefix("# "))
        else:
            self.output.append(line)

    def judge(self, verdict, name):
        name, _, reason = name.partition(" # SKIP ")
        want = reason.partition(":")[0]
        name = f"{self.begun}: {name}"
        if verdict == "not ok":
            self.failed = name, []
        elif not reason:
            self.tell("ok", name)
        elif want in LACKS[self.kernel]:
            self.tell("ok", f"{name} # SKIP old_kernel: {LACKS[self.kernel][want]}", [])
        else:
            self.tell("not ok", name, [f"skipped for want of {want}, which this kernel has"])

    def tell_failed(self):
        if self.failed:
            self.tell("not ok", *self.failed)
        self.failed = None

    def tell(self, verdict, name, lines=()):
        self.wrong |= verdict == "not ok"
        self.say.put((verdict, f"{self.kernel}: {name}", lines))


def live(kernels):
    """Runs {kernel: {program: the words that choose of its tests}}, and speaks TAP. Does not return."""
    if not capability.have("lab"):
        for number, (kernel, programs) in enumerate(kernels.items(), 1):
            print(f"ok {number} - {kernel}: {', '.join(programs)} # SKIP lab: {capability.why('lab')}")
        print(f"1..{len(kernels)}")
        sys.exit(0)
    for kernel in kernels:
        built(kernel)
    say, count, failed = queue.Queue(), 0, 0
    # A daemon: whoever ends this program ends the guests too, which go with their host's end of the pipe.
    threads = [threading.Thread(target=Guest(kernel, programs, say).run, daemon=True) for kernel, programs in kernels.items()]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads) or not say.empty():
        try:
            verdict, name, lines = say.get(timeout=0.2)
        except queue.Empty:
            continue
        count += 1
        failed += verdict == "not ok"
        print(f"{verdict} {count} - {name}")
        print("".join(f"# {line}\n" for line in lines), end="", flush=True)
    print(f"1..{count}", flush=True)
    sys.exit(1 if failed else 0)
