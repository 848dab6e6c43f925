"""`namelatch demo` as a person runs it: a process in a terminal's foreground group, what it says, what it started.

The tree is recorded with create times while it runs, so that what is left can be told from a stranger with the
same id: processes that have lost their parent are still in the list.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from tests.front.waiting import until

ROOT = Path(__file__).parents[2]
RUN_S = 100.0  # a demo of this size takes 25 s on a quiet machine
STOP_S = 30.0
WATCH_S = 0.05


class Demo:
    """One run. `said` is its standard error and, unless it is for programs, its output; in order, line by line."""

    def __init__(self, directory: Path, *arguments: str) -> None:
        self.directory = directory
        self.out: list[str] = []
        self.err: list[str] = []
        self.started: set[psutil.Process] = set()
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("NAMELATCH_", "RAY_"))}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "namelatch", "demo", "--run-dir", str(directory), *arguments],
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**clean, "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
            start_new_session=True,
        )
        self._me = psutil.Process(self.process.pid)
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._listen, args=(self.process.stdout, self.out), daemon=True),
            threading.Thread(target=self._listen, args=(self.process.stderr, self.err), daemon=True),
            threading.Thread(target=self._watch, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    @staticmethod
    def _listen(stream: Any, lines: list[str]) -> None:
        lines.extend(iter(stream.readline, ""))

    def _watch(self) -> None:
        while not self._over.wait(WATCH_S):
            self.record()

    def record(self) -> None:
        """Remember every process of the tree as it is now."""
        try:
            self.started |= set(self._me.children(recursive=True))
        except psutil.NoSuchProcess:
            return

    @property
    def text(self) -> str:
        return "".join([*self.out, *self.err])

    def wait_for(self, words: str, deadline_s: float = RUN_S) -> None:
        """Return when it has said so; fail when it ends or the deadline passes before."""
        until(
            lambda: words in self.text or self.process.poll() is not None, f"{words!r}, said:\n{self.text}", deadline_s
        )
        until(lambda: words in self.text, f"{words!r}; it ended and said:\n{self.text}", 5.0)

    def wait_for_file(self, pattern: str, deadline_s: float = RUN_S) -> Path:
        until(lambda: any(self.directory.glob(pattern)), f"{pattern}, said:\n{self.text}", deadline_s)
        return next(self.directory.glob(pattern))

    def wait(self, deadline_s: float = RUN_S) -> int:
        """The exit status, once all that it said is read."""
        try:
            status = self.process.wait(deadline_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it did not end within {deadline_s:g} s, said:\n{self.text}") from None
        finally:
            self._over.set()
        for thread in self._threads:
            thread.join(5.0)
        return status

    def ctrl_c(self) -> None:
        """What a terminal does: to the whole foreground group."""
        self.record()
        os.killpg(self.process.pid, signal.SIGINT)

    def left(self) -> list[psutil.Process]:
        """Processes that it started and that still run; a zombie is its new parent's business."""
        return [one for one in self.started if _runs(one)]

    def assert_nothing_is_left(self) -> None:
        until(lambda: not self.left(), f"the end of {self.left()}")

    def result(self) -> dict[str, Any]:
        return dict(json.loads(self.wait_for_file("*/result.json", 5.0).read_text()))

    def posture(self, name: str) -> dict[str, Any]:
        (found,) = (one for one in self.result()["postures"] if one["posture"] == name)
        return dict(found)

    def find(self, wanted: Callable[[psutil.Process], bool]) -> list[psutil.Process]:
        """Running processes of the tree that are so."""
        self.record()
        found = []
        for one in self.left():
            try:
                if wanted(one):
                    found.append(one)
            except psutil.NoSuchProcess:
                continue
        return found


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@contextmanager
def demo(directory: Path, *arguments: str) -> Iterator[Demo]:
    """A demo for the time of the block; whatever is left after it is ended, by its id."""
    directory.mkdir(parents=True, exist_ok=True)
    running = Demo(directory, *arguments)
    try:
        yield running
    finally:
        running.record()
        running.process.kill()
        running.process.wait()
        for one in running.left():
            one.kill()
