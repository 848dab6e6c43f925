"""A recorded history: any authority and any claims, wrapped so that every write leaves one JSON-able line.

The same lines come from the simulator and from real runs, and the same judges read them. A line has the
time before and after the call (seconds of the monotonic clock), who called, what was asked under which
conditions, and how it ended; `lines.py` says how. Reads are recorded of the roots in `watched` alone: a full
walk reads every root, and what those reads found comes back in the conditions of the writes that follow.
Where lines outlive their writer (`ahead`), what is asked is written before it is sent, and its outcome apart:
of a commit that dies with its author everything is known but its outcome. `joined` makes one line of both.
`replay` turns lines back into the authority's states by the one reducer.
"""

from collections.abc import Awaitable, Callable, Container, Iterable, Iterator
from dataclasses import replace
from typing import Any

from immutables import Map

from coordination.authority import State, holds, step
from coordination.intents import (
    Batch,
    Change,
    Condition,
    DropClaim,
    DropLeadership,
    Enact,
    ManifestLive,
    ManifestRetired,
    Outcome,
    Proposal,
    TakeClaim,
    TakeLeadership,
    TreeExists,
    laws,
)
from coordination.lines import FORMAT, Line, Sink, decode, encode, encode_conditions, outcome_line, stand_ins
from coordination.passing import PassingAuthority
from coordination.plan import Generation, Manifest
from coordination.ports import Authority, Claims, Unavailable
from coordination.records import Endpoint
from coordination.seen import Reading, Seen

Ahead = Callable[[Line], int]  # writes what is asked, and says by which number its outcome will name it
NOTHING: Container[Endpoint] = frozenset()

# --- recording ---------------------------------------------------------------------------------------------------


class _Recorder:
    """Writes down one commit: before it is sent if there is an `ahead`, and how it ended in any case."""

    def __init__(self, who: str, now: Callable[[], float], sink: Sink, ahead: Ahead | None) -> None:
        self._who, self._now, self._sink, self._ahead = who, now, sink, ahead

    async def commit(self, batch: Batch, sent: Awaitable[Outcome]) -> Outcome:
        asked: Line = {"asked": self._now(), "who": self._who, "call": "commit"}
        asked["changes"] = [encode(proposal.change) for proposal in batch.proposals]
        if conditions := encode_conditions(batch):
            asked["if"] = conditions
        if self._ahead is not None:
            asked = {"n": self._ahead(asked), "who": self._who, "call": "outcome"}
        try:
            outcome = await sent
        except Unavailable as error:
            self._sink(asked | {"answered": self._now(), "out": "unsent", "reason": str(error)})
            raise
        except BaseException as error:  # cancelled, as a rule: it may have been sent
            self._sink(asked | {"answered": self._now(), "out": "unknown", "reason": type(error).__name__})
            raise
        self._sink(asked | {"answered": self._now()} | outcome_line(outcome))
        return outcome


class RecordingAuthority(PassingAuthority):
    """`ports.Authority` that records every commit, every listing that a sweep begins with, and reads of `watched`."""

    def __init__(
        self,
        inner: Authority,
        who: str,
        now: Callable[[], float],
        sink: Sink,
        watched: Container[Endpoint] = NOTHING,
        ahead: Ahead | None = None,
    ) -> None:
        super().__init__(inner)
        self._who, self._now, self._sink = who, now, sink
        self._watched, self._recorder = watched, _Recorder(who, now, sink, ahead)

    async def commit(self, batch: Batch) -> Outcome:
        return await self._recorder.commit(batch, self._inner.commit(batch))

    async def generations(self) -> tuple[Generation, ...]:
        asked = self._now()
        found = await self._inner.generations()
        line = {"asked": asked, "answered": self._now(), "who": self._who, "call": "list", "found": list(found)}
        self._sink(line)
        return found

    async def read(self, endpoints: tuple[Endpoint, ...]) -> Reading:
        asked = self._now()
        reading = await self._inner.read(endpoints)
        if seen := [one for one in reading.seen if one.endpoint in self._watched]:
            line: Line = {"asked": asked, "answered": self._now(), "who": self._who, "call": "read"}
            self._sink(line | {"revision": reading.head.revision, "roots": [encode_root(one) for one in seen]})
        return reading


class RecordingClaims:
    """`ports.Claims` that records what was acquired and released."""

    def __init__(
        self, inner: Claims, who: str, now: Callable[[], float], sink: Sink, ahead: Ahead | None = None
    ) -> None:
        self._inner, self._recorder = inner, _Recorder(who, now, sink, ahead)

    async def acquire(self, key: TakeClaim | TakeLeadership, conditions: tuple[Condition, ...]) -> Outcome:
        batch = Batch((Proposal(key),), conditions)
        return await self._recorder.commit(batch, self._inner.acquire(key, conditions))

    async def renew(self, key: TakeClaim | TakeLeadership) -> bool:
        return await self._inner.renew(key)

    async def release(self, key: TakeClaim | TakeLeadership) -> Outcome:
        drop = DropClaim(key.generation, key.az) if isinstance(key, TakeClaim) else DropLeadership(key.scope)
        return await self._recorder.commit(Batch((Proposal(drop),)), self._inner.release(key))


# --- lines on disk -----------------------------------------------------------------------------------------------


def opening(who: str, at: float) -> Line:
    """What a writer begins with, at each of its lives: the version of what follows."""
    return {"history": FORMAT, "who": who, "call": "opened", "at": at}


def joined(lines: Iterable[Line]) -> Iterator[Line]:
    """One writer's lines in the order written, each commit made one line with its outcome, openings left out.

    What has no outcome when its writer opens again, or at the end, died with it: unknown. Raises ValueError for
    an outcome of what was never asked.
    """
    waiting: dict[int, Line] = {}
    for line in lines:
        match line["call"]:
            case "opened":
                yield from map(_died, waiting.values())
                waiting = {}
            case "commit" if "n" in line:
                waiting[line["n"]] = line
            case "outcome":
                if (asked := waiting.pop(line["n"], None)) is None:
                    raise ValueError("an outcome of what was never asked")
                yield {**line, **asked}
            case _:
                yield line
    yield from map(_died, waiting.values())


def _died(asked: Line) -> Line:
    return asked | {"answered": asked["asked"], "out": "unknown", "reason": "its author wrote no outcome"}


def encode_root(seen: Seen) -> list[Any]:
    """What was read of a root: endpoint, generation, rollback, whether it is a tombstone, version (0: no root)."""
    root = seen.root
    if root is None:
        return [seen.endpoint, None, None, False, 0]
    return [seen.endpoint, root.generation, root.rollback, root.tombstone, root.version]


# --- replaying ---------------------------------------------------------------------------------------------------


def replay(lines: Iterable[Line]) -> Iterator[tuple[State, Batch, State, Line]]:
    """Committed lines in the authority's own order, each with the state before and after it.

    Conditions are not judged again: the authority did. What leases took away in between is not in the lines, nor
    is what committed although its reply was lost or its author died before writing the line. Where a law proves
    that there was such a write, what it must have written is put in, so that nothing falls for want of a line.
    """
    committed = [line for line in lines if line.get("out") == "committed"]
    state = State()
    for line in sorted(committed, key=lambda one: int(one["revision"])):
        before, revision = state, int(line["revision"])
        batch = Batch(tuple(Proposal(decode(flat)) for flat in line["changes"]))
        for proposal in batch.proposals:
            before = _proven(before, proposal.change)
        state = before
        for proposal in batch.proposals:
            state = step(state, proposal.change, revision)
        state = replace(state, revision=revision)
        yield before, batch, state, line


def _proven(state: State, change: Change) -> State:
    """The state, and what a committed change's laws prove to have been there."""
    if isinstance(change, Enact) and (change.rollback is None or state.tree(change.rollback, change.endpoint)):
        return state  # nearly always, so at once: its one law about trees is kept
    for law in laws(change):
        match law:
            case TreeExists(endpoint, generation) if not holds(state, law):
                known = state.trees.get(generation, Map()).set(endpoint, stand_ins(1) or ())
                state = replace(state, trees=state.trees.set(generation, known))
            case ManifestLive(generation) | ManifestRetired(generation) if generation not in state.manifests:
                lost = Manifest(generation, None, "", 0, 0, 0, 0, "")
                state = replace(state, manifests=state.manifests.set(generation, lost))
            case _:
                continue
    return state
