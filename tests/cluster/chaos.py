"""Runs of `namelatch chaos` under way, for those who test them: what they say, how they end, and whom they leave."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from namelatch.backends.ray_nodes import Tree
from tests.cluster.conftest import BACKEND

ROOT = Path(__file__).parent.parent.parent
RUN_S = 420


@dataclass(frozen=True)
class Run:
    """A run under way; `leaves` is who of all that it started still runs."""

    process: "subprocess.Popen[bytes]"
    verdict: Path
    progress: Path
    leaves: Tree

    def until(self, condition: Callable[[], object], what: str, within_s: float) -> None:
        """Wait, and note meanwhile whom it starts: what outlives its parent can't be found afterwards."""
        end = time.monotonic() + within_s
        while not condition():
            self.leaves.look()
            assert time.monotonic() < end, f"waited {within_s:g} s in vain for {what}: {self.progress.read_text()}"
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(0.2)

    def says(self, words: str, within_s: float) -> None:
        """Wait for these words of its progress."""
        self.until(lambda: words in self.progress.read_text() or self.process.poll() is not None, words, within_s)
        assert words in self.progress.read_text(), self.progress.read_text()

    def ends(self, within_s: float) -> int:
        """Its exit status. It has left nobody."""
        self.until(lambda: self.process.poll() is not None, "its end", within_s)
        assert self.leaves.look() == ()
        return int(self.process.returncode)


@contextmanager
def running(directory: Path, *arguments: str) -> Iterator[Run]:
    verdict, progress = directory / "verdict", directory / "progress"
    with verdict.open("w") as out, progress.open("w") as aside:
        process = subprocess.Popen(
            _argv(directory, *arguments), cwd=directory, env=_environment(directory), stdout=out, stderr=aside
        )
    run = Run(process, verdict, progress, Tree(process.pid))
    try:
        yield run
    finally:
        process.kill()
        process.wait()
        run.leaves.kill()


def outcome(directory: Path, *arguments: str, within_s: float = RUN_S) -> tuple[int, dict[str, Any], str]:
    """Exit status, verdict and progress of one run."""
    with running(directory, *arguments) as run:
        status = run.ends(within_s)
        progress = run.progress.read_text()
        assert status in {0, 1}, progress
        return status, json.loads(run.verdict.read_text()), progress


def _argv(directory: Path, *arguments: str) -> list[str]:
    backend = "docker" if BACKEND == "docker" else "local"
    words = ["namelatch", "chaos", "run", "--backend", backend, "--json", *arguments]
    return [sys.executable, "-m", *words, "--directory", str(directory / "run")]


def _environment(directory: Path) -> dict[str, str]:
    """With what `broken` left in the directory in front."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(directory)))}


def broken(directory: Path, program: str, text: str) -> None:
    """Let this be done at the beginning of every process of a program, a word of its command line: what breaks it."""
    lines = (f"if any({program!r} in word for word in sys.orig_argv):", *(f"    {line}" for line in text.split("\n")))
    with (directory / "sitecustomize.py").open("a", encoding="utf-8") as file:
        file.write("\n".join(("import sys", *lines, "")))


def planned(directory: Path, *faults: tuple[float, str, str, float]) -> str:
    """The path of a plan of these: at how many seconds, which fault, of what, for how long."""
    path = directory / "plan.toml"
    tables = (
        f'[[faults]]\nat_s = {at_s}\nfault = "{fault}"\ntarget = "{target}"\nfor_s = {for_s}\n'
        for at_s, fault, target, for_s in faults
    )
    path.write_text("\n".join(tables), encoding="utf-8")
    return str(path)
