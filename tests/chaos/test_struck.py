"""What faults do to processes: who is stopped by two goes on when both are over; orphans are known."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from namelatch.backends.ray_nodes import Tree, is_running
from namelatch.chaos import raylet
from namelatch.chaos.raylet import Struck
from tests.front.waiting import until


@pytest.fixture
def family(tmp_path: Path) -> Iterator[Tree]:
    """A process, its child in another session, and a grandchild."""
    ready = tmp_path / "ready"
    inner = f"sleep 60 & : > {ready}; wait"  # by the shell itself: nobody else may be there for a moment
    process = subprocess.Popen(["sh", "-c", f"setsid sh -c '{inner}' & wait"], start_new_session=True)
    tree = Tree(process.pid)
    until(ready.exists, "the family")
    try:
        yield tree
    finally:
        tree.kill()
        process.wait()


def test_a_tree_knows_what_outlives_its_parent(family: Tree) -> None:
    before = family.look()
    assert len(before) == 3
    before[0].kill()
    psutil.wait_procs(before[:1], 10)
    assert family.look() == before[1:]
    assert family.kill() == before[1:]
    until(lambda: not family.look(), "the end of all")


def test_who_is_frozen_by_two_faults_goes_on_when_the_last_is_over(family: Tree) -> None:
    struck, everybody = Struck(), family.look()
    struck.freeze(everybody)
    struck.freeze(everybody[1:2])
    until(lambda: {one.status() for one in everybody} == {psutil.STATUS_STOPPED}, "all standing still")
    struck.thaw(everybody)
    until(lambda: everybody[2].status() != psutil.STATUS_STOPPED, "the others going on")
    assert everybody[1].status() == psutil.STATUS_STOPPED
    struck.thaw(everybody[1:2])
    until(lambda: everybody[1].status() != psutil.STATUS_STOPPED, "it going on")
    assert [one for one in everybody if not struck.excuses(one)] == []


def test_whoever_is_killed_is_nobodys_accident(family: Tree) -> None:
    struck, everybody = Struck(), family.look()
    struck.kill(everybody[2:])
    until(lambda: not is_running(everybody[2]), "its end")
    assert [one for one in everybody if struck.excuses(one)] == [everybody[2]]


def test_who_went_on_long_ago_is_excused_no_more(family: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    struck, everybody = Struck(), family.look()
    struck.freeze(everybody)
    assert all(map(struck.excuses, everybody))
    monkeypatch.setattr(raylet, "FINDS_OUT_S", -raylet.ENDED_S)
    struck.thaw(everybody[:1])
    assert [struck.excuses(one) for one in everybody] == [False, True, True]
