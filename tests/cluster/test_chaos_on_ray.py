"""The roles as actors on raylets of a real Ray cluster, struck among all else; what is told, and what is left."""

import re
import signal
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from namelatch.backends.ray_nodes import STARTED, redis_program
from tests.cluster.chaos import RUN_S, broken, outcome, planned, running

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("local_parts"), pytest.mark.timeout(RUN_S)]

# The roles are actors: one is killed, one stopped for longer than a lease lives, a worker is killed, another stands
# still until Ray has given it up and its actors live elsewhere, and the head is killed. Meanwhile etcd and Kafka fail.
ON_RAY = (
    (1, "kill", "a", 2),
    (2, "stop", "b", 7),
    (10, "kill", "etcd-leader", 3),
    (14, "kill", "raylet-b", 2),
    (16, "cut", "client>kafka", 3),
    (26, "stop", "raylet-a", 18),
    (50, "kill", "raylet-head", 3),
)
HEADLESS = (1, "kill", "raylet-head", 60)
FROZEN = (1, "stop", "raylet-a", 60)

# An exception leaves the collector, once: as a post it is begun again, and nothing else shows.
RAISES = """
from actors import service
collect = service.collect
async def raising(*given):
    service.collect = collect
    raise LookupError("no such tree")
service.collect = raising
"""


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


@pytest.mark.skipif(redis_program() is None, reason="no redis-server on PATH (Debian: redis-server)")
def test_actors_and_raylets_that_are_killed_and_stopped_harm_no_name_and_all_converges(tmp_path: Path) -> None:
    plan = planned(tmp_path, *ON_RAY)
    status, verdict, progress = outcome(tmp_path, "--ray", "--plan", plan, "--records", "300", "--rate", "1")
    assert (status, verdict["falls"], verdict["failed"]) == (0, [], {}), progress
    assert verdict["faults"] == {"kill": 4, "stop": 2, "cut": 1}
    assert "the roles on Ray" in verdict["backend"]
    assert verdict["empty"] == verdict["denied"] == 0
    assert verdict["questions"] > 1_000
    assert verdict["expired"] > 0, "who was stopped has lost nothing to its lease"
    for rule in ("never-empty", "monotone-generation", "fenced-writes", "never-delete-active", "linearizable-roots"):
        assert verdict["exercised"][rule] > 0, rule
    assert not _files_of_ray(tmp_path).exists()


def test_a_role_that_raises_has_fallen_though_its_post_begins_it_again(tmp_path: Path) -> None:
    broken(tmp_path, "default_worker.py", RAISES)
    plan = planned(tmp_path, (2, "kill", "b", 2))
    status, verdict, progress = outcome(tmp_path, "--ray", "--plan", plan, "--records", "50", "--rate", "1")
    falls = ["lives: a part on Ray failed 1 x: LookupError: no such tree"]
    assert (status, verdict["falls"]) == (1, falls), progress


def test_a_node_that_ends_by_itself_is_told_and_an_interrupt_leaves_nothing_of_one_that_stands_still(
    tmp_path: Path,
) -> None:
    with running(tmp_path, "--ray", "--plan", planned(tmp_path, FROZEN), "--records", "50") as run:
        run.says("stop raylet-a", RUN_S / 2)
        _writer(tmp_path / "run" / "b.history.jsonl").parent().kill()
        run.says("raylet-b ended by itself", RUN_S / 4)
        run.says("actor b ended by itself", RUN_S / 4)
        run.process.send_signal(signal.SIGINT)
        assert run.ends(60) == 130
    assert not _files_of_ray(tmp_path).exists()


@pytest.mark.skipif(redis_program() is None, reason="no redis-server on PATH (Debian: redis-server)")
def test_an_interrupt_waits_for_no_node_that_a_fault_has_killed(tmp_path: Path) -> None:
    with running(tmp_path, "--ray", "--plan", planned(tmp_path, HEADLESS), "--records", "50") as run:
        run.says("kill raylet-head", RUN_S / 2)
        run.process.send_signal(signal.SIGINT)
        assert run.ends(60) == 130
        began = (tmp_path / "run" / "raylet-head.log").read_text().count(STARTED)
        assert began == 1, "the head was started once more, for nobody"
    assert not _files_of_ray(tmp_path).exists()
