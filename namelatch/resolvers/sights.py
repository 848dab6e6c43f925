"""What a client saw, question by question, and how many seconds of darkness that comes to. Pure.

A question stands for the time until the next one of its stream. Dark is every question that brought no address: an
empty answer, an error, none in time. Nothing counts before the first address: the name is still being set up then.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import dropwhile
from typing import Literal

from namelatch.resolvers.cell import Cell

LOST_S = 5.0  # for an answer: as long as glibc's resolver waits by default, RES_TIMEOUT of resolv.conf(5)

Said = Literal["address", "empty", "nxdomain", "error", "lost"]


@dataclass(frozen=True, slots=True)
class Sight:
    """One question, by when it was asked (seconds of a monotonic clock), and what came of it."""

    asked_at: float
    said: Said


@dataclass(frozen=True, slots=True)
class Seen:
    """What the clients of resolvers saw until then: the steady ones, and those who came late, if any did."""

    steady: Mapping[Cell, Sequence[Sight]]
    late: Mapping[Cell, Sequence[Sight]]
    until: float


@dataclass(frozen=True, slots=True)
class Outage:
    """From the authority's first answer without an address to its next with one; `ended` None: it never came."""

    began: float
    ended: float | None


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the same dark answers, in seconds since the outage began."""

    start: float
    end: float
    said: Said


@dataclass(frozen=True, slots=True)
class Darkness:
    """Seconds without an address: before, during and after the authority's outage. `lit` is how it ended."""

    before_s: float
    during_s: float
    after_s: float
    lit: bool
    asked: int
    spans: tuple[Span, ...] = ()

    @property
    def total_s(self) -> float:
        """All of it."""
        return self.before_s + self.during_s + self.after_s

    @property
    def words(self) -> tuple[str, ...]:
        """What was said instead of addresses, each word once, the longest said first."""
        spent: Counter[str] = Counter()
        for span in self.spans:
            spent[span.said] += round(1000 * (span.end - span.start))
        return tuple(said for said, _ in spent.most_common())


def outage(authority: Sequence[Sight]) -> Outage | None:
    """The first outage in what the authority itself was seen to answer; None when there was none."""
    seen = _from_first_address(authority)
    began = next((sight.asked_at for sight in seen if sight.said != "address"), None)
    if began is None:
        return None
    ended = (sight.asked_at for sight in seen if sight.asked_at > began and sight.said == "address")
    return Outage(began, next(ended, None))


def darkness(sights: Sequence[Sight], over: Outage | None, until: float) -> Darkness:
    """What a stream of questions comes to. Its last one stands for the time to `until`."""
    seen = _from_first_address(sights)
    began, ended = (until + LOST_S, None) if over is None else (over.began, over.ended)
    before_s = during_s = after_s = 0.0
    spans: list[Span] = []
    for sight, next_at in zip(seen, (*(one.asked_at for one in seen[1:]), until), strict=False):  # none seen: none
        if sight.said == "address":
            continue
        lasted = next_at - sight.asked_at
        if sight.asked_at < began - LOST_S:  # what was asked later may have been under way when the outage began
            before_s += lasted
        elif ended is None or sight.asked_at < ended:
            during_s += lasted
        else:
            after_s += lasted
        start, end = sight.asked_at - began, next_at - began
        if spans and spans[-1].said == sight.said and spans[-1].end == start:
            start = spans.pop().start
        spans.append(Span(start, end, sight.said))
    return Darkness(before_s, during_s, after_s, bool(seen) and seen[-1].said == "address", len(seen), tuple(spans))


def tail(sights: Sequence[Sight], over: Outage, until: float) -> Darkness:
    """As `darkness`, for a client that came into the outage and never saw an address before."""
    return darkness([Sight(over.began, "address"), *sights], over, until)


def _from_first_address(sights: Sequence[Sight]) -> tuple[Sight, ...]:
    return tuple(dropwhile(lambda sight: sight.said != "address", sights))
