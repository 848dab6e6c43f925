"""The memory adapters: ports over the reducer, nothing of their own."""

import asyncio

from coordination import intents as i
from coordination.intents import Batch, Change, Committed, Conflict, Enact, Proposal
from coordination.memory import MemoryAuthority, MemoryClaims, Store
from coordination.plan import Generation, Manifest
from coordination.records import Endpoint, RRset, Target
from coordination.seen import Seen

A, B, C = Endpoint("a.example"), Endpoint("b.example"), Endpoint("c.example")
ONE = (RRset("A", 60, (Target("10.0.0.1", 1),)),)
KEY = i.TakeClaim(Generation(3), "x", "t")


def g(number: int) -> Generation:
    return Generation(number)


def commit(store: Store, *changes: Change) -> None:
    for change in changes:
        assert isinstance(store.commit(Batch((Proposal(change),))), Committed)


def test_a_read_tells_head_and_roots_in_the_order_asked() -> None:
    store = Store()
    commit(store, Enact(A, g(2), ONE, None, "x"), Enact(B, g(1), ONE, None, "x"))
    reading = asyncio.run(MemoryAuthority(store).read((C, B, A)))
    assert [one.endpoint for one in reading.seen] == [C, B, A]
    assert reading.seen[0] == Seen(C)
    assert [one.root_generation for one in reading.seen] == [None, 1, 2]
    assert reading.head == store.state.head() == asyncio.run(MemoryAuthority(store).head())


def test_listings_are_in_order_and_paged() -> None:
    store = Store()
    commit(store, *(Enact(name, g(10), ONE, None, "x") for name in (C, A, B)), Enact(A, g(9), ONE, None, "x"))
    authority = MemoryAuthority(store)
    assert asyncio.run(authority.generations()) == (9, 10)
    assert asyncio.run(authority.trees(g(10), None, 2)) == (A, B)
    assert asyncio.run(authority.trees(g(10), B, 2)) == (C,)
    assert asyncio.run(authority.trees(g(7), None, 2)) == ()
    assert asyncio.run(authority.survivor(A)) == 10
    assert asyncio.run(authority.survivor(Endpoint("none.example"))) is None


def test_manifests_and_claims_are_listed_in_order_retired_ones_included() -> None:
    store = Store()
    commit(store, *(i.Publish(Manifest(g(n), None, "d", 1, 1, 0, 0, "p")) for n in (10, 9)), i.Retire(g(9)))
    commit(store, i.TakeClaim(g(10), "a", "t"), i.TakeClaim(g(9), "b", "t"), i.TakeClaim(g(9), "a", "t"))
    authority = MemoryAuthority(store)
    assert [(one.generation, one.retired) for one in asyncio.run(authority.manifests())] == [(9, True), (10, False)]
    assert [(one.generation, one.az) for one in asyncio.run(authority.claims())] == [(9, "a"), (9, "b"), (10, "a")]


def test_a_claim_is_taken_under_conditions_and_its_revision_is_the_fence() -> None:
    store = Store()
    claims = MemoryClaims(store)
    assert isinstance(asyncio.run(claims.acquire(KEY, (i.ManifestLive(g(3)),))), Conflict)
    commit(store, i.Publish(Manifest(g(3), None, "d", 1, 1, 0, 0, "p")))
    outcome = asyncio.run(claims.acquire(KEY, (i.ManifestLive(g(3)),)))
    assert isinstance(outcome, Committed)
    assert store.state.claims[g(3), "x"].fence == outcome.revision


def test_who_lost_his_claim_can_neither_renew_nor_release_it() -> None:
    store = Store()
    first, second = MemoryClaims(store), MemoryClaims(store)
    asyncio.run(first.acquire(KEY, ()))
    assert asyncio.run(first.renew(KEY))
    commit(store, i.DropClaim(g(3), "x"))
    assert not asyncio.run(first.renew(KEY))
    asyncio.run(second.acquire(KEY, ()))
    assert not asyncio.run(first.renew(KEY))
    assert isinstance(asyncio.run(first.release(KEY)), Conflict)
    assert asyncio.run(second.renew(KEY))
    assert isinstance(asyncio.run(second.release(KEY)), Committed)
    assert not store.state.claims


def test_a_leadership_is_a_claim_of_its_own_kind() -> None:
    store = Store()
    one, other = MemoryClaims(store), MemoryClaims(store)
    key = i.TakeLeadership("region", "t")
    assert isinstance(asyncio.run(one.acquire(key, ())), Committed)
    assert isinstance(asyncio.run(other.acquire(key, ())), Conflict)
    assert not asyncio.run(other.renew(key))
    assert isinstance(asyncio.run(one.release(key)), Committed)
    assert isinstance(asyncio.run(other.acquire(key, ())), Committed)
