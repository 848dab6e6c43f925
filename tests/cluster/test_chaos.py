"""Runs of faults on the real cluster, judged: nothing falls under `hardened`, and the judge is not blind."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from namelatch.backends.ray_nodes import STARTED, Tree, redis_program
from tests.cluster.conftest import BACKEND

ROOT = Path(__file__).parent.parent.parent
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("local_parts")]
RUN_S = 420

KILL_AND_POISON = """
[[faults]]
at_s = 2
fault = "kill"
target = "a"
for_s = 2

[[faults]]
at_s = 6
fault = "poison-digest"
target = "plans"
for_s = 1
"""

# Two faults of one part at a time: it is held until the last of them is over, and none of them is an accident.
OVERLAPPING = "\n".join(
    f'[[faults]]\nat_s = {at}\nfault = "{fault}"\ntarget = "{target}"\nfor_s = {for_s}\n'
    for at, fault, target, for_s in (
        (2, "stop", "b", 6),
        (3, "stop", "b", 2),
        (3, "clock-ahead", "a", 3),
        (4, "clock-behind", "a", 4),
        (4, "cut", "client>kafka", 5),
        (5, "delay", "client>kafka", 2),
        (9, "stop", "dns", 3),
        (10, "kill", "dns", 5),
    )
)

# An enactor stops in the middle of a plan, and long enough for its locks and claims to end and the others to go on.
STOPPED_ENACTORS = "\n".join(
    f'[[faults]]\nat_s = {at}\nfault = "stop"\ntarget = "{who}"\nfor_s = 9\n'
    for at, who in ((1, "a"), (11, "b"), (21, "a"), (31, "b"))
)

# The roles are actors: one is killed, one stopped for longer than a lease lives, a worker is killed, another stands
# still until Ray has given it up and its actors live elsewhere, and the head is killed. Meanwhile etcd and Kafka fail.
ON_RAY = "\n".join(
    f'[[faults]]\nat_s = {at}\nfault = "{fault}"\ntarget = "{target}"\nfor_s = {for_s}\n'
    for at, fault, target, for_s in (
        (1, "kill", "a", 2),
        (2, "stop", "b", 7),
        (10, "kill", "etcd-leader", 3),
        (14, "kill", "raylet-b", 2),
        (16, "cut", "client>kafka", 3),
        (26, "stop", "raylet-a", 18),
        (50, "kill", "raylet-head", 3),
    )
)
HEADLESS = '[[faults]]\nat_s = 1\nfault = "kill"\ntarget = "raylet-head"\nfor_s = 60\n'
FROZEN = '[[faults]]\nat_s = 1\nfault = "stop"\ntarget = "raylet-a"\nfor_s = 60\n'


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
def _running(directory: Path, *arguments: str) -> Iterator[Run]:
    verdict, progress = directory / "verdict", directory / "progress"
    with verdict.open("w") as out, progress.open("w") as aside:
        process = subprocess.Popen(
            _argv(directory, *arguments), cwd=directory, env=_environment(), stdout=out, stderr=aside
        )
    run = Run(process, verdict, progress, Tree(process.pid))
    try:
        yield run
    finally:
        process.kill()
        process.wait()
        run.leaves.kill()


def _chaos(directory: Path, *arguments: str) -> tuple[int, dict[str, Any], str]:
    """Exit status, verdict and progress of one run."""
    with _running(directory, *arguments) as run:
        status = run.ends(RUN_S)
        progress = run.progress.read_text()
        assert status in {0, 1}, progress
        return status, json.loads(run.verdict.read_text()), progress


def _argv(directory: Path, *arguments: str) -> list[str]:
    backend = "docker" if BACKEND == "docker" else "local"
    words = ["namelatch", "chaos", "run", "--backend", backend, "--json", *arguments]
    return [sys.executable, "-m", *words, "--directory", str(directory / "run")]


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def _files_of_ray(directory: Path) -> Path:
    """Where the Ray cluster of a run had its files."""
    told = (directory / "run" / "raylet-head.log").read_text(encoding="utf-8")
    (where,) = set(re.findall(r"/tmp/nl-\w+", told))
    return Path(where)


def _writer(path: Path) -> psutil.Process:
    """The process that has a file open."""

    def has_it(process: psutil.Process) -> bool:
        with suppress(psutil.Error):
            return str(path.resolve()) in {file.path for file in process.open_files()}
        return False

    return next(filter(has_it, psutil.process_iter()))


def _planned(directory: Path, plan: str) -> str:
    path = directory / "plan.toml"
    path.write_text(plan, encoding="utf-8")
    return str(path)


@pytest.mark.timeout(RUN_S)
def test_a_minute_of_drawn_faults_ends_with_nothing_fallen(tmp_path: Path) -> None:
    status, verdict, progress = _chaos(tmp_path, "--random", "--seed", "1", "--minutes", "1", "--records", "600")
    assert (status, verdict["falls"]) == (0, []), progress
    assert sum(verdict["faults"].values()) >= 5
    assert verdict["questions"] > 1_000
    for rule in ("never-empty", "monotone-generation", "fenced-writes", "never-delete-active", "linearizable-roots"):
        assert verdict["exercised"][rule] > 0, rule


@pytest.mark.timeout(RUN_S)
def test_a_killed_enactor_and_a_poisoned_plan_are_survived_by_a_plan_file(tmp_path: Path) -> None:
    plan = _planned(tmp_path, KILL_AND_POISON)
    status, verdict, progress = _chaos(tmp_path, "--plan", plan, "--records", "300")
    assert (status, verdict["falls"]) == (0, []), progress
    assert verdict["faults"] == {"kill": 1, "poison-digest": 1}
    assert verdict["reports"]["quarantined"] > 0
    assert verdict["empty"] == verdict["denied"] == 0


@pytest.mark.timeout(RUN_S)
def test_faults_that_overlap_on_one_part_are_no_accidents(tmp_path: Path) -> None:
    status, verdict, progress = _chaos(tmp_path, "--plan", _planned(tmp_path, OVERLAPPING), "--records", "300")
    assert (status, verdict["falls"]) == (0, []), progress
    assert sum(verdict["faults"].values()) == 8
    assert not list((tmp_path / "run").glob("clock-*")), "a clock is still wrong"


@pytest.mark.timeout(RUN_S)
def test_the_judge_sees_the_incident(tmp_path: Path) -> None:
    plan = _planned(tmp_path, STOPPED_ENACTORS)
    status, verdict, progress = _chaos(
        tmp_path, "--plan", plan, "--posture", "incident", "--records", "2000", "--rate", "2"
    )
    assert status == 1, progress
    fell = {fall.partition(":")[0] for fall in verdict["falls"]}
    assert fell & {"never-empty", "never-delete-active", "monotone-generation"}, verdict["falls"]


@pytest.mark.skipif(redis_program() is None, reason="no redis-server on PATH (Debian: redis-server)")
@pytest.mark.timeout(RUN_S)
def test_actors_and_raylets_that_are_killed_and_stopped_harm_no_name_and_all_converges(tmp_path: Path) -> None:
    plan = _planned(tmp_path, ON_RAY)
    status, verdict, progress = _chaos(tmp_path, "--ray", "--plan", plan, "--records", "300", "--rate", "1")
    assert (status, verdict["falls"], verdict["failed"]) == (0, [], {}), progress
    assert verdict["faults"] == {"kill": 4, "stop": 2, "cut": 1}
    assert "the roles on Ray" in verdict["backend"]
    assert verdict["empty"] == verdict["denied"] == 0
    assert verdict["questions"] > 1_000
    assert verdict["expired"] > 0, "who was stopped has lost nothing to its lease"
    for rule in ("never-empty", "monotone-generation", "fenced-writes", "never-delete-active", "linearizable-roots"):
        assert verdict["exercised"][rule] > 0, rule
    assert not _files_of_ray(tmp_path).exists()


@pytest.mark.timeout(RUN_S)
def test_a_node_that_ends_by_itself_is_told_and_an_interrupt_leaves_nothing_of_one_that_stands_still(
    tmp_path: Path,
) -> None:
    with _running(tmp_path, "--ray", "--plan", _planned(tmp_path, FROZEN), "--records", "50") as run:
        run.says("stop raylet-a", RUN_S / 2)
        _writer(tmp_path / "run" / "b.history.jsonl").parent().kill()
        run.says("raylet-b ended by itself", RUN_S / 4)
        run.says("actor b ended by itself", RUN_S / 4)
        run.process.send_signal(signal.SIGINT)
        assert run.ends(60) == 130
    assert not _files_of_ray(tmp_path).exists()


@pytest.mark.skipif(redis_program() is None, reason="no redis-server on PATH (Debian: redis-server)")
@pytest.mark.timeout(RUN_S)
def test_an_interrupt_waits_for_no_node_that_a_fault_has_killed(tmp_path: Path) -> None:
    with _running(tmp_path, "--ray", "--plan", _planned(tmp_path, HEADLESS), "--records", "50") as run:
        run.says("kill raylet-head", RUN_S / 2)
        run.process.send_signal(signal.SIGINT)
        assert run.ends(60) == 130
        began = (tmp_path / "run" / "raylet-head.log").read_text().count(STARTED)
        assert began == 1, "the head was started once more, for nobody"
    assert not _files_of_ray(tmp_path).exists()
