"""What a run proves: the lab's invariants over all that etcd was seen to write, and what clients were told meanwhile.

The history is the recorders', made certain by the observer's: a lost reply becomes the commit that it was, or none, and
a claim ends when its lease ended. What clients saw is judged from their questions alone: never empty, never denied,
never foreign, and never older than what is owed (`windows`).
"""

import gc
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from coordination.invariants import SAFETY
from coordination.lines import Line
from coordination.promises import APART
from namelatch.chaos import windows
from namelatch.chaos.absences import absences
from namelatch.chaos.inputs import giving
from namelatch.chaos.run import Evidence
from namelatch.chaos.schedule import Done
from namelatch.chaos.stage import PROBES
from namelatch.demo import judge as clients
from namelatch.demo.evidence import acknowledged, read_reports
from namelatch.demo.inventory import REGIONAL
from namelatch.demo.probes import from_lines
from namelatch.lab.histories import recorded
from namelatch.lab.histories.judging import Roots, judge
from namelatch.matrix import owed, truth
from namelatch.matrix.owed import Published
from namelatch.matrix.verdict import by_leases

STALE_BOUND_S = 15.0  # from an acknowledgement to every answer: a heartbeat's patience, a listing, a busy machine
SHORT_S = 60.0  # answers that might be no older than this were held to something
BEYOND_S = 10.0  # after a fault on the DNS server's way to etcd: connections come back, and a listing is due
ALL_ROOTS = 10_000  # endpoints; beyond, an order is looked for where reads were recorded, and where listings differ


@dataclass(frozen=True, slots=True)
class Verdict:
    """`falls` are sentences that begin with a rule's id. `exercised` says how often each rule could have fallen."""

    falls: tuple[str, ...]
    exercised: Mapping[str, int]
    faults: Mapping[str, int]
    failed: Mapping[str, int]
    generations: int
    writes: int
    unknown: int
    unknown_done: int
    conflicts: int
    expired: int
    reports: Mapping[str, int]
    questions: int
    answered: int
    lost: int
    empty: int
    denied: int
    stale: int
    stale_behind_faults: int
    absent: int
    errors: int
    seconds: float
    converged_s: float
    full_s: float

    @property
    def holds(self) -> bool:
        """Whether nothing fell."""
        return not self.falls


def reach(evidence: Evidence) -> Verdict:
    """Judge a run, once it is over. Takes seconds, at large scale minutes; needs a process that ends soon after."""
    gc.disable()  # millions of lines that live until the end, and no cycle among them
    falls = [f"observed: {evidence.hole}"] if evidence.hole else []
    try:
        lines = recorded.read(evidence.directory).lines
    except recorded.NoHistory as reason:
        lines, falls = [], [*falls, f"history: {reason}"]
    told = truth.explained(lines, evidence.written, evidence.keys, evidence.ended)
    judged = sorted(told.lines, key=lambda line: float(line["answered"]))
    names = {change[1] for line in judged for change in line.get("changes", ()) if change[0] == "enact"}
    roots = Roots.ALL if len(names) <= ALL_ROOTS else Roots.SEEN
    judgement = judge(judged, roots, asked=(*SAFETY, *APART))
    exercised = {ruling.id: ruling.exercised for ruling in judgement.rulings if ruling.judged}
    falls += [f"accounted-for: {why}" for why in told.unexplained]
    for ruling in judgement.fallen:
        assert ruling.first is not None
        where = f" ({ruling.place})" if ruling.place else ""
        falls.append(f"{ruling.id}: {ruling.fell} x, first at {ruling.first.where}: {ruling.first.how}{where}")
    falls += by_leases(judged, exercised)
    falls += [f"lives: {what}" for what in evidence.accidents]
    falls += [f"converges: {evidence.stuck}"] if evidence.stuck else []
    published = Published(judged)
    falls += _unmet(evidence, published)
    exercised["at-rest"] = len(evidence.inventory.endpoints) * len(evidence.rests)
    seen, unshifted, exercised["staleness"] = _as_clients_saw(evidence, lines, published)
    falls += _told_wrong(seen)
    exercised["answers"] = seen.answered
    happened = [one for one in evidence.done if not one.failed]
    falls += _unstruck(evidence.done)
    return Verdict(
        tuple(falls),
        exercised,
        dict(Counter(one.planned.fault for one in happened)),
        dict(Counter(one.planned.fault for one in evidence.done if one.failed)),
        sum(change[0] == "publish" for line in judged for change in _committed(line)),
        sum(bool(_committed(line)) for line in judged if line["who"] != truth.LEASES),
        sum(line.get("out") == "unknown" for line in lines),
        told.lost_and_done,
        sum(line.get("out") == "conflict" for line in lines),
        told.expired,
        dict(Counter(line["event"] for line in read_reports(evidence.directory))),
        seen.probes,
        seen.answered,
        seen.lost,
        seen.empty,
        seen.nxdomain,
        seen.stale,
        unshifted.stale,
        seen.absent,
        seen.errors + seen.foreign,
        evidence.seconds,
        evidence.converged_s,
        evidence.full_s,
    )


def _committed(line: Line) -> Sequence[Sequence[object]]:
    return line["changes"] if line.get("out") == "committed" else ()


def _unstruck(done: Sequence[Done]) -> Iterator[str]:
    """A run without any fault has proved nothing about faults."""
    if all(one.failed for one in done):
        first = f", first {done[0].planned}: {done[0].failed}" if done else ""
        yield f"faults: none of {len(done)} could be done{first}"


def _unmet(evidence: Evidence, published: Published) -> Iterator[str]:
    """What etcd held at rest, against the inputs: what a plan left undone is healed by none but a later full one."""
    there = evidence.inventory
    for rested in evidence.rests:
        unmet = list(owed.unmet(there.endpoints, rested.found, rested.turned, published, giving(there)))
        if unmet:
            yield f"at-rest: {len(unmet)} x, first {unmet[0]}"


def _as_clients_saw(
    evidence: Evidence, lines: Sequence[Line], published: Published
) -> tuple[clients.Verdict, clients.Verdict, int]:
    """What is owed in time, what would have been had no fault stood between, and how many answers were held to a short
    bound."""
    with (evidence.directory / PROBES).open(encoding="utf-8") as told:
        probes = list(from_lines(told))
    acks = [*acknowledged(lines), *acknowledged(lines, gone=True)]
    excuses = windows.Excuses(evidence.done, evidence.members, BEYOND_S, STALE_BOUND_S)
    in_time = windows.acks(acks, excuses)
    absent = list(absences(evidence.away, in_time, published))
    seen, unshifted = (
        clients.judge(probes, which, STALE_BOUND_S, REGIONAL, absences=absent, ended_at=evidence.ended)
        for which in (in_time, acks)
    )
    return seen, unshifted, windows.held_to(probes, frozenset(one.endpoint for one in acks), excuses, SHORT_S)


def _told_wrong(seen: clients.Verdict) -> Iterator[str]:
    """What clients were told that they should not have been."""
    for fault, count in (
        ("empty", seen.empty),
        ("nxdomain", seen.nxdomain),
        ("stale", seen.stale),
        ("error", seen.errors),
        ("foreign", seen.foreign),
    ):
        if count:
            first = next(one for one in seen.offences if one.fault == fault)
            owed = "" if first.owed is None else f", owed generation {first.owed}"
            had = "" if first.generation is None else f" from generation {first.generation}"
            yield f"answers: {count} x {fault}, first {first.name} {first.type}{had}{owed}"
    if not seen.probes:
        yield "answers: nobody asked anything"
