"""When an answer was owed: an acknowledged change is owed to clients, but not while its way to them was cut. Pure.

Faults of the DNS server and of the whole of etcd *blind*: while they last nothing new is heard, and what was
acknowledged meanwhile, or up to the bound before, is owed once they are over. One that begins before the bound has
passed again leads into the next: the server may not have caught up.

A fault of one etcd member, or of its link, is a *stall*: the server goes over to another member, and lists there all
that was acknowledged up to then. So it excuses what was acknowledged meanwhile, once, and leads into no other stall;
nor does it excuse for longer than the server may take to find out. Two at a time are no longer one member's loss: they
blind.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate
from math import inf

from namelatch.chaos.catalogue import GRADUAL, blinds, stalls
from namelatch.chaos.schedule import Done
from namelatch.demo.judge import Ack
from namelatch.demo.probes import Probe

Span = tuple[float, float]

# etcd's client gives a silent connection up after 15 s; a call under way takes 5 s more, a watch without a heartbeat
# another 5 s (coordination.etcd.connections, .settings). From then on nothing is asked of that member.
FINDS_OUT_S = 25.0


class Excuses:
    """What the faults of a run excuse, with `beyond_s` after each to catch up. A sole member leaves no other.

    `bound_s` is what clients are promised, from an acknowledgement to every answer: a fault that comes within it
    excuses, too.
    """

    def __init__(self, done: Iterable[Done], members: int, beyond_s: float, bound_s: float) -> None:
        struck = [one for one in done if _struck(one)]
        stalled = [(one.since, one.until) for one in struck if stalls(one.planned.fault, one.planned.target)]
        lone, together = _apart(stalled) if members > 1 else ([], stalled)
        blind = [(one.since, one.until) for one in struck if blinds(one.planned.fault, one.planned.target)]
        self._bound_s, self._lead_s = bound_s, bound_s - beyond_s
        self._blind = _Zones(
            _chained(((since, until + beyond_s) for since, until in (*blind, *together)), self._lead_s)
        )
        self._stalls = _Zones((since, min(until, since + FINDS_OUT_S) + beyond_s) for since, until in lone)
        zones = (self._blind, self._stalls)
        begins = (since - bound_s for zone in zones for since in zone.since)
        self._edges = sorted({*begins, *(until for zone in zones for until in zone.until)})
        self._owed = list(map(self.owed_at, self._edges))

    def owed_at(self, acked_at: float) -> float:
        """From when on what was acknowledged then is owed, the bound apart."""
        at, lead_s = acked_at, self._bound_s
        for zones in (self._blind, self._stalls, self._blind):
            end = zones.after(at, lead_s)
            if end is not None:
                at, lead_s = end, self._lead_s
        return at

    def allowed_s(self, asked_at: float) -> float:
        """How old an answer to a question of that time may be: what was acknowledged before that is owed in it."""
        at = asked_at - self._bound_s
        if self.owed_at(at) > at:  # excused, as is all before it, back to the edge of an excuse that was over by then
            at = self._edges[bisect_right(self._owed, at) - 1]
        return asked_at - at


class _Zones:
    """Spans by their beginning: `until` has for each the latest end of all that began up to then."""

    def __init__(self, spans: Iterable[Span]) -> None:
        ordered = sorted(spans)
        self.since = [since for since, _ in ordered]
        self.until = list(accumulate((until for _, until in ordered), max))

    def after(self, at: float, lead_s: float) -> float | None:
        """The end of what the time lies in, or in less than `lead_s` before; None where there is no such thing."""
        place = bisect_left(self.since, at + lead_s)
        return self.until[place - 1] if place and at <= self.until[place - 1] else None


def acks(acknowledged: Iterable[Ack], excuses: Excuses) -> list[Ack]:
    """The acknowledgements at the times from when on they are owed."""
    return [one._replace(acked_at=excuses.owed_at(one.acked_at)) for one in acknowledged]


def held_to(probes: Iterable[Probe], names: frozenset[str], excuses: Excuses, most_s: float) -> int:
    """How many answers about these names might be no older than `most_s`, or less."""
    answers = (probe for probe in probes if probe.kind == "answer" and probe.name in names)
    return sum(excuses.allowed_s(probe.asked_at) <= most_s for probe in answers)


def _struck(one: Done) -> bool:
    """Whether it did anything. One that could not be done did not, unless it had begun: it is told of by then, or is
    of a kind that takes its time before it is in place."""
    return not one.failed or bool(one.told) or one.planned.fault in GRADUAL


def _apart(spans: Iterable[Span]) -> tuple[list[Span], list[Span]]:
    """Those that met no other, and those that did."""
    groups = list(_groups(spans, 0.0))
    lone = [group[0] for group in groups if len(group) == 1]
    return lone, [span for group in groups if len(group) > 1 for span in group]


def _chained(spans: Iterable[Span], lead_s: float) -> Iterator[Span]:
    """Each span until the end of the last that it leads into."""
    for group in _groups(spans, lead_s):
        last = max(until for _, until in group)
        yield from ((since, last) for since, _ in group)


def _groups(spans: Iterable[Span], lead_s: float) -> Iterator[list[Span]]:
    """Spans of which each begins before, or less than `lead_s` after, the end of those before it."""
    group: list[Span] = []
    last = -inf
    for since, until in sorted(spans):
        if group and since - lead_s >= last:
            yield group
            group = []
        group.append((since, until))
        last = max(last, until)
    if group:
        yield group
