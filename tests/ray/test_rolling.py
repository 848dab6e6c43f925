"""From one version of this program to the next one and back, in a real Ray cluster while plans keep coming.

The next version (versions.py) writes plans that this one can't read. The nodes have this one; the next is sent along.
One story, played once; what every role asked of etcd is recorded, and the lab judges it.
"""

import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from namelatch.lab.histories.recorded import SUFFIX
from tests.front.waiting import until
from tests.ray.beside import Beside, Teller
from tests.ray.load import Load
from tests.ray.nodes import PATIENCE_S, Commands, Ended, Nodes
from tests.ray.versions import FORMAT, NEXT, next_version

AZS = ("a", "b", "c")
ORDER = [*(f"enactor-{az}" for az in AZS), "collector", "planner"]
REASON = f"unknown plan format {FORMAT}; this reader knows 1"
HASTY = 3  # plans

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@dataclass
class Story:
    """What was seen, in the order of the story."""

    before: dict[str, Any] = field(default_factory=dict)
    hasty: list[int] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)
    stuck: dict[str, Any] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    served_again: bool = False
    refused: Ended | None = None
    untouched: dict[str, Any] = field(default_factory=dict)
    rolled: list[str] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)
    ends: list[tuple[str, float]] = field(default_factory=list)  # of enactors' processes while it rolled
    after: dict[str, Any] = field(default_factory=dict)
    restarted: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    again: list[str] = field(default_factory=list)
    back: list[str] = field(default_factory=list)
    old_again: dict[str, str] = field(default_factory=dict)
    judged: Ended | None = None
    histories: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def told(status: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["role"]: one["told"] for one in status["actors"]}


def refusals(teller: Teller) -> dict[str, str]:
    """By az, why its enactor could not take in a plan the last time that it could not."""
    lines = map(json.loads, teller.run("logs", "--lines", "500"))
    return {line["who"]: line["detail"] for line in lines if line["event"] == "quarantined"}


def tell(nodes: Nodes, beside: Beside, now: Commands, later: Commands, tree: Path) -> Story:
    story, teller, successor = Story(), Teller(nodes, beside, now), Teller(nodes, beside, later)
    for az in AZS[:2]:
        nodes.start_worker(az)
    teller.run("up")
    teller.until_served(2)
    story.before = teller.until_all_answer()

    words = [sys.executable, str(Path(__file__).with_name("hasty.py")), str(HASTY), "3"]
    environment = {**nodes.environment, **teller.variables, "PYTHONPATH": str(tree)}
    hasty = subprocess.Popen(words, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert hasty.stdout is not None
        story.hasty = [int(hasty.stdout.readline()) for _ in range(HASTY)]
        until(lambda: refusals(teller).keys() == set(AZS), "a refusal of each enactor", PATIENCE_S)
        story.unreadable = refusals(teller)
        story.stuck = teller.status()
        story.kept = beside.answered()
    finally:
        hasty.communicate(timeout=PATIENCE_S)
    teller.until_served(2 + HASTY + 1)
    story.served_again = True

    story.refused = successor.ended("up")
    story.untouched = teller.status()
    sent = {"NAMELATCH_RAY__SHIP": "true"}
    running = told(story.untouched)
    story.rolled = under_load(story, beside, running, lambda: successor.run("up", address=nodes.client, **sent))
    story.after = successor.until_all_answer()
    story.text = "\n".join(teller.run("status"))
    story.again = successor.run("up", **sent)

    os.kill(told(story.after)["enactor-a"]["pid"], signal.SIGKILL)

    def is_back() -> bool:
        story.restarted = told(successor.status())["enactor-a"] or {}
        return bool(story.restarted.get("answers")) and story.restarted["pid"] != told(story.after)["enactor-a"]["pid"]

    until(is_back, "enactor-a", PATIENCE_S)

    running = told(successor.until_all_answer())
    story.back = under_load(story, beside, running, lambda: teller.run("up"))
    story.old_again = refusals(teller)
    teller.run("down")
    directory = beside.settings.log.history
    assert directory is not None
    story.judged = judged(directory)
    for path in directory.glob(f"*{SUFFIX}"):
        story.histories[path.name.removesuffix(SUFFIX)] = [json.loads(line) for line in path.read_text().splitlines()]
    return story


def under_load(
    story: Story, beside: Beside, running: dict[str, dict[str, Any]], roll: Callable[[], list[str]]
) -> list[str]:
    """Roll while plans keep coming, from some before to some after; return when the last one is served."""
    enactors = {az: psutil.Process(running[f"enactor-{az}"]["pid"]) for az in AZS}

    def notice() -> None:
        tick = threading.Event()
        while enactors:
            for az in [az for az, one in enactors.items() if not one.is_running()]:
                del enactors[az]
                story.ends.append((az, time.monotonic()))
            tick.wait(0.005)

    with Load(beside, sum(len(load.written) for load in story.loads)) as load:
        until(lambda: len(load.written) > 3, "some changes", PATIENCE_S)
        watcher = threading.Thread(target=notice, daemon=True)
        watcher.start()
        said = roll()
        watcher.join(PATIENCE_S)
        at = len(load.written)
        until(lambda: len(load.written) > at + 3, "some changes more", PATIENCE_S)
        until(lambda: bool(load.seen()), "one of them being served", PATIENCE_S)
    until(lambda: beside.answered() == (load.last(),), "the last change being served", PATIENCE_S)
    story.loads.append(load)
    return said


def judged(directory: Path) -> Ended:
    words = ("lab", "judge", str(directory), "--promises", "--torn", "--json")
    done = subprocess.run(
        [sys.executable, "-m", "namelatch", *words], capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    return Ended(words, done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def story() -> Iterator[Story]:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        tree = next_version(directory / "next")
        more = {"log": {"history": directory / "histories"}, "dns": {"zones": ["example.com"], "workers": 1}}
        with (
            Beside(directory, AZS, more) as beside,
            Nodes() as nodes,
            Commands(nodes.environment) as now,
            Commands({**nodes.environment, "PYTHONPATH": str(tree)}, directory) as later,
        ):
            yield tell(nodes, beside, now, later, tree)


def doings(lines: list[str]) -> list[str]:
    return [line.partition("] ")[2].split(".")[0] for line in lines]


def test_a_plan_of_the_next_format_is_refused_with_its_reason_and_shown_as_not_applied(story: Story) -> None:
    assert story.unreadable.keys() == set(AZS)
    assert all(detail.endswith(REASON) for detail in story.unreadable.values()), story.unreadable
    assert story.stuck["newest"] == story.hasty[-1]
    assert story.stuck["applied"] == story.before["applied"] < story.hasty[0]


def test_what_was_served_is_served_on_and_the_next_plan_that_can_be_read_is_applied(story: Story) -> None:
    assert story.kept == ("192.0.2.2",)
    assert story.served_again


def test_a_version_that_the_nodes_do_not_have_is_refused_before_anything_is_touched(story: Story) -> None:
    assert story.refused is not None
    assert (story.refused.status, "3 of 3 nodes have another version" in story.refused.last) == (2, True), story.refused
    assert told(story.untouched).keys() == set(ORDER)
    pids = [{role: one["pid"] for role, one in told(status).items()} for status in (story.before, story.untouched)]
    assert pids[0] == pids[1]


def test_readers_are_replaced_before_their_writer_one_at_a_time(story: Story) -> None:
    wanted = [f"{what} {role}" for role in ORDER for what in ("dismissed", "posted")]
    assert doings(story.rolled) == wanted
    assert doings(story.back) == wanted


def test_of_three_enactors_two_at_least_work_at_any_time(story: Story) -> None:
    """From the end of an enactor's process to the first line of the next one's history, no other one's ends."""
    assert len(story.ends) == 2 * len(AZS), "a roll, and a roll back"
    pauses = []
    for az, ended in story.ends:
        begins = (line["at"] for line in story.histories[az] if line["call"] == "opened" and line["at"] > ended)
        pauses.append((ended, next(begins), az))
    for one, another in itertools.pairwise(sorted(pauses)):
        assert one[1] < another[0], f"{one[2]} and {another[2]} pause at once"


def test_the_actors_run_what_was_sent_along_and_say_so(story: Story) -> None:
    assert {one["version"] for one in told(story.after).values()} == {NEXT}
    codes = {one["code"] for one in told(story.after).values()}
    assert len(codes) == 1
    assert codes.isdisjoint(one["code"] for one in told(story.before).values())
    assert story.text.count(f"another program than this one, version {NEXT}") == len(ORDER)
    assert doings(story.again) == ["nothing to do: 5 actors are as configured"]


def test_what_was_sent_along_is_there_after_a_restart(story: Story) -> None:
    assert story.restarted["code"] == told(story.after)["enactor-a"]["code"]


def test_on_the_way_back_what_the_next_version_wrote_is_refused_until_its_planner_is_replaced(story: Story) -> None:
    assert story.old_again.keys() == set(AZS)
    assert all(detail.endswith(REASON) for detail in story.old_again.values()), story.old_again


def test_every_question_was_answered_and_no_answer_went_back(story: Story) -> None:
    assert len(story.loads) == 2, "there and back"
    for load in story.loads:
        assert load.trouble == []
        assert len(load.answers) > 100
        assert all(len(found) == 1 for _, found in load.answers)
        assert load.seen() == sorted(load.seen())
        assert len(set(load.seen())) > 3, "changes were served while it rolled"
        assert load.stalest_s() < PATIENCE_S


def test_the_lab_finds_nothing_wrong_in_what_was_recorded(story: Story) -> None:
    assert story.judged is not None
    assert story.judged.status == 0, story.judged
    found = json.loads(story.judged.out)
    assert set(found["roles"]) >= {*AZS, "planner", "collector", "hasty"}
    assert [ruling["id"] for ruling in found["rulings"] if ruling["fell"]] == []
    assert found["outcomes"]["committed"] > 100
    proven = {ruling["id"] for ruling in found["rulings"] if ruling["exercised"]}
    assert proven >= {"never-empty", "monotone-generation", "one-plan-a-number", "inputs-only-grow", "order-of-time"}
