"""A call in a process of its own: its result comes back, its failure is told, and it leaves no process."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from namelatch.demo.apart import NICER, Failed, apart
from namelatch.demo.inventory import Inventory, inventory
from tests.front.waiting import is_running, until

ROOT = Path(__file__).parents[2]
ENDS_WITHIN_S = 20.0


def pid_and_niceness() -> tuple[int, int]:
    print("not a part of the answer")
    return os.getpid(), os.nice(0)


def sized(laid_out: Inventory, more: int) -> int:
    return len(laid_out.endpoints) + more


def broken() -> None:
    raise ValueError("the test")


def writes_its_pid_and_stays(path: Path) -> None:
    path.with_suffix(".new").write_text(str(os.getpid()))
    path.with_suffix(".new").rename(path)
    time.sleep(10 * ENDS_WITHIN_S)


def test_it_runs_in_another_process_which_is_nicer_and_may_print() -> None:
    pid, niceness = asyncio.run(apart(pid_and_niceness))
    assert pid != os.getpid()
    assert niceness == min(19, os.nice(0) + NICER)
    assert not is_running(pid)


def test_arguments_and_results_are_values() -> None:
    laid_out = inventory(1_000)
    assert asyncio.run(apart(sized, laid_out, 7)) == len(laid_out.endpoints) + 7


def test_what_it_raises_is_a_failure_with_the_traceback_on_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Failed, match=r"test_apart\.broken ended with status 1"):
        asyncio.run(apart(broken))
    assert "ValueError: the test" in capfd.readouterr().err


def test_being_cancelled_kills_it(tmp_path: Path) -> None:
    async def story() -> int:
        path = tmp_path / "pid"
        calling = asyncio.create_task(apart(writes_its_pid_and_stays, path))
        await asyncio.to_thread(until, path.exists, "the child's beginning", ENDS_WITHIN_S)
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
        return int(path.read_text())

    assert not is_running(asyncio.run(story()))


def test_it_dies_with_its_parent(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    program = (
        "import asyncio, pathlib, sys; from namelatch.demo.apart import apart; from tests.demo import test_apart as t;"
        "asyncio.run(apart(t.writes_its_pid_and_stays, pathlib.Path(sys.argv[1])))"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(path)], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    try:
        until(path.exists, "the child's beginning", ENDS_WITHIN_S)
    finally:
        parent.kill()
        parent.wait()
    until(lambda: not is_running(int(path.read_text())), "the child's end", ENDS_WITHIN_S)
