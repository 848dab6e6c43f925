"""Each invariant fires on the transition it names and is silent on the good one beside it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coordination import intents as i
from coordination.authority import State, apply
from coordination.intents import Batch, Change, Committed, Enact, Proposal
from coordination.invariants import SAFETY, falls, unconverged
from coordination.plan import Generation, Manifest
from coordination.records import Endpoint, RRset, Target
from tests.coordination.strategies import batches

A, B = Endpoint("a.example"), Endpoint("b.example")
ONE = (RRset("A", 60, (Target("10.0.0.1", 1),)),)
WEIGHTLESS = (RRset("A", 60, (Target("10.0.0.1", 0),)),)


def g(number: int) -> Generation:
    return Generation(number)


def enact(generation: int, rollback: int | None = None, records=ONE, name: Endpoint = A) -> Enact:
    return Enact(name, g(generation), records, None if rollback is None else g(rollback), "x")


def publish(generation: int, inputs: int) -> i.Publish:
    return i.Publish(Manifest(g(generation), None, "d", 1, 1, 0, inputs, "p"))


def after(*changes: Change) -> State:
    state = State()
    for change in changes:
        state, outcome = apply(state, Batch((Proposal(change),)))
        assert isinstance(outcome, Committed), change
    return state


def fallen(before: State, *changes: Change) -> list[tuple[str, str]]:
    batch = Batch(tuple(map(Proposal, changes)))
    state, outcome = apply(before, batch)
    assert isinstance(outcome, Committed)
    return [(fall.invariant, fall.where) for fall in falls(before, batch, state)]


LIVE = after(enact(1), enact(2, 1), enact(1, name=B))

CASES: list[tuple[str, State, tuple[Change, ...], tuple[Change, ...]]] = [
    ("never-empty", LIVE, (enact(3, 2, ()),), (enact(3, 2),)),
    ("never-empty", LIVE, (enact(3, 2, WEIGHTLESS),), (enact(3, 2, None),)),
    ("never-empty", State(), (enact(1, None, ()),), (enact(1),)),
    ("never-empty", LIVE, (i.DropTree(g(2), A),), (i.DropTree(g(1), A),)),
    ("never-empty", LIVE, (i.DropGeneration(g(1)),), (i.DropGeneration(g(9)),)),
    ("never-delete-active", LIVE, (i.DropTree(g(2), A),), (i.DropTree(g(1), A),)),
    ("never-delete-active", LIVE, (i.DropGeneration(g(2)),), (i.DropGeneration(g(9)),)),
    ("monotone-generation", LIVE, (enact(1, 2),), (enact(2, 2),)),
    ("monotone-generation", after(enact(2), enact(3, 2, None)), (enact(2),), (enact(4),)),
    ("rollback-target-exists", LIVE, (i.DropTree(g(1), A),), (i.DropTree(g(9), A),)),
    ("rollback-target-exists", LIVE, (i.DropGeneration(g(1)),), (i.DropGeneration(g(9)),)),
    (
        "claimed-plan-exists",
        after(enact(1), enact(2, 1), i.TakeClaim(g(1), "x", "t")),
        (i.DropGeneration(g(1)),),
        (i.DropGeneration(g(2)),),
    ),
    (
        "claimed-plan-exists",
        after(publish(1, 1), publish(2, 1), i.TakeClaim(g(2), "x", "t")),
        (i.Retire(g(2)),),
        (i.Retire(g(1)),),
    ),
    ("claimed-plan-exists", after(publish(2, 1), i.TakeClaim(g(1), "x", "t")), (i.Retire(g(2)),), (i.Lift(A),)),
    ("one-plan-a-number", after(publish(3, 1)), (publish(2, 1),), (publish(4, 1),)),
    ("one-plan-a-number", after(publish(3, 1), i.Retire(g(3)), i.Forget(g(3))), (publish(3, 1),), (publish(4, 1),)),
    ("inputs-only-grow", after(publish(3, 7)), (publish(4, 6),), (publish(4, 7),)),
]


@pytest.mark.parametrize(("invariant", "before", "bad", "good"), CASES, ids=[case[0] for case in CASES])
def test_an_invariant_falls_on_the_bad_transition_and_not_on_the_good_one(invariant, before, bad, good) -> None:
    assert invariant in {name for name, _ in fallen(before, *bad)}
    assert invariant not in {name for name, _ in fallen(before, *good)}


def test_every_invariant_there_is_was_seen_to_fall_and_only_those_fall() -> None:
    assert {case[0] for case in CASES} == {invariant.id for invariant in SAFETY}
    assert all(invariant.sentence.endswith(".") for invariant in SAFETY)


def test_a_fall_names_where_it_happened_and_is_counted_once() -> None:
    assert fallen(LIVE, i.DropGeneration(g(1))).count(("never-empty", B)) == 1
    dark = after(enact(1), enact(1, name=B), i.DropGeneration(g(1)))
    assert fallen(dark, i.DropTree(g(1), A)) == [("never-delete-active", A)]


def test_a_rollback_that_dangles_already_does_not_fall_again() -> None:
    broken = after(enact(1), enact(2, 1), i.DropTree(g(1), A))
    assert fallen(broken, i.DropTree(g(1), A)) == []


def test_a_removed_name_is_not_dark() -> None:
    removed = after(enact(1), enact(2, 1, None))
    assert fallen(removed, i.DropTree(g(1), A)) == [("rollback-target-exists", A)]
    assert list(unconverged(removed, None)) == []


def test_a_run_converges_when_the_newest_plan_is_applied_and_every_name_answers() -> None:
    state = after(publish(1, 1), enact(1), i.Finish(g(1)))
    assert list(unconverged(state, g(1))) == []
    assert [fall.where for fall in unconverged(state, g(2))] == ["applied"]
    assert [fall.where for fall in unconverged(after(enact(1), i.DropTree(g(1), A)), None)] == [A]


# --- exercised ---------------------------------------------------------------------------------------------------

BY_ID = {invariant.id: invariant for invariant in SAFETY}


def exercised(name: str, before: State, *changes: Change) -> int:
    batch = Batch(tuple(map(Proposal, changes)))
    state, outcome = apply(before, batch)
    assert isinstance(outcome, Committed)
    return BY_ID[name].exercised(before, batch, state)


@pytest.mark.parametrize(("invariant", "before", "bad", "good"), CASES, ids=[case[0] for case in CASES])
def test_what_fell_was_exercised(invariant, before, bad, good) -> None:
    assert exercised(invariant, before, *bad)


@pytest.mark.parametrize("name", BY_ID)
def test_what_has_nothing_to_do_with_an_invariant_does_not_exercise_it(name: str) -> None:
    assert not exercised(name, LIVE, i.TakeLock(A, "x"), i.Finish(g(9)))


@pytest.mark.parametrize("name", sorted(set(BY_ID) - {"never-empty"}))
def test_a_first_enactment_exercises_nothing_but_that_it_answers(name: str) -> None:
    assert not exercised(name, State(), enact(1))
    assert exercised("never-empty", State(), enact(1)) == 1


@pytest.mark.parametrize("name", ["one-plan-a-number", "inputs-only-grow"])
def test_a_first_plan_has_nothing_before_it_to_break(name: str) -> None:
    assert not exercised(name, State(), publish(1, 1))
    assert exercised(name, after(publish(1, 1)), publish(2, 1)) == 1


@settings(max_examples=100, deadline=None)
@given(st.lists(batches, max_size=15))
def test_an_invariant_never_falls_more_often_than_it_was_exercised(asked) -> None:
    state = State()
    for batch in asked:
        before, (state, outcome) = state, apply(state, batch)
        if isinstance(outcome, Committed):
            for invariant in SAFETY:
                fell = len(list(invariant.falls(before, batch, state)))
                assert fell <= invariant.exercised(before, batch, state), invariant.id
