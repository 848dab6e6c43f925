"""A history is judged as a whole: what fell, where first, how often it could have, and what it can't tell."""

import json
from typing import Any

import pytest

from coordination.intents import Change, DropGeneration, DropTree, Enact, Finish, Hold, Publish, TakeLock
from coordination.invariants import SAFETY
from coordination.lines import Line, encode
from coordination.plan import Generation, Manifest
from coordination.postures import HARDENED, posture
from coordination.promises import APART
from coordination.records import Endpoint, RRset, Target
from namelatch.lab.histories.judging import LINEARIZABLE, NOT_FROM_LINES, ORDER, Roots, judge
from namelatch.lab.histories.rulings import Judgement, Ruling, document, told
from tests.actors.world import run_crossing
from tests.lab.runs import recorded_run

A, B = Endpoint("a.example"), Endpoint("b.example")
RULES = [*(one.id for one in SAFETY), ORDER[0], LINEARIZABLE[0]]


def g(number: int) -> Generation:
    return Generation(number)


class Told:
    """A history in the making: each line is one second, each commit one revision."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def _line(self, who: str, call: str, **more: Any) -> "Told":
        at = len(self.lines) + 1.0
        line = {"asked": at, "answered": at + 0.5, "who": who, "call": call, "place": f"{who}:{len(self.lines) + 1}"}
        self.lines.append(line | json.loads(json.dumps(more)))
        return self

    def commit(self, *changes: Change, out: str = "committed", who: str = "b", **more: Any) -> "Told":
        lost: Any = {"lost": []} if out == "conflict" else {}
        revision = len(self.lines) + 1
        return self._line(who, "commit", changes=list(map(encode, changes)), out=out, revision=revision, **lost, **more)

    def look(self, call: str, *roots: list[Any], who: str = "a", **more: Any) -> "Told":
        return self._line(who, call, roots=list(roots), **more)


def enact(generation: int, rollback: int | None, name: Endpoint = A) -> Enact:
    records = (RRset("A", 5, (Target("10.0.0.1", 1),)),)
    return Enact(name, g(generation), records, None if rollback is None else g(rollback), "b")


def publish(generation: int) -> Publish:
    return Publish(Manifest(g(generation), None, "digest", 1, 1, 0, 1, ""))


def clean() -> Told:
    told = Told().commit(publish(1)).commit(enact(1, None), enact(1, None, B)).commit(publish(2))
    return told.commit(enact(2, 1), enact(2, 1, B)).commit(Finish(g(2)))


def ruling(judgement: Judgement, name: str) -> Ruling:
    return next(one for one in judgement.rulings if one.id == name)


def test_every_rule_has_its_ruling_in_one_order() -> None:
    assert [one.id for one in judge(clean().lines).rulings] == RULES
    assert [one.id for one in judge([]).rulings] == RULES


def test_a_clean_history_says_how_often_each_rule_was_exercised() -> None:
    judgement = judge(clean().commit(DropTree(g(1), A)).look("read", [B, 2, 1, False, 4]).lines)
    assert {name for name in ("never-empty", "rollback-target-exists") if ruling(judgement, name).fell} == {
        "rollback-target-exists"
    }
    assert {one.id: one.exercised for one in judgement.rulings} == {
        "never-empty": 5,
        "never-delete-active": 1,
        "monotone-generation": 2,
        "rollback-target-exists": 3,
        "claimed-plan-exists": 0,
        "one-plan-a-number": 1,
        "inputs-only-grow": 1,
        "order-of-time": 5,
        "linearizable-roots": 1,
    }


def test_what_fell_has_its_count_its_place_and_its_revision() -> None:
    judgement = judge(clean().commit(enact(1, 2), enact(1, 2, B), who="a").commit(DropGeneration(g(1))).lines)
    back = ruling(judgement, "monotone-generation")
    assert (back.fell, back.place, back.revision) == (2, "a:6", 6)
    assert back.first is not None
    assert (back.first.where, back.first.how) == (A, "taken back from generation 2 to 1")
    assert [one.id for one in judgement.fallen] == ["never-empty", "never-delete-active", "monotone-generation"]


def test_of_one_line_s_falls_the_first_by_name_is_told() -> None:
    """A generation's trees are in no order: the same history is told alike in every process."""
    names = [Endpoint(f"e{n:02}.example") for n in range(40)]
    told = Told().commit(*(enact(1, None, name) for name in names)).commit(DropGeneration(g(1)))
    first = ruling(judge(told.lines), "never-empty").first
    assert first is not None
    assert first.where == names[0]


def test_a_rule_that_nothing_could_break_is_vacuous_and_one_that_no_line_tells_is_not_judged() -> None:
    judgement = judge(Told().commit(enact(1, None)).lines)
    vacuous = {one.id for one in judgement.rulings if one.is_vacuous}
    assert vacuous == set(RULES) - {"never-empty"} - NOT_FROM_LINES
    assert not ruling(judgement, "claimed-plan-exists").judged


def test_lines_are_counted_by_how_they_ended() -> None:
    lines = clean().commit(enact(3, 2), out="conflict", who="c").commit(enact(3, 2), out="unknown").look("read").lines
    judgement = judge(lines)
    assert (judgement.lines, judgement.roles, judgement.reads) == (8, ("a", "b", "c"), 1)
    assert dict(judgement.outcomes) == {"committed": 5, "conflict": 1, "unknown": 1, "unsent": 0}
    assert judgement.seconds == 7.5


def test_an_answer_against_the_order_of_time_falls_with_both_places() -> None:
    lines = clean().lines
    lines[3]["revision"], lines[4]["revision"] = 5, 4
    crossed = ruling(judge(lines), "order-of-time")
    assert (crossed.fell, crossed.place) == (1, "b:5")
    assert crossed.first is not None
    assert crossed.first.how == "revision 4, asked 0.500000 s after b was answered with revision 5 (b:4)"


def test_two_commits_of_one_revision_under_way_at_once_fall_too() -> None:
    lines = clean().lines
    lines[4] |= {"revision": 4, "asked": 4.25}
    crossed = ruling(judge(lines), "order-of-time")
    assert crossed.first is not None
    assert crossed.first.how == "revision 4, under way while b was answered with revision 4 (b:4)"


def test_a_root_that_was_seen_as_it_never_was_falls_with_its_place() -> None:
    lines = clean().look("read", [A, 1, None, False, 2]).look("read", [B, 2, 1, False, 4]).lines
    fallen = ruling(judge(lines), "linearizable-roots")
    assert (fallen.fell, fallen.exercised, fallen.place) == (1, 2, "a:6")
    assert fallen.first is not None
    assert fallen.first.where == A
    assert fallen.first.how.startswith("saw generation 1 at version 2, where every order comes to generation 2")


def test_a_search_that_gives_up_is_no_fall_and_no_proof() -> None:
    lines = clean().look("read", [A, 2, 1, False, 4]).lines
    judgement = judge(lines, most_steps=2)
    assert (judgement.fallen, judgement.undecided) == ((), 1)
    assert "linearizable-roots" in list(told(judgement))[-1]


def test_of_seen_roots_only_those_read_or_listed_otherwise_are_put_in_order() -> None:
    lines = clean().look("roots", [A, 2, 1, False, 4], [B, 2, 1, False, 4]).lines
    assert judge(lines, Roots.SEEN).roots == 0
    assert judge(lines, Roots.ALL).roots == 2
    read = clean().look("read", [A, 2, 1, False, 4]).lines
    assert judge(read, Roots.SEEN).roots == 1


@pytest.mark.parametrize("roots", Roots)
@pytest.mark.parametrize("listed", [[A, 1, None, False, 2], [A, 3, 2, False, 9], [A, None, None, False, 0]])
def test_an_end_that_the_recorded_writes_do_not_come_to_falls(roots: Roots, listed: list[Any]) -> None:
    lines = clean().look("roots", listed, [B, 2, 1, False, 4]).lines
    assert [one.id for one in judge(lines, roots).fallen] == ["linearizable-roots"]


def test_an_end_that_an_unheard_write_explains_does_not_fall() -> None:
    told = clean().commit(enact(3, 2), out="unknown").look("roots", [A, 3, 2, False, 7])
    del told.lines[5]["revision"]
    judgement = judge(told.lines, Roots.SEEN)
    assert (judgement.fallen, judgement.settled) == ((), 1)


def test_operations_under_way_at_once_are_counted() -> None:
    lines = clean().look("read", [A, 2, 1, False, 4]).lines
    assert judge(lines).contended == 0
    lines[-1]["asked"] = 4.2
    assert judge(lines).contended == 1


def test_lines_of_locks_alone_exercise_nothing() -> None:
    assert judge(clean().lines).rulings[0] == judge(clean().commit(TakeLock(A, "b")).lines).rulings[0]


@pytest.mark.parametrize("seed", range(10))
def test_the_lines_of_a_run_may_come_in_any_order(seed: int) -> None:
    lines = recorded_run(seed)
    one, other = judge(lines), judge(lines[::-1])
    assert [(r.exercised, r.fell) for r in one.rulings] == [(r.exercised, r.fell) for r in other.rulings]
    assert one.fallen == ()


def test_october_2025_in_memory_is_judged_as_it_was_played() -> None:
    incident = judge(run_crossing(posture("incident"), 60).lines)
    assert {one.id for one in incident.fallen} == {
        "never-empty", "never-delete-active", "monotone-generation", "rollback-target-exists",
    }  # fmt: skip
    hardened = judge(run_crossing(HARDENED, 60).lines)
    assert hardened.fallen == ()
    assert [one.id for one in hardened.rulings if one.is_vacuous] == []


# --- told --------------------------------------------------------------------------------------------------------


def test_it_is_told_in_lines_with_the_place_of_each_first_fall() -> None:
    text = "\n".join(told(judge(clean().commit(enact(1, 2), who="a").lines, torn=("c:9",))))
    assert "6 lines of a, b in 5.5 s\ncommits: 6 committed, 0 conflict, 0 unknown; reads: 0\n" in text
    assert "left out, cut short: c:9" in text
    assert f"monotone-generation fell, first at {A}: taken back from generation 2 to 1\n  a:6\n" in text
    assert text.endswith("1 of 9 rules fell")
    assert "claimed-plan-exists             -          -  not judged: no line says when a lease ended" in text


def test_what_is_not_proven_is_named_at_the_end() -> None:
    lines = list(told(judge(clean().lines)))
    not_proven = "never-delete-active, claimed-plan-exists, linearizable-roots"
    assert lines[-1] == f"nothing fell; not proven: {not_proven}"
    (vacuous,) = (line for line in lines if line.startswith("never-delete-active"))
    assert vacuous.endswith("vacuous: nothing could have made it fall")


def test_for_programs_it_is_one_object() -> None:
    judgement = judge(clean().commit(enact(1, 2), who="a").lines)
    found = json.loads(json.dumps(document(judgement)))
    assert found["outcomes"] == {"committed": 6, "conflict": 0, "unknown": 0, "unsent": 0}
    by_id = {one["id"]: one for one in found["rulings"]}
    assert list(by_id) == RULES
    assert by_id["monotone-generation"]["first"]["where"] == A
    assert by_id["never-delete-active"]["vacuous"]


# --- what is promised beside safety ------------------------------------------------------------------------------


def promised(told: Told) -> dict[str, Ruling]:
    judgement = judge(told.lines, asked=APART)
    return {one.id: one for one in judgement.rulings if one.id in {each.id for each in APART}}


def test_promises_are_asked_where_somebody_asks_for_them() -> None:
    assert set(promised(clean())) == {one.id for one in APART}
    assert not {one.id for one in judge(clean().lines).rulings} & {one.id for one in APART}


def test_a_clean_history_says_how_often_each_promise_was_exercised() -> None:
    found = promised(clean().commit(publish(3)).commit(enact(3, 2)))
    assert {name: one.fell for name, one in found.items()} == dict.fromkeys(found, 0)
    assert found["bounded-staleness"].exercised == 1  # what was written before plan 2 was applied could not have fallen
    assert found["cross-endpoint-skew"].exercised == 3  # both roots at the finish, one after it
    assert found["held-by-hand"].is_vacuous
    assert not found["fenced-writes"].judged


def test_an_old_plan_over_an_applied_one_breaks_two_promises_and_says_how_far() -> None:
    found = promised(clean().commit(enact(1, 2)))
    assert {name for name, one in found.items() if one.fell} == {"bounded-staleness", "cross-endpoint-skew"}
    first = found["bounded-staleness"].first
    assert first is not None
    assert first.how == "generation 1 was written, 1 behind the applied 2"


def test_a_plan_that_is_called_finished_too_early_leaves_an_endpoint_behind() -> None:
    told = Told().commit(publish(1)).commit(enact(1, None), enact(1, None, B)).commit(publish(2))
    found = promised(told.commit(enact(2, 1)).commit(Finish(g(2))))
    assert found["cross-endpoint-skew"].fell == 1
    first = found["cross-endpoint-skew"].first
    assert first is not None
    assert first.where == B


def test_what_is_held_counts_as_held_and_not_as_behind() -> None:
    pinned = Enact(A, g(9), (RRset("A", 5, (Target("10.0.0.9", 1),)),), g(2), "operator")
    told = clean().commit(Hold(A, "operator")).commit(pinned, who="operator")
    found = promised(told.commit(publish(3)).commit(enact(3, 2, B)).commit(Finish(g(3))))
    assert found["held-by-hand"].exercised == 1
    assert not any(one.fell for one in found.values())
