"""When an answer was owed: an acknowledged change is owed to clients, but not while its way to them was cut. Pure.

What was acknowledged while the DNS server could hear nothing, or shortly before, is owed once that is over.
"""

from collections.abc import Iterable, Sequence

from namelatch.chaos.catalogue import blinds
from namelatch.chaos.schedule import Done
from namelatch.demo.judge import Ack

Span = tuple[float, float]


def blind(done: Iterable[Done], beyond_s: float) -> tuple[Span, ...]:
    """The spans in which the DNS server may have heard nothing, each longer by `beyond_s`; what touches is one."""
    spans = sorted((one.since, one.until + beyond_s) for one in done if blinds(one.planned.fault, one.planned.target))
    found: list[Span] = []
    for since, until in spans:
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((since, until))
    return tuple(found)


def owed_at(acked_at: float, spans: Sequence[Span], bound_s: float) -> float:
    """From when on what was acknowledged at `acked_at` is owed, `bound_s` apart."""
    owed = acked_at
    for since, until in spans:
        if since - bound_s < owed <= until:
            owed = until
    return owed


def acks(acknowledged: Iterable[Ack], spans: Sequence[Span], bound_s: float) -> list[Ack]:
    """The acknowledgements at the times from when on they are owed."""
    return [one._replace(acked_at=owed_at(one.acked_at, spans, bound_s)) for one in acknowledged]
