"""Who is answered before another asks comes before him, by the authority's own numbers."""

import pytest

from coordination.lines import Line
from namelatch.lab.histories.order import Crossed, crossed


def line(asked: float, answered: float, revision: int | None, out: str | None = "committed", *verbs: str) -> Line:
    found: Line = {"asked": asked, "answered": answered, "call": "read" if out is None else "commit"}
    found |= {} if out is None else {"changes": [[verb] for verb in verbs or ("enact",)]}
    return found | ({} if revision is None else {"revision": revision}) | ({} if out is None else {"out": out})


GOOD = {
    "nothing": [],
    "one after another": [line(0, 1, 5), line(2, 3, 6), line(4, 5, 9)],
    "under way at once, either way": [line(0, 9, 7), line(1, 2, 5), line(3, 4, 6)],
    "asked at the moment of an answer": [line(0, 1, 7), line(1, 2, 5)],
    "looks see what was committed": [line(0, 1, 5), line(2, 3, 5, "conflict"), line(4, 5, 5, None)],
    "a deletion of nothing": [
        line(0, 1, 5),
        line(2, 3, 5, "committed", "unlead"),
        line(2, 5, 5, "committed", "unclaim"),
    ],
    "a deletion of something": [line(0, 1, 5), line(2, 3, 6, "committed", "drop tree"), line(4, 5, 7)],
    "what has no number": [
        line(0, 1, 5),
        line(2, 3, None, "unknown"),
        line(4, 5, 0, "conflict"),
        line(6, 7, None, None),
    ],
    "in another order of lines": [line(4, 5, 9), line(0, 1, 5), line(2, 3, 6)],
}
BAD = {
    "a commit below": ([line(0, 1, 7), line(2, 3, 5)], [Crossed(0, 1)]),
    "a commit at the same": ([line(0, 1, 7), line(2, 3, 7, "conflict"), line(4, 5, 7)], [Crossed(0, 2)]),
    "a deletion in the past": ([line(0, 1, 7), line(2, 3, 6, "committed", "unlead")], [Crossed(0, 1)]),
    "a deletion with more": ([line(0, 1, 7), line(2, 3, 7, "committed", "unclaim", "enact")], [Crossed(0, 1)]),
    "a deletion of what was there, by law": ([line(0, 1, 7), line(2, 3, 7, "committed", "unlock")], [Crossed(0, 1)]),
    "a read of the past": ([line(0, 1, 7), line(2, 3, 6, None)], [Crossed(0, 1)]),
    "a conflict with the past": ([line(0, 1, 7), line(2, 3, 6, "conflict")], [Crossed(0, 1)]),
    "below the highest, not the last": ([line(0, 1, 9), line(0, 2, 4), line(3, 4, 6)], [Crossed(0, 2)]),
    "two of one number under way at once": ([line(0, 5, 7), line(1, 5, 7)], [Crossed(0, 1)]),
    "each that is crossed": ([line(0, 1, 9), line(2, 3, 5), line(4, 5, 6)], [Crossed(0, 1), Crossed(0, 2)]),
}


@pytest.mark.parametrize("name", GOOD)
def test_these_are_in_order(name: str) -> None:
    assert list(crossed(GOOD[name])) == []


@pytest.mark.parametrize("name", BAD)
def test_these_are_crossed(name: str) -> None:
    lines, wanted = BAD[name]
    assert list(crossed(lines)) == wanted
