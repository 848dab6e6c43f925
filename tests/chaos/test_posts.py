"""What a run posts in its Ray cluster is what `up --ray` would post, but for the planner's inputs."""

import asyncio
import pickle
from pathlib import Path

from coordination.plan import Generation
from namelatch.chaos.posts import TurnedPost, turned
from namelatch.config import Settings
from namelatch.demo.inventory import inventory
from namelatch.matrix.inputs import FILE, Turned
from namelatch.posted import roles

RECORDS = 50


def settings(directory: Path) -> Settings:
    asked = Settings()
    return asked.model_copy(update={"planner": asked.planner.model_copy(update={"inputs": directory / FILE})})


def test_the_posts_of_a_run_are_those_of_up_with_another_planner(tmp_path: Path) -> None:
    ours, theirs = turned(settings(tmp_path), RECORDS), roles(settings(tmp_path))
    assert [(one.role, one.digest) for one in ours] == [(one.role, one.digest) for one in theirs]
    assert [one.role for one in ours if isinstance(one, TurnedPost)] == ["planner"]


def test_a_planner_that_travelled_plans_from_the_runs_inputs(tmp_path: Path) -> None:
    asked = settings(tmp_path)
    planner = turned(asked, RECORDS)[-1]
    there = pickle.loads(pickle.dumps(planner))
    assert (there.role, there.digest, there.variables) == (planner.role, planner.digest, planner.variables)
    health = there.health(asked).open("region")
    names = inventory(RECORDS).endpoints
    made = Turned(tmp_path)
    made.touch()
    made.remove(names[0])
    found = asyncio.run(health.inputs(0))
    assert (found.revision, found.endpoints, found.removed) == (2, names[1:], (names[0],))
    assert health.allocate(names[1], Generation(1)) != health.allocate(names[1], Generation(2))
