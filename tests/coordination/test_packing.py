"""Batches that always fit: counted from above, in order, nothing lost."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coordination.intents import (
    ClaimFence,
    DropGeneration,
    DropTree,
    Enact,
    Finish,
    ManifestLive,
    Proposal,
    RootOlder,
    RootVersion,
)
from coordination.limits import MAX_TARGETS, TXN_BYTES, TXN_OPERATIONS
from coordination.packing import compares, operations, pack, size
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
@given(st.lists(proposals, max_size=30), st.integers(6, 40))
def test_packed_batches_keep_the_order_lose_nothing_and_stay_within_the_limits(asked, most) -> None:
    batches = list(pack(asked, FENCE, most))
    assert [one for batch in batches for one in batch.proposals] == asked
    for batch in batches:
        assert batch.proposals
        assert batch.conditions == FENCE
        if len(batch.proposals) > 1:
            assert sum(operations(one.change) for one in batch.proposals) <= most
            assert sum(compares(one) for one in batch.proposals) + len(FENCE) <= most
            assert sum(size(one) for one in batch.proposals) <= TXN_BYTES


def test_a_batch_is_as_full_as_the_limits_allow() -> None:
    batches = list(pack([enact(n) for n in range(100)], FENCE))
    by_compares = (TXN_OPERATIONS - len(FENCE)) // 4
    assert [len(batch.proposals) for batch in batches] == [by_compares] * 3 + [100 - 3 * by_compares]


def test_large_records_are_cut_by_bytes_before_operations() -> None:
    batches = list(pack([enact(n, MAX_TARGETS) for n in range(60)], (), most=10_000))
    assert all(sum(size(one) for one in batch.proposals) <= TXN_BYTES for batch in batches)
    assert len(list(pack([enact(n, MAX_TARGETS) for n in range(1000)], (), most=10_000))) > 1


@pytest.mark.parametrize("targets", [0, 1, 2, MAX_TARGETS])
def test_the_estimate_is_never_below_the_bytes_there_are(targets: int) -> None:
    proposal = enact(1, targets)
    assert isinstance(proposal.change, Enact)
    assert proposal.change.records is not None
    assert size(proposal) >= len(packed(proposal.change.records)) + 3 * 300


def test_nothing_packs_into_no_batch() -> None:
    assert list(pack([], FENCE)) == []


def test_what_one_change_costs_is_counted_from_above() -> None:
    assert operations(enact(1).change) == 3
    assert operations(DropGeneration(Generation(1))) == 2
    assert operations(DropTree(Generation(1), Endpoint("a"))) == operations(Finish(Generation(1))) == 1
    assert compares(enact(1)) == 4
