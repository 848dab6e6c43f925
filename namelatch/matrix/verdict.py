"""What one cell's run proves: the lab's invariants over all that etcd says was written, and what all came to.

The history is that of the recorders, made certain by etcd's own (`truth`). So a claim ends here when its lease ended,
and what a history alone can't tell (`judging.NOT_FROM_LINES`) is asked too.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from coordination.etcd.client import EtcdClient
from coordination.etcd.settings import EtcdSettings
from coordination.history import replay
from coordination.invariants import SAFETY
from coordination.lines import Line
from coordination.ports import Unavailable
from coordination.promises import APART
from namelatch.lab.histories import recorded
from namelatch.lab.histories.judging import NOT_FROM_LINES, judge
from namelatch.matrix import owed, shown, truth
from namelatch.matrix.trial import Evidence
from namelatch.matrix.world import NAMES, records

SHOWN_BOUND_S = 15.0  # from an acknowledgement to the follower: a heartbeat's patience, a listing, a busy machine
FROM_LEASES = tuple(one for one in (*SAFETY, *APART) if one.id in NOT_FROM_LINES)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`falls` are sentences that begin with a rule's id. `exercised` says how often each rule could have fallen."""

    struck: bool
    falls: tuple[str, ...]
    exercised: Mapping[str, int]
    lines: int
    writes: int
    unknown: int
    lost_and_done: int
    expired: int
    publishes: int
    seconds: float
    converged_s: float
    slowest_shown_s: float


async def reach(evidence: Evidence, etcd: EtcdSettings, struck: bool) -> Verdict:
    """Read everything back and judge it, once the run is over and nobody writes any more."""
    try:
        async with EtcdClient(etcd) as client:
            written = await truth.revisions(client, evidence.began)
    except Unavailable as unavailable:
        return _nothing(evidence, struck, str(unavailable))
    return await asyncio.to_thread(_judged, evidence, written, struck)


def _judged(evidence: Evidence, written: dict[int, truth.Revision], struck: bool) -> Verdict:
    try:
        history = recorded.read(evidence.directory).lines
    except recorded.NoHistory as reason:
        return _nothing(evidence, struck, str(reason))
    lines = sorted((*history, *evidence.beside), key=lambda line: float(line["answered"]))
    told = truth.explained((*lines, *evidence.by_hand), written, evidence.keys, evidence.ended)
    judged = [line for line in told.lines if not any(line is one for one in evidence.by_hand)]
    judged.sort(key=lambda line: float(line["answered"]))
    judgement = judge(judged, asked=(*SAFETY, *APART))
    exercised = {ruling.id: ruling.exercised for ruling in judgement.rulings if ruling.judged}
    falls = [f"accounted-for: {why}" for why in told.unexplained]
    for ruling in judgement.fallen:
        assert ruling.first is not None
        falls.append(f"{ruling.id}: {ruling.fell} x, first at {ruling.first.where}: {ruling.first.how}")
    falls += by_leases(judged, exercised)
    falls += [f"lives: {what}" for what in evidence.accidents]
    falls += [f"converges: {evidence.stuck}"] if evidence.stuck else []
    falls += _owed(evidence, judged)
    seen = shown.judge(
        shown.read(evidence.directory / "follower.shown.jsonl"),
        judged,
        evidence.away.get("follower", ()),
        SHOWN_BOUND_S,
        evidence.taken_down,
        evidence.harmed,
    )
    falls += seen.falls
    exercised["shown"] = seen.publishes
    return Verdict(
        struck,
        tuple(falls),
        exercised,
        len(judged),
        sum(line.get("out") == "committed" for line in judged),
        sum(line.get("out") == "unknown" for line in lines),
        told.lost_and_done,
        told.expired,
        seen.publishes,
        evidence.seconds,
        evidence.converged_s,
        seen.slowest_s,
    )


def by_leases(lines: Sequence[Line], exercised: dict[str, int]) -> Iterator[str]:
    """The invariants about claims, now that their ends are known."""
    found: dict[str, str] = {}
    for before, batch, after, _ in replay(lines):
        for one in FROM_LEASES:
            exercised[one.id] = exercised.get(one.id, 0) + one.exercised(before, batch, after)
            for fall in one.falls(before, batch, after):
                found.setdefault(one.id, f"{one.id}: first at {fall.where}: {fall.how}")
    yield from found.values()


def _owed(evidence: Evidence, lines: Iterable[Line]) -> Iterator[str]:
    """Every name follows a plan that knows its last change, with that plan's own records; or is gone as it should."""
    if not evidence.stuck and evidence.listed is not None:
        for what in owed.unmet(NAMES, evidence.listed, evidence.turned, owed.Published(lines), records):
            yield f"converges: {what}"


def _nothing(evidence: Evidence, struck: bool, why: str) -> Verdict:
    falls = (f"history: {why}", *(f"lives: {what}" for what in evidence.accidents))
    return Verdict(struck, falls, {}, 0, 0, 0, 0, 0, 0, evidence.seconds, 0.0, 0.0)
