"""What one DNS question came to: the value that the prober writes and the judge reads, one JSON line each.

Times are `time.monotonic`, which on Linux is CLOCK_MONOTONIC: one clock for every process of a machine,
so a question may be compared with a commit that another process acknowledged. Kinds are exclusive: *lost*
(no answer in time) is not *empty* (NOERROR, no address), and neither is an answer of an older generation.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from coordination.plan import Generation
from coordination.records import Endpoint, RRType
from namelatch.demo.addresses import ForeignAddress, belongs, generation_of

Kind = Literal["answer", "empty", "nxdomain", "error", "foreign", "lost"]
KINDS: tuple[Kind, ...] = ("answer", "empty", "nxdomain", "error", "foreign", "lost")

NOERROR = 0
NXDOMAIN = 3


class Question(Protocol):
    """What was asked."""

    @property
    def name(self) -> Endpoint:
        """The endpoint."""
        ...

    @property
    def type(self) -> RRType:
        """The type."""
        ...


class Answered(Protocol):
    """As much of a parsed response as a probe looks at (dns_server.wire.Response is one)."""

    @property
    def rcode(self) -> int:
        """RFC 1035, 4.1.1."""
        ...

    @property
    def tc(self) -> bool:
        """Cut short: the absence of addresses then says nothing."""
        ...

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses in the answer section."""
        ...

    @property
    def has_soa(self) -> bool:
        """Whether the authority section has the SOA that makes an empty answer cacheable (RFC 2308)."""
        ...


class BadProbe(ValueError):
    """A line that is no probe; the text shows its beginning."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One question and what came back. `rcode` is None where no well-formed answer came.

    `generation` is what the packet's addresses tell, for kind `answer` only: the lowest if they differ.
    """

    asked_at: float
    answered_at: float | None
    name: Endpoint
    type: RRType
    kind: Kind
    generation: Generation | None = None
    rcode: int | None = None
    has_soa: bool = False


def lost(question: Question, asked_at: float) -> Probe:
    """Nobody answered in time."""
    return Probe(asked_at, None, question.name, question.type, "lost")


def garbled(question: Question, asked_at: float, answered_at: float) -> Probe:
    """Something came back that is no DNS answer."""
    return Probe(asked_at, answered_at, question.name, question.type, "error")


def answered(question: Question, asked_at: float, answered_at: float, response: Answered, near: Generation) -> Probe:
    """What the response says; `near` is about the generation expected (an A tells 12 bits of it)."""
    kind: Kind
    told: Generation | None = None
    if response.rcode != NOERROR:
        kind = "nxdomain" if response.rcode == NXDOMAIN else "error"
    elif not response.addresses:
        kind = "error" if response.tc else "empty"
    else:
        told = _told(question.name, response.addresses, near)
        kind = "answer" if told is not None else "foreign"
    asked = (question.name, question.type)
    return Probe(asked_at, answered_at, *asked, kind, told, response.rcode, response.has_soa)


def to_line(probe: Probe) -> str:
    """One JSON line, without its end."""
    return json.dumps(
        [
            round(probe.asked_at, 6),
            None if probe.answered_at is None else round(probe.answered_at, 6),
            probe.name,
            probe.type,
            probe.kind,
            probe.generation,
            probe.rcode,
            probe.has_soa,
        ],
        separators=(",", ":"),
    )


def from_lines(lines: Iterable[str]) -> Iterator[Probe]:
    """The probes that `to_line` wrote. Lines cut short by a kill are left out; others that are none raise BadProbe."""
    for line in lines:
        if not line.endswith("]\n") and line.startswith("["):  # flat lists: their one "]" is their end
            continue
        try:
            asked_at, answered_at, name, type_, kind, generation, rcode, has_soa = json.loads(line)
        except (ValueError, TypeError):
            raise BadProbe(f"not a probe: {line[:60]!r}") from None
        if kind not in KINDS:
            raise BadProbe(f"not a probe: {line[:60]!r}")
        yield Probe(asked_at, answered_at, name, type_, kind, generation, rcode, has_soa)


def _told(name: Endpoint, addresses: tuple[str, ...], near: Generation) -> Generation | None:
    """The generation of an answer; None when any address was never this endpoint's."""
    try:
        if not all(belongs(name, address) for address in addresses):
            return None
        return min(generation_of(address, near) for address in addresses)
    except ForeignAddress:
        return None
