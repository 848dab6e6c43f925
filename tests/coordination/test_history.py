"""Histories: every change survives its line, and the lines give back the authority's states."""

import asyncio
import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from immutables import Map

from coordination import intents as i
from coordination.authority import State
from coordination.history import RecordingAuthority, RecordingClaims, joined, opening, replay
from coordination.intents import Batch, Committed, Conflict, Enact, Lost, Proposal, Unknown
from coordination.invariants import falls
from coordination.lines import (
    Line,
    decode,
    decode_condition,
    encode,
    encode_conditions,
    is_change,
    is_condition,
    outcome_line,
)
from coordination.memory import MemoryAuthority, MemoryClaims, Store
from coordination.plan import Generation, Manifest
from coordination.ports import Unavailable
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


@settings(max_examples=200)
@given(batches)
def test_every_condition_survives_its_line(batch: Batch) -> None:
    written = [encode(proposal.change) for proposal in batch.proposals]
    flat, changes = json.loads(json.dumps([encode_conditions(batch), written]))
    assert all(map(is_change, changes))
    assert all(is_condition(one, changes) for one in flat)
    asked = [(None, condition) for condition in batch.conditions]
    asked += [(at, one) for at, proposal in enumerate(batch.proposals) for one in proposal.conditions]
    assert [decode_condition(one, changes) for one in flat] == asked


def test_a_condition_on_the_change_s_own_endpoint_does_not_name_it_again() -> None:
    other = Endpoint("b.example")
    change = Proposal(Enact(A, g(2), ONE, None, "x"), (i.RootVersion(A, 7), i.RootOlder(other, g(2)), i.LockFree(A)))
    dropped = Proposal(i.DropTree(g(1), A), (i.RootVersion(A, 7),))
    assert encode_conditions(Batch((change, dropped), (i.RootVersion(A, 7),))) == [
        [None, "version", A, 7],
        [0, "version", None, 7],
        [0, "older", other, 2],
        [0, "lock free", None],
        [1, "version", None, 7],
    ]


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


# --- reads -------------------------------------------------------------------------------------------------------


def test_only_reads_of_watched_roots_are_recorded_and_only_those_roots() -> None:
    store, lines = Store(), []
    other, third = Endpoint("b.example"), Endpoint("c.example")
    ticks = itertools.count()
    authority = RecordingAuthority(MemoryAuthority(store), "x", lambda: float(next(ticks)), lines.append, {A, third})

    async def run() -> None:
        await authority.commit(Batch((Proposal(Enact(A, g(3), ONE, None, "x")),)))
        await authority.read((other, A))
        await authority.read((other,))
        await authority.read((third,))

    asyncio.run(run())
    assert lines[1:] == [
        {"asked": 2.0, "answered": 3.0, "who": "x", "call": "read", "revision": 1, "roots": [[A, 3, None, False, 1]]},
        {"asked": 5.0, "answered": 6.0, "who": "x", "call": "read", "revision": 1,
         "roots": [[third, None, None, False, 0]]},
    ]  # fmt: skip


# --- asked first -------------------------------------------------------------------------------------------------

ENACT = Batch((Proposal(Enact(A, g(1), ONE, None, "x"), (i.RootVersion(A, 0),)),))


class Torn(MemoryAuthority):
    """An authority whose commits end otherwise."""

    def __init__(self, error: BaseException, lines: list[Line]) -> None:
        super().__init__(Store())
        self._error, self._lines = error, lines
        self.on_record: list[Line] = []

    async def commit(self, batch: Batch) -> i.Outcome:
        self.on_record = list(self._lines)
        raise self._error


def recorded(error: BaseException, ahead: bool) -> tuple[list[Line], list[Line]]:
    """All lines of one commit that ended so, and those that were there when it was sent."""
    lines: list[Line] = []

    def write(line: Line) -> int:
        lines.append({"n": 1} | line)
        return 1

    inner = Torn(error, lines)
    ticks = itertools.count()
    now = lambda: float(next(ticks))  # noqa: E731
    authority = RecordingAuthority(inner, "x", now, lines.append, (), write if ahead else None)
    with pytest.raises(type(error)):
        asyncio.run(authority.commit(ENACT))
    return lines, inner.on_record


def test_what_is_asked_is_on_record_before_it_is_sent() -> None:
    lines, before = recorded(asyncio.CancelledError(), ahead=True)
    assert before == lines[:1]
    assert (lines[0]["n"], lines[0]["asked"], lines[0]["call"]) == (1, 0.0, "commit")
    assert (lines[0]["changes"], lines[0]["if"]) == ([encode(ENACT.proposals[0].change)], [[0, "version", None, 0]])
    assert lines[1] == {"n": 1, "who": "x", "call": "outcome", "answered": 1.0, "out": "unknown",
                        "reason": "CancelledError"}  # fmt: skip


@pytest.mark.parametrize("ahead", [False, True])
@pytest.mark.parametrize(
    ("error", "out"), [(asyncio.CancelledError(), "unknown"), (OSError("x"), "unknown"), (Unavailable("x"), "unsent")]
)
def test_what_was_cancelled_may_have_happened_and_what_was_never_sent_did_not(
    error: BaseException, out: str, ahead: bool
) -> None:
    lines, _ = recorded(error, ahead)
    (line,) = joined([opening("x", 0.0), *lines])
    assert (line["call"], line["asked"], line["answered"], line["out"]) == ("commit", 0.0, 1.0, out)


@settings(max_examples=40, deadline=None)
@given(st.lists(batches, max_size=8))
def test_asked_first_and_joined_is_the_same_history(asked) -> None:
    """The same commits to two stores, recorded in one line each and in two."""
    whole, apart, numbers = [], [], itertools.count(1)

    def ahead(line: Line) -> int:
        apart.append({"n": (number := next(numbers))} | line)
        return number

    async def run(authority: RecordingAuthority, claims: RecordingClaims) -> None:
        for batch in asked:
            await authority.commit(batch)
        await authority.generations()
        await claims.acquire(i.TakeClaim(g(1), "x", "t"), ())
        await claims.release(i.TakeClaim(g(1), "x", "t"))

    for sink, first in ((whole, None), (apart, ahead)):
        store, ticks = Store(), itertools.count()
        now = lambda ticks=ticks: float(next(ticks))  # noqa: E731
        authority = RecordingAuthority(MemoryAuthority(store), "x", now, sink.append, (), first)
        asyncio.run(run(authority, RecordingClaims(MemoryClaims(store), "x", now, sink.append, first)))
    assert [{k: v for k, v in line.items() if k != "n"} for line in joined([opening("x", 0.0), *apart])] == whole


def test_commits_under_way_at_once_find_their_own_outcomes() -> None:
    first, second = ({"n": n, "asked": n * 1.0, "who": "x", "call": "commit", "changes": []} for n in (1, 2))
    out = {"who": "x", "call": "outcome", "out": "committed"}
    ends = [{"n": 2, "answered": 3.0, "revision": 7} | out, {"n": 1, "answered": 4.0, "revision": 5} | out]
    found = list(joined([opening("x", 0.0), first, second, *ends]))
    assert [(line["asked"], line["answered"], line["revision"]) for line in found] == [(2.0, 3.0, 7), (1.0, 4.0, 5)]
