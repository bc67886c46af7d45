# SPDX-License-Identifier: GPL-2.0-or-later
"""For the tests in the lab: its kernels, built if they are not, and who was started for one."""
import functools
import os
import re

from tap import check, thpscope

BUILD_S = 3000
BOOT_S = 150  # with everything else that a machine may be doing

KERNELS = ("6.1", "6.12")  # the stock ones


@functools.lru_cache(maxsize=None)
def built(kernel):
    """The path of its bzImage."""
    done = thpscope("lab", "build", kernel, timeout=BUILD_S)
    check(done.returncode == 0, f"lab build {kernel}: {done.returncode}, {done.stderr[-500:]}")
    found = re.fullmatch(rf"{re.escape(kernel)}: Linux (\S+), built in \d+ s: (/\S+/bzImage)\n", done.stdout)
    check(found, f"lab build {kernel}: {done.stdout!r}")
    return found.group(2)


def shell(kernel, *command, options=(), **rest):
    built(kernel)
    return thpscope("lab", "shell", *options, kernel, "--", *command, timeout=BOOT_S, **rest)


def stat(pid):
    """(parent, comm), or None: there is none, or it has ended and waits to be reaped."""
    try:
        with open(f"/proc/{pid}/stat", errors="replace") as file:  # a comm is any bytes
            text = file.read()
    except OSError:
        return None
    comm = text[text.index("(") + 1:text.rindex(")")]
    state, parent = text[text.rindex(")") + 2:].split()[:2]
    return None if state == "Z" else (int(parent), comm)


def below(pid):
    """{PID: comm} of all that descend from a process."""
    tree = {int(name): stat(name) for name in os.listdir("/proc") if name.isdigit()}
    found, grown = {}, True
    while grown:
        more = {p: s[1] for p, s in tree.items() if s and p not in found and (s[0] == pid or s[0] in found)}
        found.update(more)
        grown = bool(more)
    return found
