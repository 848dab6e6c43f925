"""A state as both sides write it down: a row of bytes, in the order of accepts.h. One entry a field of the model.

What a process does not keep at its place is 0 in its row: a projection only names what is kept.
"""

from collections.abc import Iterable, Mapping, Sequence

from namelatch.lab.model.bounds import Bound

Row = Mapping[str, int | Sequence[int]]

PLANNER = ("at", "number", "revision")
ENACTOR = ("at", "done", "held", "fence", "old", "plan", "applied", "mine", "unlocks", "why", "yields", "undone")
ENACTOR_SETS = ("listed", "victims")
ENACTOR_LISTS = ("batch", "first", "rest", "ahead", "later", "back", "version", "gone")
COLLECTOR = (
    "at",
    "left",
    "newest",
    "applied",
    "present",
    "plans",
    "dead",
    "queue",
    "oldest",
    "scans",
    "after",
    "missed",
)
COLLECTOR_LISTS = ("batch", "version")


def planner(row: Row) -> bytes:
    """A planner's bytes."""
    return _numbers(row, PLANNER)


def enactor(bound: Bound, row: Row) -> bytes:
    """An enactor's bytes."""
    assert row.keys() <= {*ENACTOR, *ENACTOR_SETS, *ENACTOR_LISTS}, row
    return _numbers(row, (*ENACTOR, *ENACTOR_SETS)) + _lists(row, ENACTOR_LISTS, bound.endpoints)


def collector(bound: Bound, row: Row) -> bytes:
    """A collector's bytes; all 0 where there is none."""
    assert row.keys() <= {*COLLECTOR, *COLLECTOR_LISTS, "scanned"}, row
    return (
        _numbers(row, COLLECTOR) + _lists(row, COLLECTOR_LISTS, bound.endpoints) + _padded(row, "scanned", bound.plans)
    )


def mask(members: Iterable[int]) -> int:
    """A set as one byte."""
    return sum(1 << member for member in set(members))


def _numbers(row: Row, names: Iterable[str]) -> bytes:
    return bytes(int(row.get(name) or 0) for name in names)  # type: ignore[arg-type]  # numbers by their names


def _lists(row: Row, names: Iterable[str], size: int) -> bytes:
    return b"".join(_padded(row, name, size) for name in names)


def _padded(row: Row, name: str, size: int) -> bytes:
    values = tuple(row.get(name) or ())  # type: ignore[arg-type]  # lists by their names
    assert len(values) <= size, (name, values)
    return bytes(values) + bytes(size - len(values))
