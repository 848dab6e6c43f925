"""Histories: every change survives its line, and the lines give back the authority's states."""

import asyncio
import itertools
import json

from hypothesis import given, settings
from hypothesis import strategies as st
from immutables import Map

from coordination import intents as i
from coordination.authority import State
from coordination.history import (
    Line,
    RecordingAuthority,
    RecordingClaims,
    decode,
    encode,
    outcome_line,
    replay,
)
from coordination.intents import Batch, Committed, Conflict, Enact, Lost, Proposal, Unknown
from coordination.invariants import falls
from coordination.memory import MemoryAuthority, MemoryClaims, Store
from coordination.plan import Generation, Manifest
from coordination.records import Endpoint, RRset, Target, is_empty
from tests.coordination.strategies import batches, changes

A = Endpoint("a.example")
ONE = (RRset("A", 60, (Target("10.0.0.1", 1),)),)


def g(number: int) -> Generation:
    return Generation(number)


@settings(max_examples=100)
@given(changes)
def test_a_change_survives_its_line(change) -> None:
    flat = json.loads(json.dumps(encode(change)))
    back = decode(flat)
    assert encode(back) == flat
    if not isinstance(change, Enact):
        assert back == change


@given(st.integers(0, 70))
def test_an_enactments_line_keeps_how_many_addresses_it_gave(addresses: int) -> None:
    targets = tuple(Target(f"10.0.0.{n}", n + 1) for n in range(addresses))
    back = decode(encode(Enact(A, g(1), (RRset("A", 60, (*targets, Target("10.1.1.1", 0))),), None, "x")))
    assert isinstance(back, Enact)
    assert sum(len(rrset.targets) for rrset in back.records) == addresses
    assert back.records is not None


def test_outcomes_are_told_apart_in_their_lines() -> None:
    assert outcome_line(Committed(3)) == {"out": "committed", "revision": 3}
    assert outcome_line(Unknown("why")) == {"out": "unknown", "reason": "why"}
    line = outcome_line(Conflict((Lost(1, i.LockFree(A)),), 4))
    assert line["lost"] == [[1, "LockFree", str(i.LockFree(A))]]
    assert json.loads(json.dumps(line)) == line


def summary(state: State) -> object:
    """A state without the addresses themselves."""
    trees = {g: {name: not is_empty(records) for name, records in of.items()} for g, of in state.trees.items()}
    return (trees, *(dict(part) if isinstance(part, Map) else part
                     for part in (state.roots, state.locks, state.claims, state.leaders, state.manifests, state.holds)),
            state.head())  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.lists(batches, max_size=12))
def test_replaying_a_history_gives_the_states_of_the_store(asked) -> None:
    store, lines = Store(), []
    ticks = itertools.count()
    authority = RecordingAuthority(MemoryAuthority(store), "x", lambda: float(next(ticks)), lines.append)
    states = []

    async def run() -> None:
        for batch in asked:
            before = store.state
            if isinstance(await authority.commit(batch), Committed):
                states.append((before, store.state))

    asyncio.run(run())
    in_another_order: list[Line] = json.loads(json.dumps(lines[::-1]))
    replayed = list(replay(in_another_order))
    assert [(summary(before), summary(after)) for before, _, after, _ in replayed] == [
        (summary(before), summary(after)) for before, after in states
    ]


def test_claims_are_recorded_as_the_commits_they_are() -> None:
    store, lines = Store(), []
    claims = RecordingClaims(MemoryClaims(store), "x", lambda: 0.0, lines.append)
    key = i.TakeClaim(g(1), "x", "t")

    async def run() -> None:
        await claims.acquire(key, ())
        await claims.acquire(key, ())
        assert await claims.renew(key)
        await claims.release(key)

    asyncio.run(run())
    assert [(line["changes"][0][0], line["out"]) for line in lines] == [
        ("claim", "committed"), ("claim", "conflict"), ("unclaim", "committed"),
    ]  # fmt: skip
    assert [dict(after.claims) for _, _, after, _ in replay(lines)][-1] == {}


def test_a_listing_is_recorded_where_a_sweep_begins() -> None:
    store, lines = Store(), []
    authority = RecordingAuthority(MemoryAuthority(store), "x", lambda: 0.0, lines.append)

    async def run() -> None:
        await authority.commit(Batch((Proposal(Enact(A, g(3), ONE, None, "x")),)))
        await authority.generations()

    asyncio.run(run())
    assert lines[-1]["call"] == "list"
    assert lines[-1]["found"] == [3]


def line(revision: int, *asked: i.Change) -> Line:
    return {"out": "committed", "revision": revision, "changes": [encode(change) for change in asked]}


def fallen(lines: list[Line]) -> set[str]:
    return {fall.invariant for before, batch, after, _ in replay(lines) for fall in falls(before, batch, after)}


def test_a_write_whose_reply_was_lost_makes_nothing_fall_that_did_not() -> None:
    """Generation 2 was enacted and its line says unknown; the rollback of 3 proves that it was."""
    lines = [
        line(1, Enact(A, g(1), ONE, None, "x")),
        {"out": "unknown", "reason": "lost", "changes": [encode(Enact(A, g(2), ONE, g(1), "x"))]},
        line(3, Enact(A, g(3), ONE, g(2), "y")),
    ]
    assert fallen(lines) == set()


def test_a_plan_whose_publication_has_no_line_can_still_be_retired_and_forgotten() -> None:
    published = Manifest(g(1), None, "d", 1, 1, 0, 0, "p")
    assert fallen([line(5, i.Retire(g(1))), line(6, i.Forget(g(1)))]) == set()
    assert fallen([line(1, i.Publish(published)), line(6, i.Forget(g(1)))]) == set()


def test_a_tree_that_was_seen_deleted_is_not_taken_as_proven_before_it() -> None:
    lines = [
        line(1, Enact(A, g(1), ONE, None, "x")),
        line(2, i.DropGeneration(g(1))),
    ]
    assert fallen(lines) == {"never-empty", "never-delete-active"}
