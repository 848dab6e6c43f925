"""Each promise falls where it should, told with its place, and is exercised where it could have fallen."""

from coordination.authority import State, apply
from coordination.intents import Batch, Change, DropClaim, Enact, Finish, Hold, Proposal, Publish, TakeClaim
from coordination.plan import Generation, Manifest
from coordination.promises import APART, applied_in_full
from coordination.records import Endpoint, RRset, Target

A, B = Endpoint("a.example"), Endpoint("b.example")
BY_ID = {one.id: one for one in APART}


def g(number: int) -> Generation:
    return Generation(number)


def enact(generation: int, rollback: int | None = None, name: Endpoint = A, hand: str = "a") -> Enact:
    records = (RRset("A", 5, (Target("10.0.0.1", 1),)),)
    return Enact(name, g(generation), records, None if rollback is None else g(rollback), hand)


def publish(generation: int, base: int | None = None) -> Publish:
    return Publish(Manifest(g(generation), None if base is None else g(base), "digest", 1, 1, 0, 1, ""))


def done(*changes: Change, state: State | None = None) -> State:
    """The state after these changes, one transaction each."""
    at = state or State()
    for change in changes:
        at, outcome = apply(at, Batch((Proposal(change),)))
        assert at.revision == outcome.revision, outcome
    return at


def judged(name: str, before: State, *changes: Change) -> tuple[list[str], int]:
    """Where a promise falls in a transaction of these changes, and how often it could have; laws left aside."""
    batch = Batch(tuple(map(Proposal, changes)))
    after, _ = apply(before, batch)
    one = BY_ID[name]
    return [fall.where for fall in one.falls(before, batch, after)], one.exercised(before, batch, after)


def test_every_promise_has_an_id_and_a_sentence() -> None:
    assert len(BY_ID) == len(APART)
    assert all(one.sentence.endswith(".") for one in APART)


def test_a_write_needs_a_claim_of_its_plan_or_of_one_it_is_folded_from() -> None:
    begun = done(publish(1), publish(2), TakeClaim(g(1), "a", "t"))
    assert judged("fenced-writes", begun, enact(1)) == ([], 1)
    assert judged("fenced-writes", begun, enact(2)) == ([], 1)
    assert judged("fenced-writes", begun, enact(2, hand="b")) == ([A], 1)
    assert judged("fenced-writes", done(DropClaim(g(1), "a"), state=begun), enact(1)) == ([A], 1)
    assert judged("fenced-writes", State(), enact(1, hand="operator")) == ([], 0)


def test_only_a_full_plan_that_is_applied_makes_what_is_older_stale() -> None:
    full = done(publish(1), publish(2), enact(2), enact(2, name=B), Finish(g(2)))
    assert judged("bounded-staleness", full, enact(1, 2)) == ([A], 1)
    assert judged("bounded-staleness", full, enact(2, 2)) == ([], 1)
    delta = done(publish(1), publish(2, 1), enact(2), Finish(g(2)))
    assert judged("bounded-staleness", delta, enact(1, 2)) == ([], 1)  # plan 1 is the newest that named them all
    assert judged("bounded-staleness", done(publish(1)), enact(1)) == ([], 0)


def test_after_a_finish_every_root_is_looked_at_and_else_what_was_touched() -> None:
    half = done(publish(1), enact(1), enact(1, name=B), publish(2), enact(2, 1))
    assert judged("cross-endpoint-skew", half, Finish(g(2))) == ([B], 2)
    finished = done(Finish(g(2)), state=half)
    assert judged("cross-endpoint-skew", finished, enact(2, 2)) == ([], 1)
    assert judged("cross-endpoint-skew", done(Hold(B, "operator"), state=half), Finish(g(2))) == ([], 2)


def test_a_held_endpoint_is_its_holders() -> None:
    held = done(publish(1), enact(1), Hold(A, "operator"))
    assert judged("held-by-hand", held, enact(2, 1)) == ([A], 1)
    assert judged("held-by-hand", held, enact(2, 1, hand="operator")) == ([], 1)
    assert judged("held-by-hand", held, enact(1, None, B)) == ([], 0)


def test_the_newest_applied_plan_that_named_everything_is_found_below_the_deltas() -> None:
    assert applied_in_full(done(publish(1), publish(2, 1), publish(3))) is None
    assert applied_in_full(done(publish(1), publish(2, 1), publish(3), Finish(g(2)))) == 1
