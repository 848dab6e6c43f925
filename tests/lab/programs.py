"""`namelatch lab` run as people run it, in a process of its own or, quicker, in this one."""

import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from namelatch.boundary import exit_status
from namelatch.cli import cli

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("ray", "aiokafka", "aetcd", "grpc")


@dataclass(frozen=True)
class Done:
    """How a program ended, and the CPU time that it took from its start, in seconds."""

    status: int
    out: str
    err: str
    cpu_s: float


def lab(*arguments: str | Path, path: str = str(ROOT)) -> Done:
    """Run `namelatch lab` with these arguments."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NAMELATCH_")}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "namelatch", "lab", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=100,
        stdin=subprocess.DEVNULL,
        env={**inherited, "PYTHONPATH": path},
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Done(done.returncode, done.stdout, done.stderr, cpu_s)


def here(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> Done:
    """The same in this process, errors and all."""
    capsys.readouterr()
    asked = ["lab", *map(str, arguments)]
    began = time.process_time()
    status = exit_status(lambda: cli.main(asked, prog_name="namelatch", standalone_mode=False))
    out, err = capsys.readouterr()
    return Done(status, out, err, time.process_time() - began)


def blocked(directory: Path, names: tuple[str, ...]) -> str:
    """A path for Python on which these packages are not installed."""
    (directory / "sitecustomize.py").write_text(
        "import sys\n"
        "class Missing:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name.partition('.')[0] in {names!r}:\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Missing())\n"
    )
    return f"{directory}{os.pathsep}{ROOT}"
