"""Runs of faults on the real cluster, judged: nothing falls under `hardened`, and the judge is not blind."""

from pathlib import Path

import pytest

from tests.cluster.chaos import RUN_S, broken, outcome, planned

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("local_parts"), pytest.mark.timeout(RUN_S)]

KILL_AND_POISON = ((2, "kill", "a", 2), (6, "poison-digest", "plans", 1))

# Two faults of one part at a time: it is held until the last of them is over, and none of them is an accident.
OVERLAPPING = (
    (2, "stop", "b", 6),
    (3, "stop", "b", 2),
    (3, "clock-ahead", "a", 3),
    (4, "clock-behind", "a", 4),
    (4, "cut", "client>kafka", 5),
    (5, "delay", "client>kafka", 2),
    (9, "stop", "dns", 3),
    (10, "kill", "dns", 5),
)

# No majority is there that could clear the alarm of the last no-space when that is over.
OUTLASTED = (
    (2, "kill", "a", 3),
    (3, "kill", "dns-worker", 1),
    (5, "no-space", "etcd", 4),
    (6, "kill", "etcd-1", 2),
    (12, "stop", "dns-worker", 3),
    (17, "compact-behind", "dns", 3),
    (22, "restore", "etcd", 1),
    (26, "no-space", "etcd", 2),
    (27, "quorum", "etcd", 36),
)

# An enactor stops in the middle of a plan, and long enough for its locks and claims to end and the others to go on.
STOPPED_ENACTORS = tuple((at, "stop", who, 9) for at, who in ((1, "a"), (11, "b"), (21, "a"), (31, "b")))

# Plans come while nobody enacts, so that the newest is a delta on others that nobody has enacted.
BOTH_STOPPED = ((4, "stop", "a", 4), (4, "stop", "b", 4))

# The lab's bug of this name: an enactor acts on the newest delta, and not on those that it is put upon.
NEWEST_DELTA = """
from actors import enactor
enactor.chain = lambda newest, manifests, applied: [newest]
"""


def test_a_killed_enactor_and_a_poisoned_plan_are_survived_by_a_plan_file(tmp_path: Path) -> None:
    plan = planned(tmp_path, *KILL_AND_POISON)
    status, verdict, progress = outcome(tmp_path, "--plan", plan, "--records", "300")
    assert (status, verdict["falls"]) == (0, []), progress
    assert verdict["faults"] == {"kill": 1, "poison-digest": 1}
    assert verdict["reports"]["quarantined"] > 0
    assert verdict["empty"] == verdict["denied"] == 0


def test_faults_that_overlap_on_one_part_are_no_accidents(tmp_path: Path) -> None:
    status, verdict, progress = outcome(tmp_path, "--plan", planned(tmp_path, *OVERLAPPING), "--records", "300")
    assert (status, verdict["falls"]) == (0, []), progress
    assert sum(verdict["faults"].values()) == 8
    assert not list((tmp_path / "run").glob("clock-*")), "a clock is still wrong"


def test_what_a_fault_could_not_undo_in_time_is_undone_at_the_end(tmp_path: Path) -> None:
    plan = planned(tmp_path, *OUTLASTED)
    status, verdict, progress = outcome(tmp_path, "--plan", plan, "--records", "500")
    assert (status, verdict["falls"]) == (0, []), progress
    assert "no-space etcd for 2 s could not be done: etcd's alarm could not be cleared within 30 s" in progress
    assert verdict["failed"] == {"no-space": 1}
    assert verdict["faults"] == {"kill": 3, "no-space": 1, "stop": 1, "compact-behind": 1, "restore": 1, "quorum": 1}


def test_the_judge_sees_the_incident(tmp_path: Path) -> None:
    plan = planned(tmp_path, *STOPPED_ENACTORS)
    status, verdict, progress = outcome(
        tmp_path, "--plan", plan, "--posture", "incident", "--records", "2000", "--rate", "2", "--rest", "10"
    )
    assert status == 1, progress
    fell = {fall.partition(":")[0] for fall in verdict["falls"]}
    assert fell & {"never-empty", "never-delete-active", "monotone-generation"}, verdict["falls"]


def test_the_judge_sees_what_enactors_left_undone(tmp_path: Path) -> None:
    for enactor in ("a", "b"):
        broken(tmp_path, f"/{enactor}.json", NEWEST_DELTA)
    plan = planned(tmp_path, *BOTH_STOPPED)
    status, verdict, progress = outcome(tmp_path, "--plan", plan, "--records", "2000", "--rate", "2")
    assert status == 1, progress
    assert "at rest" in progress, "everything said that all was well"
    assert {fall.partition(":")[0] for fall in verdict["falls"]} == {"at-rest"}, verdict["falls"]
