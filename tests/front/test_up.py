"""`namelatch up --ephemeral`, run as people run it: whether it goes on without its etcd or its broker."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from tests.front.waiting import until

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@contextmanager
def up(directory: Path) -> Iterator[subprocess.Popen[bytes]]:
    """It, with what it makes below `directory`, where `out` and `err` have what it says; once everything runs."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NAMELATCH_")}
    ours = {"TMPDIR": str(directory), "NAMELATCH_PLANNER__INPUTS": str(ROOT / "configs" / "inputs.example.toml")}
    out, err = directory / "out", directory / "err"
    with out.open("wb") as said, err.open("wb") as complained:
        process = subprocess.Popen(
            [sys.executable, "-m", "namelatch", "up", "--ephemeral"],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=complained,
            env={**inherited, "PYTHONPATH": str(ROOT), **ours},
        )
    try:
        until(lambda: process.poll() is not None or "Ctrl-C stops them" in out.read_text(), "the actors", 60)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(30)
        finally:
            process.kill()


@pytest.mark.parametrize("part", ["etcd", "broker"])
def test_a_part_that_can_not_be_kept_running_ends_it_with_one_line(part: str) -> None:
    with tempfile.TemporaryDirectory(prefix="nl-", dir="/tmp") as place, up(Path(place)) as process:
        (home,) = Path(place).glob(f"namelatch-*/embedded/{part}")
        own = psutil.Process(process.pid)

        def ends() -> bool:
            with suppress(psutil.NoSuchProcess):
                for child in own.children(recursive=True):
                    if child.cwd() == str(home):
                        child.kill()
            return process.poll() is not None

        until(ends, f"the end of what has lost its {part}", 60)
        complaints = (Path(place) / "err").read_text().splitlines()
        assert process.returncode == 2, complaints
        assert complaints[-1].startswith(f"namelatch: gave up on {part} after 5 restarts, the last end was ")
