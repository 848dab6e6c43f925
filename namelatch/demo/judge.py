"""What the probes prove, held against what was acknowledged. Pure.

*Stale*: an answer below the highest generation whose commit on that endpoint was acknowledged more than
`staleness_bound_s` before the question was sent. *Empty*: NOERROR without an address while the endpoint is
meant to have some. Lost questions are neither: they prove nothing about the records. A name without its
first acknowledged commit is owed nothing yet (*early*); one whose commits nobody recorded is owed addresses
all the same, or a broken record of the run would acquit it. An endpoint is *dark* from its first empty
answer of a type to the next answer of that type that has an address.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from math import inf
from typing import NamedTuple

from coordination.plan import Generation
from coordination.records import Endpoint, RRType
from namelatch.demo.probes import Kind, Probe

OFFENCES_KEPT = 20  # a kind: enough to see the pattern; the counts are exact and the rest is in the probes' file


class Ack(NamedTuple):
    """A commit on one endpoint that the authority acknowledged: when its writer heard so, at which revision."""

    endpoint: Endpoint
    generation: Generation
    acked_at: float
    revision: int = 0


class Absence(NamedTuple):
    """An endpoint that was meant to have no addresses, from when to when (monotonic seconds)."""

    endpoint: Endpoint
    since: float
    until: float = inf


@dataclass(frozen=True, slots=True)
class Offence:
    """One answer that should not have been: `owed` is the least generation that would have done."""

    fault: str
    asked_at: float
    name: Endpoint
    type: RRType
    generation: Generation | None
    owed: Generation | None


@dataclass(frozen=True, slots=True)
class Light:
    """The regional endpoint as its customers saw it. Early questions and meant absences are left out.

    Times are monotonic; None where it never came to that.
    """

    endpoint: Endpoint
    seconds_dark: float
    first_empty_at: float | None
    lit_again_at: float | None
    dark_at_end: bool
    empty_without_soa: int
    last_answer_at: float | None
    last_kind: Kind | None
    last_generation: Generation | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """All probes of one posture, counted. `answered` came with addresses of the endpoint's own, stale ones too."""

    probes: int
    answered: int
    lost: int
    empty: int
    nxdomain: int
    errors: int
    foreign: int
    early: int
    absent: int
    stale: int
    names: int
    regional: Light
    offences: tuple[Offence, ...]


def judge(
    probes: Iterable[Probe],
    acks: Iterable[Ack],
    staleness_bound_s: float,
    regional: Endpoint,
    *,
    absences: Iterable[Absence] = (),
    ended_at: float | None = None,
) -> Verdict:
    """The verdict on a run. `ended_at` closes what is still dark then; without it, the last question does."""
    asked = sorted(probes, key=lambda probe: probe.asked_at)
    by_name: dict[Endpoint, list[Probe]] = {}
    for probe in asked:
        by_name.setdefault(probe.name, []).append(probe)
    owed = _owed(acks, by_name.keys())
    meant_absent: dict[Endpoint, list[Absence]] = {}
    for absence in absences:
        meant_absent.setdefault(absence.endpoint, []).append(absence)
    faults: dict[str, list[Offence]] = {}
    watched: list[Probe] = []
    counts = dict.fromkeys(("answer", "lost", "empty", "nxdomain", "error", "foreign", "early", "absent", "stale"), 0)
    for probe in asked:
        least = _least(owed.get(probe.name), probe.asked_at - staleness_bound_s)
        fault = _fault(probe, least, probe.name in owed, meant_absent.get(probe.name, ()), staleness_bound_s)
        counts[fault] += 1
        if probe.name == regional and fault not in {"early", "absent"}:
            watched.append(probe)
        if fault not in {"answer", "lost", "early", "absent"} and len(faults.setdefault(fault, [])) < OFFENCES_KEPT:
            faults[fault].append(Offence(fault, probe.asked_at, probe.name, probe.type, probe.generation, least))
    return Verdict(
        probes=len(asked),
        answered=counts["answer"] + counts["stale"],
        lost=counts["lost"],
        empty=counts["empty"],
        nxdomain=counts["nxdomain"],
        errors=counts["error"],
        foreign=counts["foreign"],
        early=counts["early"],
        absent=counts["absent"],
        stale=counts["stale"],
        names=len(by_name),
        regional=_light(watched, regional, ended_at),
        offences=tuple(sorted((one for kept in faults.values() for one in kept), key=lambda one: one.asked_at)),
    )


class _History(NamedTuple):
    """One endpoint's acknowledgements in order of time, and the highest generation up to each."""

    times: list[float]
    highest: list[Generation]


def _owed(acks: Iterable[Ack], asked: Iterable[Endpoint]) -> Mapping[Endpoint, _History]:
    found: dict[Endpoint, list[tuple[float, Generation]]] = {name: [] for name in asked}
    for ack in acks:
        if (mine := found.get(ack.endpoint)) is not None:
            mine.append((ack.acked_at, ack.generation))
    histories = {}
    for name, listed in found.items():
        if listed:
            listed.sort()
            times = [acked_at for acked_at, _ in listed]
            histories[name] = _History(times, list(accumulate((told for _, told in listed), max)))
    return histories


def _least(history: _History | None, before: float) -> Generation | None:
    """The highest generation acknowledged strictly before `before`."""
    if history is None:
        return None
    place = bisect_left(history.times, before)
    return history.highest[place - 1] if place else None


def _fault(probe: Probe, least: Generation | None, recorded: bool, absences: Iterable[Absence], bound_s: float) -> str:
    """The probe's kind, or what it is in the light of what was owed: early, absent, stale."""
    if probe.kind == "answer":
        told = probe.generation
        return "stale" if told is not None and least is not None and told < least else "answer"
    if probe.kind not in {"empty", "nxdomain"}:
        return probe.kind
    if recorded and least is None:
        return "early"
    heard_at = probe.asked_at if probe.answered_at is None else probe.answered_at
    if any(absence.since <= heard_at and probe.asked_at <= absence.until + bound_s for absence in absences):
        return "absent"
    return probe.kind


def _light(asked: list[Probe], endpoint: Endpoint, ended_at: float | None) -> Light:
    heard = sorted((probe for probe in asked if probe.kind != "lost"), key=_heard_at)
    end = ended_at if ended_at is not None else max((probe.asked_at for probe in asked), default=0.0)
    types: tuple[RRType, ...] = ("A", "AAAA")
    spans = [list(_dark([probe for probe in heard if probe.type == type_])) for type_ in types]
    dark = [(since, until) for listed in spans for since, until in listed]
    open_end = any(until is None for _, until in dark)
    last = heard[-1] if heard else None
    return Light(
        endpoint=endpoint,
        seconds_dark=max(sum(max(0.0, (end if u is None else u) - s) for s, u in listed) for listed in spans),
        first_empty_at=min((since for since, _ in dark), default=None),
        lit_again_at=None if open_end else max((until for _, until in dark if until is not None), default=None),
        dark_at_end=open_end,
        empty_without_soa=sum(probe.kind == "empty" and not probe.has_soa for probe in heard),
        last_answer_at=_heard_at(last) if last else None,
        last_kind=last.kind if last else None,
        last_generation=last.generation if last else None,
    )


def _dark(heard: list[Probe]) -> Iterator[tuple[float, float | None]]:
    """One type's dark spans: from an empty answer to the next one with an address; None: never again."""
    since: float | None = None
    for probe in heard:
        if probe.kind == "empty" and since is None:
            since = _heard_at(probe)
        elif probe.kind == "answer" and since is not None:
            yield since, _heard_at(probe)
            since = None
    if since is not None:
        yield since, None


def _heard_at(probe: Probe) -> float:
    return probe.asked_at if probe.answered_at is None else probe.answered_at
