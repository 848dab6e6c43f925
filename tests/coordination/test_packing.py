"""Batches that always fit: counted from above, in order, nothing lost."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coordination.intents import (
    ClaimFence,
    DropGeneration,
    DropTree,
    Enact,
    ManifestLive,
    Proposal,
    RootOlder,
    RootVersion,
    TakeLock,
)
from coordination.limits import MAX_TARGETS, TXN_BYTES, TXN_OPERATIONS
from coordination.packing import DoesNotFit, pack, weight
from coordination.plan import Generation
from coordination.records import Endpoint, RRset, Target
from coordination.records import pack as packed
from tests.coordination.strategies import proposals

FENCE = (ClaimFence(Generation(1), "x", 1), ManifestLive(Generation(1)))
LONGEST = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"


def enact(number: int, targets: int = 1) -> Proposal:
    name = Endpoint(f"e{number}.example")
    records = (RRset("AAAA", 604_800, (Target(LONGEST, 65_535),) * targets),)
    change = Enact(name, Generation(2), records, Generation(1), "x")
    return Proposal(change, (RootVersion(name, 7), RootOlder(name, Generation(2))))


@settings(max_examples=40, deadline=None)
@given(st.lists(proposals, max_size=30), st.integers(12, 40))
def test_packed_batches_keep_the_order_lose_nothing_and_stay_within_the_limits(asked, most) -> None:
    batches = list(pack(asked, FENCE, most))
    assert [one for batch in batches for one in batch.proposals] == asked
    for batch in batches:
        assert batch.proposals
        assert batch.conditions == FENCE
        weights = [weight(one) for one in batch.proposals]
        assert sum(one.operations for one in weights) <= most
        assert len(frozenset().union(*(one.compares for one in weights))) <= most
        assert len(frozenset().union(*(one.reads for one in weights))) <= most
        assert sum(one.size for one in weights) <= TXN_BYTES


@settings(max_examples=40, deadline=None)
@given(st.lists(proposals, max_size=30))
def test_no_batch_writes_one_key_twice(asked) -> None:
    for batch in pack(asked):
        written = [key for one in batch.proposals for key in weight(one).writes]
        assert len(written) == len(set(written))


def test_a_batch_is_filled_before_the_next_begins() -> None:
    batches = list(pack([enact(n) for n in range(100)], FENCE))
    assert sum(len(batch.proposals) for batch in batches) == 100
    shared = 1 + 2 + 2  # the fence, the plan that is there and not retired, what is said of all holds
    assert {len(batch.proposals) for batch in batches[:-1]} == {(TXN_OPERATIONS - shared) // 3}


def test_large_records_are_cut_by_bytes_before_operations() -> None:
    batches = list(pack([enact(n, MAX_TARGETS) for n in range(300)], (), 10_000))
    assert len(batches) > 1
    assert all(sum(weight(one).size for one in batch.proposals) <= TXN_BYTES for batch in batches)


@pytest.mark.parametrize("targets", [0, 1, 2, MAX_TARGETS])
def test_the_estimate_is_never_below_the_bytes_there_are(targets: int) -> None:
    proposal = enact(1, targets)
    assert isinstance(proposal.change, Enact)
    assert proposal.change.records is not None
    assert weight(proposal).size >= len(packed(proposal.change.records)) + 3 * 300


def test_a_tree_and_its_whole_generation_are_never_dropped_in_one_batch() -> None:
    whole, tree = Proposal(DropGeneration(Generation(1))), Proposal(DropTree(Generation(1), Endpoint("a.example")))
    assert len(list(pack([whole, tree]))) == len(list(pack([tree, whole]))) == 2


def test_one_lock_asked_for_twice_goes_in_two_batches() -> None:
    lock = Proposal(TakeLock(Endpoint("a.example"), "x"))
    assert len(list(pack([lock, lock]))) == 2


def test_what_fits_no_transaction_is_refused_and_nothing_packs_into_nothing() -> None:
    with pytest.raises(DoesNotFit):
        list(pack([enact(1)], FENCE, 3))
    assert list(pack([], FENCE)) == []
