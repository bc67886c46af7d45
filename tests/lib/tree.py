# SPDX-License-Identifier: GPL-2.0-or-later
"""The files of this repository, for the lint tests."""
import os
import subprocess

from tap import ROOT

PARTS = {"src/core": "core", "src/format": "format", "src/script": "script", "ui": "ui", "src/cmd": "cmd",
         "src/specimen": "specimen", "src/init": "init", "src/record-tree": "record-tree", "src/privilege": "privilege",
         "src/agent": "agent"}


def files():
    """Paths from the root: what git knows, and what it would take; without git, all but build/."""
    git = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                         capture_output=True)
    if git.returncode == 0:
        return sorted(p for p in git.stdout.decode().split("\0") if p and os.path.exists(os.path.join(ROOT, p)))
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [d for d in folders if d not in (".git", "build", "__pycache__")]
        found += [os.path.relpath(os.path.join(folder, n), ROOT) for n in names]
    return sorted(found)


def text(path):
    with open(os.path.join(ROOT, path), errors="replace") as file:
        return file.read()


def sources(*suffixes):
    return [p for p in files() if p.endswith(suffixes or (".c", ".h"))]


def ours():
    """Text files that people write here: neither fixtures nor corpora nor licences."""
    skip = ("tests/fixtures/", "tests/fuzz/corpus/", "tests/golden/", "LICENSE")
    return [p for p in files() if not p.startswith(skip)]


def part_of(path):
    """The part of the house that a source file belongs to; "main" for main.c, None for the tests."""
    folder = os.path.dirname(path)
    if path == "src/main.c":
        return "main"
    if folder.startswith("backend/"):
        return folder.split("/")[1]
    return next((part for root, part in PARTS.items() if (folder + "/").startswith(root + "/")), None)


def backends():
    return sorted({part_of(p) for p in sources() if p.startswith("backend/")})
