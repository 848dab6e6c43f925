"""The head of a real Ray cluster is killed and started again on its ports: with a Redis that remembers, and without.

DNS is asked all the time. What is judged was read through the commands that people use.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from namelatch.probing import Found
from tests.front.waiting import until
from tests.ray.beside import Beside, Teller
from tests.ray.nodes import PATIENCE_S, Commands, Nodes, Redis

AZS = ("a", "b")
ROLES = {"enactor-a", "enactor-b", "collector", "planner"}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@dataclass
class Story:
    """What was seen, in the order of the story."""

    before: dict[str, Any] = field(default_factory=dict)
    lived_on: bool = False
    after: dict[str, Any] = field(default_factory=dict)
    up: list[str] = field(default_factory=list)
    moved: dict[str, Any] = field(default_factory=dict)
    again: list[str] = field(default_factory=list)
    looks: list[Found] = field(default_factory=list)

    def lives(self, chapter: dict[str, Any]) -> dict[str, tuple[int, str]]:
        return {one["role"]: (one["told"]["pid"], one["told"]["node"]) for one in chapter["actors"]}


def begin(nodes: Nodes, teller: Teller) -> Story:
    """A deployment, whose head is then killed: a plan is made, applied and served without it."""
    story = Story()
    for az in AZS:
        nodes.start_worker(az)
    teller.run("up")
    teller.until_served(2)
    story.before = teller.until_all_answer()
    running = [psutil.Process(pid) for pid, _ in story.lives(story.before).values()]
    nodes.kill("head")
    teller.until_served(3)
    story.lived_on = all(one.is_running() for one in running)
    return story


@pytest.fixture(scope="module")
def remembered() -> Iterator[Story]:
    if Redis.program is None:
        pytest.skip("no redis-server on PATH (Debian: redis-server)")
    with (
        tempfile.TemporaryDirectory() as name,
        Beside(Path(name), AZS, {"ray": {"ship": True}}) as beside,
        Redis() as redis,
        Nodes(redis) as nodes,
        Commands(nodes.environment) as commands,
    ):
        teller = Teller(nodes, beside, commands)
        story = begin(nodes, teller)
        nodes.start_head()
        story.after = teller.until_all_answer()
        story.up = teller.run("up")
        teller.until_served(4)
        nodes.kill("b")
        story.moved = teller.until_all_answer()
        teller.until_served(5)
        story.again = teller.run("up")
        story.looks = beside.looks
        yield story


@pytest.fixture(scope="module")
def forgotten() -> Iterator[Story]:
    with (
        tempfile.TemporaryDirectory() as name,
        Beside(Path(name), AZS) as beside,
        Nodes() as nodes,
        Commands(nodes.environment) as commands,
    ):
        teller = Teller(nodes, beside, commands)
        story = begin(nodes, teller)
        actors = [psutil.Process(pid) for pid, _ in story.lives(story.before).values()]
        nodes.start_head()
        for az in AZS:
            nodes.kill(az)
            nodes.start_worker(az)
        until(lambda: not any(one.is_running() for one in actors), "the end of the actors before", PATIENCE_S)
        story.after = teller.status()
        story.up = teller.run("up")
        teller.until_served(4)
        story.moved = teller.until_all_answer()
        story.again = teller.run("up")
        story.looks = beside.looks
        yield story


def said(lines: list[str]) -> list[str]:
    return [line.partition("] ")[2] for line in lines]


NOTHING = ["nothing to do: 4 actors are as configured"]


def test_with_a_redis_the_actors_of_a_killed_head_live_on_and_a_new_one_knows_them(remembered: Story) -> None:
    assert remembered.lived_on
    assert remembered.lives(remembered.after) == remembered.lives(remembered.before)
    assert remembered.lives(remembered.after).keys() == ROLES
    assert said(remembered.up) == NOTHING


def test_a_new_head_brings_back_what_lived_on_a_node_that_is_killed_with_the_code_that_was_sent(
    remembered: Story,
) -> None:
    before, after = remembered.lives(remembered.after), remembered.lives(remembered.moved)
    assert after["enactor-b"][1] != before["enactor-b"][1]
    assert {role: after[role] for role in after if before[role][1] == before["enactor-a"][1]} == {
        role: life for role, life in before.items() if life[1] == before["enactor-a"][1]
    }
    assert len({one["told"]["code"] for one in remembered.moved["actors"]}) == 1
    assert said(remembered.again) == NOTHING


def test_without_one_a_new_head_knows_nobody_and_up_deploys_anew(forgotten: Story) -> None:
    assert forgotten.lived_on, "until their nodes were started anew, too"
    assert {one["role"] for one in forgotten.after["actors"] if not one["present"]} == ROLES
    assert not any(one["present"] for one in forgotten.after["actors"])
    assert len([line for line in said(forgotten.up) if line.startswith("posted ")]) == len(ROLES)
    assert forgotten.lives(forgotten.moved).keys() == ROLES
    assert said(forgotten.again) == NOTHING


@pytest.mark.parametrize("name", ["remembered", "forgotten"])
def test_dns_answered_all_the_time(name: str, request: pytest.FixtureRequest) -> None:
    story: Story = request.getfixturevalue(name)
    assert len(story.looks) > 50
    assert [found.fell for found in story.looks if found.fell] == []
