"""What hangs on a lease ends with it, and nothing later does."""

from coordination.authority import State, apply
from coordination.intents import Batch, ClaimFence, DropClaim, DropLock, Enact, Proposal, TakeClaim, TakeLock
from coordination.plan import Generation
from coordination.records import Endpoint
from namelatch.lab.swarm.leases import Leases

A, CLAIM, LOCK = ("a", 1), TakeClaim(Generation(2), "a", "t"), TakeLock(Endpoint("e1.example"), "a")


def test_a_claim_s_end_is_that_of_the_claim_that_was_taken_and_of_no_later_one() -> None:
    leases = Leases(2.0)
    state, _ = apply(State(), Batch((Proposal(CLAIM),)))
    (lease,) = leases.take(Batch((Proposal(CLAIM),)), state, A, 1.0)
    fence = ClaimFence(Generation(2), "a", state.claims[2, "a"].fence)
    assert lease.deadline == 3.0
    assert lease.end == Batch((Proposal(DropClaim(Generation(2), "a"), (fence,)),))


def test_what_hangs_on_no_lease_begins_none() -> None:
    change = Enact(Endpoint("e1.example"), Generation(2), (), None, "a")
    state, _ = apply(State(), Batch((Proposal(change),)))
    assert Leases(2.0).take(Batch((Proposal(change),)), state, A, 0.0) == []


def test_progress_under_a_claim_keeps_its_holder_s_locks_and_not_those_of_an_earlier_life() -> None:
    leases = Leases(2.0)
    batch = Batch((Proposal(CLAIM), Proposal(LOCK)))
    state, _ = apply(State(), batch)
    claim, lock = leases.take(batch, state, A, 0.0)
    leases.renew(CLAIM, A, 1.5)
    assert (claim.deadline, lock.deadline) == (3.5, 3.5)
    leases.renew(CLAIM, ("a", 2), 2.5)
    assert (claim.deadline, lock.deadline) == (4.5, 3.5)
    assert lock.end == Batch((Proposal(DropLock(LOCK.endpoint, "a")),))


def test_a_lock_given_up_and_taken_anew_does_not_end_with_its_first_lease() -> None:
    leases = Leases(2.0)
    batch = Batch((Proposal(LOCK),))
    state, _ = apply(State(), batch)
    (first,) = leases.take(batch, state, A, 0.0)
    (second,) = leases.take(batch, state, A, 1.0)
    assert not leases.runs(first)
    assert leases.runs(second)
    leases.over(second)
    assert not leases.runs(second)
