# SPDX-License-Identifier: GPL-2.0-or-later
"""The program under test in a real terminal: tmux at a size of one's choice, read by polling with a bound.

    with Screen("demo", size=(80, 24)) as screen:
        screen.wait("specimen")
        screen.keys("Down", "Enter")
"""
import os
import shlex
import shutil
import subprocess
import tempfile
import time

from tap import SANITIZED, THPSCOPE, check

BOUND_S = 60 if SANITIZED else 30
BEFORE = "this was here before"


class Screen:
    """A tmux server of its own with one window, in it a shell that runs `thpscope ARGS` and then tells its status.

    `config` is the text of the configuration file, without which a PMU changes nothing of what is where; the user's own
    counts for nothing, as do the colours of his terminal. `cwd` is the folder that the program runs in.
    """

    def __init__(self, *args, size=(80, 24), env=None, program=THPSCOPE, config=None, cwd=None):
        self.command, self.size, self.config = shlex.join([program, *map(str, args)]), size, config
        self.cwd = cwd or os.getcwd()
        self.env = {"COLORFGBG": None, **(env or {})}

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="thpscope-ui-")
        # The program takes the place of the inner shell, and so has the PID that it wrote down.
        inner = shlex.quote(f"echo $$ >{self.folder}/pid; exec {self.command}")
        os.mkdir(f"{self.folder}/thpscope")
        with open(f"{self.folder}/thpscope/config", "w") as file:
            file.write("counting off\n" if self.config is None else self.config)
        script = (f"ulimit -c 0; echo {BEFORE}; stty -g >{self.folder}/before; sh -c {inner}; echo status $?; "
                  f"stty -g >{self.folder}/after; echo over and out; exec cat")
        env = {**os.environ, "LC_ALL": "C.UTF-8", "THPSCOPE": THPSCOPE, "XDG_CONFIG_HOME": self.folder,
               **self.env}
        for name in ("TMUX", "TERM", *(n for n, value in self.env.items() if value is None)):
            env.pop(name, None)
        try:
            # A server takes the environment of its first client, and tells the window what terminal it is.
            self.tmux("-f", "/dev/null", "new-session", "-d", "-c", self.cwd, "-x", self.size[0],
                      "-y", self.size[1], script, env=env)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends the server, and the program with its terminal; both are gone when this returns."""
        pid = self.pid(False)
        if os.path.exists(f"{self.folder}/socket"):
            self.tmux("kill-server", check_status=False)
        try:
            self.until(lambda: not pid or not os.path.exists(f"/proc/{pid}"), "the program outlives its terminal")
        finally:
            shutil.rmtree(self.folder)

    def tmux(self, *args, env=None, check_status=True):
        done = subprocess.run(["tmux", "-u", "-S", f"{self.folder}/socket", *map(str, args)], capture_output=True,
                              env=env, timeout=BOUND_S)
        check(not check_status or done.returncode == 0, f"tmux {args[0]}: {done.stderr.decode(errors='replace')}")
        return done.stdout.decode(errors="replace")

    def pid(self, must=True):
        """Of the program under test."""
        def read():
            try:
                with open(f"{self.folder}/pid") as file:
                    return int(file.read() or 0)
            except FileNotFoundError:
                return 0
        if must:
            self.until(read, "the program was not started")
        return read()

    def text(self):
        return self.tmux("capture-pane", "-p")

    def scroll_to(self, *words, pages=20):
        """Goes down a text from its top, page by page, until all of these are in sight."""
        self.keys("Home")
        self.until(lambda: not any(line.endswith("↑") for line in self.text().split("\n")), "Home")
        for _ in range(pages):
            before = self.text()
            if all(word in before for word in words):
                return
            self.keys("PageDown")
            self.until(lambda: self.text() != before, f"no page with {words}")
        raise AssertionError(f"no page with {words}")

    def state(self, what):
        """What tmux knows of the terminal: state("#{cursor_flag}")."""
        return self.tmux("display-message", "-p", what).rstrip("\n")

    def keys(self, *names):
        """Keys by tmux's names: "Down", "Enter", "?"."""
        self.tmux("send-keys", *names)

    def send(self, *texts):
        """Bytes just as they are, as a terminal would send them."""
        self.tmux("send-keys", "-H", *(f"{byte:02x}" for text in texts for byte in text.encode()))

    def mouse(self, column, row, button=0):
        """A click (or with 64 and 65 a turn of the wheel) at a place counted from 0."""
        self.send(f"\x1b[<{button};{column + 1};{row + 1}M\x1b[<{button};{column + 1};{row + 1}m")

    def find(self, word):
        """(column, row) of a word on the screen."""
        def holds():
            for row, line in enumerate(self.text().split("\n")):
                if word in line:
                    return line.index(word), row
            return None
        return self.until(holds, f"not on the screen: {word}")

    def resize(self, columns, rows):
        self.size = columns, rows
        self.tmux("resize-window", "-x", columns, "-y", rows)

    def signal(self, number):
        os.kill(self.pid(), number)

    def until(self, holds, what):
        """Polls until holds() is true, and gives it back; fails with the screen when it takes too long."""
        end = time.monotonic() + BOUND_S
        while True:
            result = holds()
            if result:
                return result
            if time.monotonic() > end:
                check(False, f"{what() if callable(what) else what}\n{self.safe_text()}")
            time.sleep(0.02)

    def safe_text(self):
        return self.tmux("capture-pane", "-p", check_status=False)

    def wait(self, *words):
        """Until all these words are on the screen; gives the screen's text."""
        def holds():
            text = self.text()
            return text if all(word in text for word in words) else None
        return self.until(holds, f"not on the screen: {words}")

    def wait_end(self, status):
        """Until the program has ended, with this status (None: any) and with the terminal as it was before."""
        text = self.wait("over and out", "status")
        check(status is None or f"status {status}\n" in text, f"it should have ended with {status}\n{text}")
        # What a sanitizer has to say may have scrolled it away.
        check(status is None or text.startswith(BEFORE), f"what was on the screen before is not there again\n{text}")
        with open(f"{self.folder}/before") as before, open(f"{self.folder}/after") as after:
            check(before.read() == after.read(), "stty: the terminal's modes are not as they were")
        self.check_given_back()
        return text

    def check_given_back(self):
        modes = self.state("alternate #{alternate_on}, cursor #{cursor_flag}, keypad #{keypad_flag}, "
                           "mouse #{mouse_any_flag}")
        check(modes == "alternate 0, cursor 1, keypad 0, mouse 0", f"the terminal was not given back: {modes}")
