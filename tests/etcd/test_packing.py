"""What pack yields is never refused: not by our own compiler, and not by a real etcd at its defaults."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coordination.conformance.world import ONE, g
from coordination.etcd.authority import EtcdAuthority
from coordination.etcd.client import EtcdClient
from coordination.etcd.compile import compiled
from coordination.etcd.conditions import HoldsSeen
from coordination.etcd.keys import Keys
from coordination.etcd.requests import encode
from coordination.etcd.settings import EtcdSettings
from coordination.intents import (
    Batch,
    ClaimFence,
    Committed,
    Condition,
    DropGeneration,
    DropTree,
    Enact,
    LockHeld,
    ManifestLive,
    Proposal,
    RootOlder,
    RootVersion,
)
from coordination.limits import MAX_TARGETS, PREFIX_BYTES, TXN_BYTES, TXN_OPERATIONS
from coordination.packing import DoesNotFit, pack, weight
from coordination.records import Endpoint, Records, RRset, Target
from tests.bounded import run
from tests.etcd.strategies import changes, conditions

KEYS = Keys("p" * PREFIX_BYTES)
SEEN = (
    HoldsSeen(),
    HoldsSeen(5, {}),
    HoldsSeen(5, {Endpoint("a.example"): "x", Endpoint("b.example"): "operator"}),
    HoldsSeen(5, {Endpoint("a.example"): "operator", Endpoint("b.example"): "x", Endpoint("a-b.example"): "y"}),
)
proposals = st.builds(Proposal, changes, st.lists(conditions(st.integers(0, 9)), max_size=4).map(tuple))


def hardened(number: int) -> Proposal:
    """An enactment as the strictest posture proposes it, under a long name."""
    name = Endpoint(f"host-{number}.{'x' * 60}.{'y' * 60}.example")
    needs = (RootVersion(name, 0), RootOlder(name, g(9)), LockHeld(name, "x"))
    return Proposal(Enact(name, g(9), ONE, g(8), "x", unlock=True), needs)


def everything(batches: Iterator[Batch]) -> list[Proposal]:
    return [proposal for batch in batches for proposal in batch.proposals]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(proposals, max_size=120), st.lists(conditions(st.integers(0, 9)), max_size=3).map(tuple))
def test_what_is_packed_compiles_whatever_was_seen_of_holds(
    some: list[Proposal], shared: tuple[Condition, ...]
) -> None:
    batches = list(pack(some, shared))
    assert everything(iter(batches)) == some
    for batch in batches:
        assert batch.conditions == shared
        for seen in SEEN:
            transaction = compiled(batch, KEYS, seen).transaction
            assert len(encode(transaction).SerializeToString()) <= TXN_BYTES


@settings(max_examples=300, deadline=None)
@given(proposals)
def test_the_weight_of_a_proposal_is_never_below_what_it_compiles_to(proposal: Proposal) -> None:
    own = weight(proposal)
    for seen in SEEN:
        transaction = compiled(Batch((proposal,)), KEYS, seen).transaction
        assert len(transaction.operations) <= own.operations
        assert len(transaction.compares) <= len(own.compares)
        assert len(transaction.reads) <= len(own.reads)
        assert len(encode(transaction).SerializeToString()) <= own.size + 64


def test_a_real_etcd_takes_every_full_batch(settings: EtcdSettings) -> None:
    async def scenario() -> None:
        async with EtcdClient(settings) as client:
            authority = EtcdAuthority(client)
            plain = [Proposal(Enact(Endpoint(f"h{number}.example"), g(1), ONE, None, "x")) for number in range(300)]
            sizes = []
            for batch in pack(plain):
                assert isinstance(await authority.commit(batch), Committed)
                sizes.append(len(batch.proposals))
            assert max(sizes) == TXN_OPERATIONS // 2
            strict = list(pack([hardened(number) for number in range(100)], (ManifestLive(g(9)),)))
            assert len(strict[0].proposals) == (TXN_OPERATIONS - 2 - 2) // 4  # holds and plan; four compares each
            for batch in strict:
                lost = await authority.commit(batch)  # refused by its conditions, not by its size
                assert not isinstance(lost, Committed)

    run(scenario())


def test_a_real_etcd_takes_full_batches_of_the_largest_trees(settings: EtcdSettings) -> None:
    targets = tuple(Target(f"2001:db8:1111:2222:3333:4444:5555:{number:x}", 65_535) for number in range(4_096, 4_160))
    assert len(targets) == MAX_TARGETS
    records: Records = (RRset("AAAA", 60, targets),)
    large = [Proposal(Enact(Endpoint(f"h{number}.example"), g(1), records, None, "x")) for number in range(600)]

    async def scenario() -> None:
        async with EtcdClient(settings) as client:
            authority = EtcdAuthority(client)
            for batch in list(pack(large, limit=TXN_OPERATIONS))[:3]:
                assert isinstance(await authority.commit(batch), Committed)

    run(scenario())
    assert len(everything(pack(large))) == 600


def test_order_is_kept_and_a_key_written_twice_begins_the_next_batch() -> None:
    once, other = Endpoint("a.example"), Endpoint("b.example")
    some = [
        Proposal(Enact(once, g(1), ONE, None, "x")),
        Proposal(Enact(other, g(1), ONE, None, "x")),
        Proposal(Enact(once, g(2), ONE, None, "x")),
        Proposal(DropGeneration(g(2))),
        Proposal(DropTree(g(2), once)),
    ]
    assert [len(batch.proposals) for batch in pack(some)] == [2, 1, 1, 1]
    assert everything(pack(some)) == some


def test_equal_conditions_count_once() -> None:
    fence = ClaimFence(g(1), "az1", 7)
    some = [Proposal(DropTree(g(1), Endpoint(f"h{number}.example")), (fence,)) for number in range(TXN_OPERATIONS)]
    assert len(list(pack(some, (fence,)))) == 1


def test_what_can_never_fit_is_said_at_once() -> None:
    needs = tuple(RootVersion(Endpoint(f"h{number}.example"), 0) for number in range(TXN_OPERATIONS + 1))
    with pytest.raises(DoesNotFit):
        list(pack([Proposal(DropGeneration(g(1)), needs)]))
    assert list(pack([], needs)) == []
