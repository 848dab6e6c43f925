"""The verdict on what a run left behind, of files made by hand: what it has to see."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from coordination.etcd.keys import Keys
from coordination.feed import Listed, Position
from coordination.history import opening
from coordination.plan import Generation
from coordination.records import Endpoint, pack
from coordination.seen import Root
from namelatch.chaos.absences import Away
from namelatch.chaos.inputs import giving
from namelatch.chaos.plan import Planned
from namelatch.chaos.run import Evidence, Rested
from namelatch.chaos.schedule import Done
from namelatch.chaos.stage import PROBES
from namelatch.chaos.verdict import Verdict, reach
from namelatch.demo.inventory import inventory
from namelatch.demo.probes import Kind, Probe, to_line
from namelatch.matrix.inputs import Turned

THERE = inventory(20)
NAME = THERE.endpoints[0]


@dataclass
class Run:
    """A run of 1,000 s: what to leave behind. Generation 1 is full, of inputs 1."""

    directory: Path
    done: list[Done] = field(default_factory=lambda: [Done(Planned(0, "kill", "a", 1), 5, 6, "a")])
    lines: list[dict[str, Any]] = field(default_factory=list)
    probes: list[Probe] = field(default_factory=list)
    away: list[Away] = field(default_factory=list)
    rests: list[Rested] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.published(1, 1)
        self.enacted(2, 1, *THERE.endpoints)

    def published(self, generation: int, inputs: int) -> None:
        base = None if generation == 1 else generation - 1
        self._line(1, "planner", [["publish", generation, base, "", 1, 1, 0, inputs, "region"]])

    def enacted(self, at: float, generation: int, *names: Endpoint, addresses: int | None = 3) -> None:
        rollback = generation - 1 or None
        self._line(at, "a", [["enact", name, generation, addresses, rollback, "a", False] for name in names])

    def told(self, at: float, kind: Kind, generation: int | None = None) -> None:
        told = None if generation is None else Generation(generation)
        self.probes.append(Probe(at, at + 0.01, NAME, "A", kind, told, 0))

    def _line(self, at: float, who: str, changes: list[list[Any]]) -> None:
        revision = 2 + len(self.lines)
        line = {"asked": at, "answered": at, "who": who, "call": "commit", "changes": changes}
        self.lines.append(line | {"out": "committed", "revision": revision})

    def verdict(self) -> Verdict:
        for who in ("planner", "a"):
            mine = [line for line in self.lines if line["who"] == who]
            text = "".join(json.dumps(line) + "\n" for line in (opening(who, 0.0), *mine))
            (self.directory / f"{who}.history.jsonl").write_text(text)
        (self.directory / PROBES).write_text("".join(to_line(one) + "\n" for one in self.probes))
        return reach(
            Evidence(
                self.directory,
                "",
                Keys("chaos"),
                {},
                3,
                THERE,
                self.away,
                done=self.done,
                rests=self.rests,
                ended=1_000.0,
            )
        )

    def falls(self, rule: str) -> list[str]:
        """What fell of one rule. Nobody watched this etcd, so that others do fall."""
        found = self.verdict().falls
        assert not any(fall.startswith("history") for fall in found), found
        return [fall for fall in found if fall.startswith(f"{rule}:")]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


def _rested(turned: Turned, *behind: Endpoint, newest: int = 1) -> Rested:
    """All follow the newest plan, but these, which follow the first."""
    of = {name: Generation(1 if name in behind else newest) for name in THERE.endpoints}
    trees = {(number, name): pack(giving(THERE)(name, number)) for name, number in of.items()}
    return Rested(
        Listed(Position(1, 9), {name: Root(number, None, False, 1) for name, number in of.items()}, trees), turned
    )


def test_a_name_that_follows_an_older_plan_than_its_inputs_falls(run: Run) -> None:
    turned = Turned(run.directory)
    turned.touch()
    run.rests = [_rested(turned)]
    assert run.falls("at-rest") == []
    turned.touch(NAME)
    run.published(2, 2)
    run.rests = [_rested(turned, newest=2), _rested(turned, NAME, newest=2)]
    assert run.falls("at-rest") == [f"at-rest: 1 x, first {NAME} follows generation 1, and changed with 2"]
    assert run.verdict().exercised["at-rest"] == 2 * len(THERE.endpoints)


def test_a_run_in_which_no_fault_could_be_done_falls(run: Run) -> None:
    assert run.falls("faults") == []
    failed = Done(Planned(0, "compact", "etcd", 1), 5, 6, failed="nobody answers")
    run.done = [*run.done, failed]
    assert run.falls("faults") == []
    run.done = [failed, failed]
    assert run.falls("faults") == ["faults: none of 2 could be done, first compact etcd for 1 s: nobody answers"]


def test_an_answer_of_a_name_that_was_taken_down_long_ago_is_stale(run: Run) -> None:
    run.published(2, 2)
    run.enacted(20, 2, NAME, addresses=None)
    run.away = [Away(NAME, 19.0)]
    run.told(34, "answer", 1)
    run.told(36, "nxdomain")
    assert run.falls("answers") == []
    run.told(37, "answer", 1)
    assert run.falls("answers") == [f"answers: 1 x stale, first {NAME} A from generation 1, owed generation 2"]


def test_a_name_that_came_back_is_owed_addresses_again(run: Run) -> None:
    for generation, addresses in ((2, None), (3, 3)):
        run.published(generation, generation)
        run.enacted(10.0 * generation, generation, NAME, addresses=addresses)
    run.away = [Away(NAME, 19.0, back=3)]
    run.told(44, "nxdomain")
    assert run.falls("answers") == []
    run.told(46, "nxdomain")
    assert run.falls("answers") == [f"answers: 1 x nxdomain, first {NAME} A, owed generation 3"]
    run.done = [Done(Planned(0, "stop", "dns", 6), 31, 37, "dns")]
    assert run.falls("answers") == [], "excused with what brought it back"


def test_answers_that_were_held_to_a_short_bound_are_counted(run: Run) -> None:
    for at in (100, 200):
        run.told(at, "answer", 1)
    assert run.verdict().exercised["staleness"] == 2
    run.done = [Done(Planned(0, "stop", "dns", 150), 20, 170, "dns")]
    assert run.verdict().exercised["staleness"] == 1
