# SPDX-License-Identifier: GPL-2.0-or-later
"""Live tests run inside a lab kernel: what each of them said, by the guest's own standard output."""
import re

from lab import built
from tap import BUILD_DIR, ROOT, THPSCOPE, check, no_findings, test, thpscope

SLOW = 15  # an emulated machine is about so much slower
LIVE_S = 900
# What a kernel lacks, so that tests that need it are skipped there, and for no other want.
NEWER = {
    "except_advised": "PR_THP_DISABLE_EXCEPT_ADVISED came with Linux 6.18",
    "guard": "guard regions came with Linux 6.13",
    "hugetlb_1g": "a lab of 2 GiB has no GiB in one piece to spare",
    "ia32": "the lab's kernels run 64-bit programs only",
}
LACKS = {
    "6.1": {**NEWER, "pagemap_scan": "PAGEMAP_SCAN came with Linux 6.7", "mthp": "mTHPs came with Linux 6.8",
            "inject": "PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG came with Linux 6.4"},
    "6.12": NEWER,
}
# The tests' own machine: cgroups may limit memory, and each program's answer stands between two lines of ours.
SCRIPT = """
echo +memory >/sys/fs/cgroup/cgroup.subtree_control 2>/dev/null
cd "$1" && shift
for program; do
	echo "begin $program"
	"tests/live/$program" 2>&1 </dev/null
	echo "end $program $?"
done
"""


def run(kernel, programs):
    """{program: (status, what it said)}; one boot for all of them."""
    built(kernel)
    done = thpscope("lab", "shell", kernel, "--", "sh", "-c", SCRIPT, "-", ROOT, *programs, timeout=LIVE_S, env={
        "THPSCOPE_SLOW": str(SLOW), "THPSCOPE": THPSCOPE, "BUILD_DIR": BUILD_DIR, "PYTHONDONTWRITEBYTECODE": "1",
        "TMPDIR": "/tmp"})
    said = {program: (int(status), text) for program, text, status in
            re.findall(r"^begin (\w+)\n(.*?)^end \1 (\d+)$", done.stdout, re.M | re.S)}
    check(set(said) == set(programs), f"lab shell ended with {done.returncode}: {(done.stdout + done.stderr)[-2000:]}")
    return said


def wrong(kernel, said):
    """What a program's TAP says that should not be so; prints what was skipped, by name."""
    status, text = said
    passed = skipped = 0
    for line in text.splitlines():
        skip = re.match(r"ok \d+ - (.*) # SKIP (\w+): ", line)
        if skip:
            skipped += 1
            name, want = skip.groups()
            if want in LACKS[kernel]:
                print(f"#   skipped {name}: {LACKS[kernel][want]}")
            else:
                yield f"skipped for want of {want}, which this kernel has: {name}"
        elif line.startswith("ok "):
            passed += 1
        elif line.startswith(("not ok ", "#")):
            yield line
    print(f"#   {passed} passed, {skipped} skipped", flush=True)
    planned = re.search(r"^1\.\.(\d+)$", text, re.M)
    if not planned or int(planned.group(1)) > passed + skipped:
        yield f"{passed + skipped} of {planned.group(1) if planned else 'no'} tests passed; status {status}"


def live(kernel, programs):
    """A test for each program in a kernel; the first of them boots it."""
    said = {}

    def told(program):
        if not said:
            said.update(run(kernel, programs))
        return said[program]

    for program in programs:
        @test(f"{kernel}: {program}", "qemu")
        def _(program=program):
            print(f"# {kernel}, {program}:")
            no_findings(wrong(kernel, told(program)))
