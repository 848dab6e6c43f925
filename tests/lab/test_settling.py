"""A write whose reply was lost is judged as a commit once somebody has seen it, and only then."""

import pytest

from coordination.intents import RootVersion
from coordination.lines import Line
from coordination.records import Endpoint
from namelatch.lab.histories.judging import judge
from namelatch.lab.settling import settled

A, B = "a.example", "b.example"


def commit(asked: float, out: str, *changes: list[object], revision: int | None = None, **more: object) -> Line:
    found: Line = {"asked": asked, "answered": asked + 0.5, "who": "x", "call": "commit", "changes": list(changes)}
    return found | {"out": out} | ({"revision": revision} if revision else {}) | more


def enact(generation: int, rollback: int | None = None, name: str = A) -> list[object]:
    return ["enact", name, generation, 1, rollback, "x", False]


def read(asked: float, generation: int, version: int, name: str = A) -> Line:
    roots = [[name, generation, None, False, version]]
    return {"asked": asked, "answered": asked + 0.5, "who": "x", "call": "read", "roots": roots}


FIRST = commit(0, "committed", enact(1), enact(1, name=B), revision=3)
AT_5 = str(RootVersion(Endpoint(A), 5))
LOST = commit(1, "unknown", enact(2, 1))


def became(*lines: Line) -> list[tuple[str, int | None]]:
    return [(one["out"], one.get("revision")) for one in settled(lines) if one["call"] == "commit"]


@pytest.mark.parametrize(
    "sight",
    [
        read(2, 2, 5),
        commit(2, "committed", enact(3, 2), revision=9, **{"if": [[0, "version", None, 5]]}),
        commit(
            2, "conflict", enact(3, 2), revision=9, lost=[[0, "LockFree", "x"]], **{"if": [[0, "version", None, 5]]}
        ),
    ],
    ids=["read", "condition that held", "condition that held beside one that was lost"],
)
def test_who_meets_its_version_has_seen_it_happen(sight: Line) -> None:
    assert became(FIRST, LOST, sight)[1] == ("committed", 5)


@pytest.mark.parametrize(
    "other",
    [
        read(2, 1, 3),
        read(2, 7, 5),
        read(0.1, 2, 5),
        read(2, 1, 5, B),
        commit(
            2, "conflict", enact(3), revision=9, lost=[[0, "RootVersion", AT_5]], **{"if": [[0, "version", None, 5]]}
        ),
    ],
    ids=["the one before", "another generation", "seen before it was asked", "another root", "condition that was lost"],
)
def test_what_nobody_saw_stays_unknown(other: Line) -> None:
    assert became(FIRST, LOST, other)[1] == ("unknown", None)


def test_of_two_that_may_have_written_it_neither_is_taken() -> None:
    again = commit(1.2, "unknown", enact(2, 1))
    assert [out for out, _ in became(FIRST, LOST, again, read(2, 2, 5))] == ["committed", "unknown", "unknown"]


def test_of_two_each_seen_for_itself_both_are_taken() -> None:
    later = commit(1.2, "unknown", enact(3, 2))
    assert became(FIRST, LOST, later, read(2, 2, 5), read(3, 3, 8))[1:] == [("committed", 5), ("committed", 8)]


def test_where_nothing_is_unknown_nothing_is_looked_at() -> None:
    lines = [FIRST, {"call": "list"}]
    assert settled(lines) is lines


def test_a_collection_after_it_makes_nothing_fall() -> None:
    """Generation 3's reply was lost and nobody enacts again: the collector, who saw it, may delete what was before."""
    lines = [
        FIRST,
        commit(1, "committed", enact(2, 1), revision=4),
        commit(2, "unknown", enact(3, 2)),
        commit(3, "committed", ["drop tree", 1, A], revision=8, **{"if": [[0, "version", None, 6]]}),
    ]
    judgement = judge(lines)
    assert judgement.fallen == ()
    assert judgement.settled == 1
    without = [line if line["asked"] != 2 else line | {"out": "unsent"} for line in lines]
    assert {one.id for one in judge(without).fallen} == {"rollback-target-exists", "linearizable-roots"}
