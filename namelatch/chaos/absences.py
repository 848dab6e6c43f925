"""Names that were taken down on purpose: from when to when one may be told that they are not there. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import inf
from typing import NamedTuple

from coordination.records import Endpoint
from namelatch.demo.judge import Absence, Ack
from namelatch.matrix.owed import Published


class Away(NamedTuple):
    """A name was taken down, when (monotonic seconds); `back`: the revision of the inputs that brought it back."""

    endpoint: Endpoint
    since: float
    back: int | None = None


def absences(away: Sequence[Away], owed: Iterable[Ack], published: Published) -> Iterator[Absence]:
    """Each absence until the first acknowledgement of a plan that knows of the return, as `owed` has it in time."""
    found: dict[Endpoint, list[Ack]] = {one.endpoint: [] for one in away}
    for ack in owed:
        if ack.endpoint in found:
            found[ack.endpoint].append(ack)
    for one in away:
        yield Absence(one.endpoint, one.since, _until(one, found, published))


def _until(one: Away, acks: Mapping[Endpoint, Sequence[Ack]], published: Published) -> float:
    least = None if one.back is None else published.first(one.back)
    if least is None:
        return inf
    return min((ack.acked_at for ack in acks[one.endpoint] if ack.generation >= least), default=inf)
