# SPDX-License-Identifier: GPL-2.0-or-later
"""The tools that people use today, taken from Debian's kernel source at run time, never into the repository."""
import os
import shutil
import subprocess
import sys
import tempfile

PACKAGE = "linux-source-6.12"


class Missing(Exception):
    """A command on the way to the peers failed; says which and why."""


def quiet(*argv, **options):
    done = subprocess.run(argv, capture_output=True, **options)
    if done.returncode:
        raise Missing(f"{' '.join(map(str, argv))}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def kernel_tools():
    """A folder with tools/mm and include/uapi/linux of Linux 6.12: from the installed package, else downloaded
    (150 MB) and unpacked in the user's cache, not installed.
    """
    cache = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "thpscope", PACKAGE)
    if os.path.exists(os.path.join(cache, "tools/mm/thpmaps")):
        return cache
    archive = f"/usr/src/{PACKAGE}.tar.xz"
    with tempfile.TemporaryDirectory() as new:
        if not os.path.exists(archive):
            print(f"downloading {PACKAGE}", file=sys.stderr)
            quiet("apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", PACKAGE, cwd=new)
            quiet("dpkg-deb", "-x", os.path.join(new, os.listdir(new)[0]), new)
            archive = new + archive
        unpacked = cache + ".part"
        shutil.rmtree(unpacked, ignore_errors=True)
        os.makedirs(unpacked)
        quiet("tar", "-xJf", archive, "-C", unpacked, "--strip-components=1", f"{PACKAGE}/tools/mm",
              f"{PACKAGE}/include/uapi/linux")
        os.rename(unpacked, cache)
    return cache
