"""Runs of faults on the real cluster, judged: nothing falls under `hardened`, and the judge is not blind."""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from namelatch.backends.ray_nodes import redis_program
from tests.cluster.conftest import BACKEND
from tests.front.waiting import processes_naming, until

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
FROZEN = '[[faults]]\nat_s = 1\nfault = "stop"\ntarget = "raylet-a"\nfor_s = 60\n'


def _chaos(directory: Path, *arguments: str) -> tuple[int, dict[str, Any], str]:
    """Exit status, verdict and progress of one run."""
    told = subprocess.run(
        _argv(directory, *arguments),
        cwd=directory,
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=RUN_S,
        check=False,
    )
    assert told.returncode in {0, 1}, told.stderr
    return told.returncode, json.loads(told.stdout), told.stderr


def _argv(directory: Path, *arguments: str) -> list[str]:
    backend = "docker" if BACKEND == "docker" else "local"
    words = ["namelatch", "chaos", "run", "--backend", backend, "--json", *arguments]
    return [sys.executable, "-m", *words, "--directory", str(directory / "run")]


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def _left_of_ray(directory: Path) -> list[object]:
    """Processes and files of the Ray cluster of a run that is over."""
    told = (directory / "run" / "raylet-head.log").read_text(encoding="utf-8")
    where = set(re.findall(r"/tmp/nl-\w+", told))
    assert len(where) == 1, where
    (place,) = where
    left: list[object] = [*processes_naming(place), *filter(Path.exists, [Path(place)])]
    return left


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
    assert _left_of_ray(tmp_path) == []


@pytest.mark.timeout(RUN_S)
def test_a_node_that_ends_by_itself_is_told_and_an_interrupt_leaves_nothing_of_one_that_stands_still(
    tmp_path: Path,
) -> None:
    log = tmp_path / "progress"
    with log.open("w") as output:
        run = subprocess.Popen(
            _argv(tmp_path, "--ray", "--plan", _planned(tmp_path, FROZEN), "--records", "50"),
            cwd=tmp_path,
            env=_environment(),
            stdout=output,
            stderr=output,
        )
    try:
        until(lambda: run.poll() is not None or "stop raylet-a" in log.read_text(), "the fault", RUN_S / 2)
        assert run.poll() is None, log.read_text()
        _writer(tmp_path / "run" / "b.history.jsonl").parent().kill()
        until(lambda: "raylet-b ended by itself" in log.read_text(), "the node being missed", RUN_S / 4)
        until(lambda: "actor b ended by itself" in log.read_text(), "its actor being missed", RUN_S / 4)
        run.send_signal(signal.SIGINT)
        assert run.wait(timeout=60) == 130, log.read_text()
    finally:
        run.kill()
    assert _left_of_ray(tmp_path) == []
