"""Whether the authority's order is the order of time: who is answered before another asks comes first. Pure.

The authority numbers its commits by revision; refused commits and reads name the revision that they looked at, and so
does a deletion of what is not there. So the order of revisions is known, and needs no search: a commit's revision is
above every revision that was answered before it was asked, and nobody looks at less than what was answered before he
asked. Times are of one clock that all writers share, as the monotonic clock of one machine is.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from coordination.lines import Line

# Deletions that no law ties to there being something to delete. Where there is nothing, etcd counts no revision.
_PERHAPS_NOTHING = frozenset({"unclaim", "unlead", "lift", "drop tree", "drop generation"})


class Crossed(NamedTuple):
    """Two lines in the wrong order, by their places: `later` was asked after `earlier` was answered."""

    earlier: int
    later: int


def numbered(line: Line) -> bool:
    """Whether a line names the revision at which it happened."""
    return bool(line.get("revision")) and line.get("out", "committed") in {"committed", "conflict"}


def _changed(line: Line) -> bool:
    """Whether a line certainly is a revision of its own."""
    return line.get("out") == "committed" and not all(change[0] in _PERHAPS_NOTHING for change in line["changes"])


def crossed(lines: Sequence[Line]) -> Iterator[Crossed]:
    """Each line whose revision is not above (a look: below) the highest answered before it was asked."""
    places = [place for place, line in enumerate(lines) if numbered(line)]
    asked = sorted(places, key=lambda place: lines[place]["asked"])
    answered = sorted(places, key=lambda place: lines[place]["answered"])
    highest, at, next_ = 0, -1, 0
    for place in asked:
        line = lines[place]
        while next_ < len(answered) and lines[answered[next_]]["answered"] < line["asked"]:
            before = lines[answered[next_]]
            if before["revision"] > highest:
                highest, at = before["revision"], answered[next_]
            next_ += 1
        least = highest + 1 if _changed(line) else highest
        if at >= 0 and line["revision"] < least:
            yield Crossed(at, place)
    yield from _twice(lines, [place for place in places if _changed(lines[place])])


def _twice(lines: Sequence[Line], committed: Sequence[int]) -> Iterator[Crossed]:
    """Two commits of one revision that were under way at once."""
    first: dict[int, int] = {}
    for place in committed:
        other = first.setdefault(lines[place]["revision"], place)
        if other != place and lines[place]["asked"] <= lines[other]["answered"]:
            yield Crossed(other, place)
