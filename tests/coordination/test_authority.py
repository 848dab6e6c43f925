"""The reducer: what every condition, law and change means, and what holds of every history."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immutables import Map

from coordination import intents as i
from coordination.authority import State, apply, holds
from coordination.intents import Batch, Change, Committed, Condition, Conflict, Enact, Lost, Proposal, laws
from coordination.plan import Generation, Manifest
from coordination.records import Endpoint, RRset, Target, is_empty
from coordination.seen import ClaimSeen, Root
from tests.coordination.strategies import batches, conditions

A, B = Endpoint("a.example"), Endpoint("b.example")
ONE = (RRset("A", 60, (Target("10.0.0.1", 1),)),)
TWO = (RRset("A", 60, (Target("10.0.0.2", 1),)),)


def g(number: int) -> Generation:
    return Generation(number)


def manifest(number: int, retired: bool = False) -> Manifest:
    return Manifest(g(number), None, "d", 1, 1, 0, 40 + number, "p", retired)


WORLD = State(
    revision=20,
    trees=Map({g(4): Map({A: ONE}), g(5): Map({A: ONE, B: TWO})}),
    roots=Map({A: Root(g(5), g(4), False, 17), B: Root(g(6), g(5), True, 18)}),
    locks=Map({A: "x"}),
    claims=Map({(g(3), "x"): ClaimSeen(g(3), "x", 11, "t")}),
    leaders=Map({"region": ClaimSeen(g(0), "region", 9, "t")}),
    manifests=Map({g(4): manifest(4, True), g(5): manifest(5)}),
    holds=Map({A: "operator"}),
    newest=g(5),
    head_version=15,
    inputs_revision=45,
    reserved=g(7),
    applied=g(4),
)
C = Endpoint("c.example")

TRUE_AND_FALSE: list[tuple[Condition, Condition]] = [
    (i.RootVersion(A, 17), i.RootVersion(A, 16)),
    (i.RootVersion(C, 0), i.RootVersion(A, 0)),
    (i.RootOlder(A, g(6)), i.RootOlder(A, g(5))),
    (i.RootOlder(B, g(7)), i.RootOlder(B, g(6))),
    (i.RootOlder(A, g(10)), i.RootOlder(C, g(10))),
    (i.TreeExists(A, g(4)), i.TreeExists(B, g(4))),
    (i.TreeExists(B, g(5)), i.TreeExists(B, g(6))),
    (i.LockFree(B), i.LockFree(A)),
    (i.LockHeld(A, "x"), i.LockHeld(A, "y")),
    (i.LockHeld(A, "x"), i.LockHeld(B, "x")),
    (i.Unheld(B, "x"), i.Unheld(A, "x")),
    (i.Unheld(A, "operator"), i.Unheld(A, "operators")),
    (i.ClaimFree(g(3), "y"), i.ClaimFree(g(3), "x")),
    (i.ClaimFence(g(3), "x", 11), i.ClaimFence(g(3), "x", 12)),
    (i.ClaimFence(g(3), "x", 11), i.ClaimFence(g(3), "y", 11)),
    (i.Unclaimed(g(2)), i.Unclaimed(g(3))),
    (i.Unclaimed(g(1)), i.Unclaimed(g(99))),
    (i.LeaderFree("other"), i.LeaderFree("region")),
    (i.LeaderFence("region", 9), i.LeaderFence("region", 8)),
    (i.LeaderFence("region", 9), i.LeaderFence("other", 9)),
    (i.HeadVersion(15), i.HeadVersion(14)),
    (i.ReservedBelow(g(8)), i.ReservedBelow(g(7))),
    (i.AppliedBelow(g(5)), i.AppliedBelow(g(4))),
    (i.ManifestAbsent(g(6)), i.ManifestAbsent(g(4))),
    (i.ManifestLive(g(5)), i.ManifestLive(g(4))),
    (i.ManifestLive(g(5)), i.ManifestLive(g(6))),
    (i.ManifestRetired(g(4)), i.ManifestRetired(g(5))),
    (i.ManifestRetired(g(4)), i.ManifestRetired(g(6))),
]


@pytest.mark.parametrize(("true", "false"), TRUE_AND_FALSE, ids=str)
def test_a_condition_lets_a_change_through_when_true_and_stops_it_when_false(true: Condition, false: Condition) -> None:
    change = Proposal(i.Lift(C))
    assert isinstance(apply(WORLD, Batch((change,), (true,)))[1], Committed)
    assert isinstance(apply(WORLD, Batch((Proposal(i.Lift(C), (true,)),)))[1], Committed)
    assert apply(WORLD, Batch((change,), (false,))) == (WORLD, Conflict((Lost(None, false),), 20))
    assert apply(WORLD, Batch((change, Proposal(i.Lift(B), (false,))))) == (WORLD, Conflict((Lost(1, false),), 20))


def test_every_condition_there_is_was_tried_both_ways() -> None:
    assert {type(true) for true, _ in TRUE_AND_FALSE} == set(Condition.__args__)


def test_of_an_empty_authority_the_absences_hold_and_nothing_else() -> None:
    empty = State()
    for condition in (i.RootVersion(A, 0), i.LockFree(A), i.Unheld(A, "x"), i.ClaimFree(g(1), "x"), i.Unclaimed(g(9)),
                      i.LeaderFree("s"), i.HeadVersion(0), i.ReservedBelow(g(0)), i.AppliedBelow(g(0)),
                      i.ManifestAbsent(g(1))):  # fmt: skip
        assert holds(empty, condition), condition
    for condition in (i.RootOlder(A, g(9)), i.TreeExists(A, g(1)), i.LockHeld(A, "x"), i.ClaimFence(g(1), "x", 0),
                      i.LeaderFence("s", 0), i.ManifestLive(g(1)), i.ManifestRetired(g(1))):  # fmt: skip
        assert not holds(empty, condition), condition


LAWS: list[tuple[Change, tuple[Condition, ...]]] = [
    (Enact(A, g(6), ONE, g(5), "x"), (i.TreeExists(A, g(5)), i.Unheld(A, "x"))),
    (Enact(A, g(6), None, g(5), "x"), (i.TreeExists(A, g(5)), i.Unheld(A, "x"))),
    (Enact(A, g(6), ONE, None, "x"), (i.Unheld(A, "x"),)),
    (Enact(A, g(6), ONE, g(6), "x"), (i.Unheld(A, "x"),)),
    (i.TakeLock(A, "x"), (i.LockFree(A),)),
    (i.DropLock(A, "x"), (i.LockHeld(A, "x"),)),
    (i.TakeClaim(g(1), "x", "t"), (i.ClaimFree(g(1), "x"),)),
    (i.TakeLeadership("s", "t"), (i.LeaderFree("s"),)),
    (i.Reserve(g(1)), (i.ReservedBelow(g(1)),)),
    (i.Publish(manifest(1)), (i.ManifestAbsent(g(1)),)),
    (i.Finish(g(1)), (i.AppliedBelow(g(1)),)),
    (i.Retire(g(1)), (i.ManifestLive(g(1)),)),
    (i.Forget(g(1)), (i.ManifestRetired(g(1)),)),
    (i.DropClaim(g(1), "x"), ()),
    (i.DropLeadership("s"), ()),
    (i.DropTree(g(1), A), ()),
    (i.DropGeneration(g(1)), ()),
    (i.Hold(A, "x"), ()),
    (i.Lift(A), ()),
]


@pytest.mark.parametrize(("change", "expected"), LAWS, ids=str)
def test_each_change_carries_its_laws(change: Change, expected: tuple[Condition, ...]) -> None:
    assert laws(change) == expected


def test_every_change_there_is_has_its_laws_pinned() -> None:
    assert {type(change) for change, _ in LAWS} == set(Change.__args__)


def test_a_tombstone_is_its_own_tree_only_when_it_writes_one() -> None:
    """A tombstone writes no tree: as its own rollback it would point at nothing."""
    state, outcome = apply(State(), Batch((Proposal(Enact(A, g(1), None, g(1), "x")),)))
    assert isinstance(outcome, Conflict)
    assert state == State()


def commit(state: State, *changes: Change) -> State:
    after, outcome = apply(state, Batch(tuple(map(Proposal, changes))))
    assert isinstance(outcome, Committed), outcome
    return after


def refused(state: State, change: Change) -> tuple[Condition, ...]:
    after, outcome = apply(state, Batch((Proposal(change),)))
    assert isinstance(outcome, Conflict)
    assert after is state
    return tuple(one.condition for one in outcome.lost)


def test_a_batch_that_loses_one_condition_changes_nothing_at_all() -> None:
    good, bad = Proposal(Enact(B, g(9), ONE, None, "x")), Proposal(Enact(A, g(9), ONE, g(8), "operator"))
    after, outcome = apply(WORLD, Batch((good, bad)))
    assert after is WORLD
    assert outcome == Conflict((Lost(1, i.TreeExists(A, g(8))),), WORLD.revision)


def test_every_lost_condition_is_named_with_its_place() -> None:
    batch = Batch(
        (Proposal(i.Lift(C), (i.LockFree(A),)), Proposal(Enact(A, g(9), ONE, g(1), "x"))), (i.HeadVersion(1),)
    )
    assert apply(WORLD, batch)[1] == Conflict(
        (
            Lost(None, i.HeadVersion(1)),
            Lost(0, i.LockFree(A)),
            Lost(1, i.TreeExists(A, g(1))),
            Lost(1, i.Unheld(A, "x")),
        ),
        20,
    )


def test_enacting_builds_the_tree_flips_the_root_and_sets_the_rollback_in_one_revision() -> None:
    state = commit(State(), Enact(A, g(1), ONE, None, "x"))
    state = commit(state, Enact(A, g(2), TWO, g(1), "x"))
    assert state.roots[A] == Root(g(2), g(1), False, 2)
    assert (state.tree(g(1), A), state.tree(g(2), A)) == (ONE, TWO)
    assert state.answered(A) == TWO


def test_a_tombstone_answers_as_if_there_were_no_name_and_stops_older_plans() -> None:
    state = commit(State(), Enact(A, g(5), ONE, None, "x"))
    state = commit(state, Enact(A, g(6), None, g(5), "x"))
    assert state.answered(A) is None
    assert state.roots[A].generation == 6
    assert holds(state, i.RootOlder(A, g(7)))
    assert not holds(state, i.RootOlder(A, g(6)))
    assert g(6) not in state.trees


def test_once_the_followed_tree_is_gone_the_name_answers_empty_and_every_later_change_is_refused() -> None:
    """The wedge: rollback := current, and current is gone."""
    state = commit(State(), Enact(A, g(2), ONE, None, "x"))
    state = commit(state, i.DropGeneration(g(2)))
    assert state.answered(A) == ()
    for later in (3, 4, 50):
        assert refused(state, Enact(A, g(later), TWO, g(2), "y")) == (i.TreeExists(A, g(2)),)
    assert commit(state, Enact(A, g(3), TWO, None, "y")).answered(A) == TWO


def test_a_held_root_changes_only_by_the_hand_that_holds_it() -> None:
    state = commit(State(), i.Hold(A, "operator"))
    assert refused(state, Enact(A, g(1), ONE, None, "x")) == (i.Unheld(A, "x"),)
    state = commit(state, Enact(A, g(1), ONE, None, "operator"))
    assert commit(commit(state, i.Lift(A)), Enact(A, g(2), TWO, g(1), "x")).answered(A) == TWO


def test_a_change_gives_up_the_lock_only_when_it_says_so() -> None:
    state = commit(State(), i.TakeLock(A, "x"))
    assert A in commit(state, Enact(A, g(1), ONE, None, "x")).locks
    assert A not in commit(state, Enact(A, g(1), ONE, None, "x", unlock=True)).locks


def test_a_claim_that_is_made_again_has_another_fence() -> None:
    state = commit(State(), i.TakeClaim(g(1), "x", "t"))
    old = state.claims[g(1), "x"].fence
    state = commit(commit(state, i.DropClaim(g(1), "x")), i.TakeClaim(g(1), "x", "t"))
    assert state.claims[g(1), "x"].fence > old
    assert not holds(state, i.ClaimFence(g(1), "x", old))


def test_publishing_makes_the_plan_the_newest_and_retiring_does_not_take_it_away() -> None:
    state = commit(State(), i.Publish(manifest(3)))
    assert (state.newest, state.head_version, state.inputs_revision) == (3, 1, 43)
    state = commit(state, i.Retire(g(3)))
    assert state.newest == 3
    assert state.manifests[g(3)].retired
    assert g(3) not in commit(state, i.Forget(g(3))).manifests


def test_dropping_the_last_tree_drops_the_generation() -> None:
    state = commit(State(), Enact(A, g(1), ONE, None, "x"), Enact(B, g(1), ONE, None, "x"))
    state = commit(state, i.DropTree(g(1), A))
    assert list(state.trees) == [1]
    assert list(commit(state, i.DropTree(g(1), B)).trees) == []


def test_a_lifted_hold_is_news_until_the_next_plan_also_where_there_was_none() -> None:
    published = commit(State(), i.Publish(manifest(1)))
    lifted = commit(published, i.Lift(B))
    assert (published.head().version, published.head().lifted) == (1, False)
    assert (lifted.head().version, lifted.head().lifted) == (2, True)
    late = Batch((Proposal(i.Publish(manifest(2)), (i.HeadVersion(1),)),))
    assert apply(lifted, late)[1] == Conflict((Lost(0, i.HeadVersion(1)),), 2)
    again = commit(lifted, i.Publish(manifest(2)))
    assert (again.head().version, again.head().lifted) == (3, False)


def test_dropping_what_is_not_there_is_no_error() -> None:
    gone = (i.DropTree(g(9), A), i.DropGeneration(g(9)), i.DropClaim(g(9), "x"), i.DropLeadership("s"))
    for change in gone:
        after = commit(State(), change)
        assert after == replace(State(), revision=1)


def test_the_head_tells_what_everybody_steers_by() -> None:
    head = WORLD.head()
    assert (head.newest, head.version, head.inputs_revision, head.reserved, head.applied, head.revision) == (
        5, 15, 45, 7, 4, 20,
    )  # fmt: skip


# --- what holds of every history ---------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.lists(batches, max_size=20))
def test_whatever_is_asked_the_laws_hold(asked: list[Batch]) -> None:
    state = State()
    for batch in asked:
        before = state
        state, outcome = apply(before, batch)
        if isinstance(outcome, Conflict):
            assert state is before
            assert outcome.lost
            assert outcome.revision == before.revision
            for one in outcome.lost:
                assert not holds(before, one.condition)
            continue
        assert outcome.revision == state.revision == before.revision + 1
        assert (state.reserved or 0) >= (before.reserved or 0)
        assert (state.applied or 0) >= (before.applied or 0)
        assert set(before.roots) <= set(state.roots)
        for proposal in batch.proposals:
            change = proposal.change
            if isinstance(change, Enact):
                root = state.roots[change.endpoint]
                assert root.version == state.revision
                assert root.tombstone or state.tree(root.generation, change.endpoint) is not None
                assert root.rollback is None or state.tree(root.rollback, change.endpoint) is not None
                assert before.holds.get(change.endpoint, change.hand) == change.hand
            if isinstance(change, i.TakeLock):
                assert change.endpoint not in before.locks
            if isinstance(change, i.Publish):
                assert change.manifest.generation not in before.manifests
        for claim in state.claims.values():
            assert claim == before.claims.get((claim.generation, claim.az)) or claim.fence == state.revision


@settings(max_examples=40, deadline=None)
@given(st.lists(batches, max_size=10), batches, conditions)
def test_a_condition_alone_decides_whether_a_batch_that_may_happen_does(asked, batch, condition) -> None:
    state = State()
    for one in asked:
        state, _ = apply(state, one)
    plain = apply(state, batch)[1]
    under = apply(state, replace(batch, conditions=(*batch.conditions, condition)))[1]
    assert isinstance(under, Committed) == (isinstance(plain, Committed) and holds(state, condition))


@settings(max_examples=30, deadline=None)
@given(st.lists(batches, max_size=15))
def test_a_name_goes_dark_only_by_an_empty_write_or_by_deleting_what_it_follows(asked) -> None:
    state = State()
    for batch in asked:
        before = state
        state, _ = apply(before, batch)
        for name in state.roots:
            answer, was = state.answered(name), before.answered(name)
            if answer is None or not is_empty(answer) or (was is not None and is_empty(was)):
                continue
            assert any(
                (isinstance(p.change, Enact) and p.change.records is not None and is_empty(p.change.records))
                or isinstance(p.change, i.DropTree | i.DropGeneration)
                for p in batch.proposals
            )
