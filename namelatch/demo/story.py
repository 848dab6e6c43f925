"""One posture's run as it is told: plain values, measured by the race, drawn by the report, printed by the screen.

Times are seconds since the posture's start. A point says that from `t` on a series stands at a generation
(an enactor: the plan in its hand; the root: what the regional endpoint follows), None when it has none.
"""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from namelatch.resolvers.table import Table

Series = Literal["a", "b", "c", "root"]
SERIES: tuple[Series, ...] = ("a", "b", "c", "root")

MarkKind = Literal[
    "published", "began-old", "alarm", "finished", "listed", "wrote-back", "yielded", "deleted", "wedged", "other"
]

AnswerKind = Literal["answer", "empty", "lost", "wrong"]


@dataclass(frozen=True, slots=True)
class Point:
    """From `t` on, `series` stands at `generation`."""

    t: float
    series: Series
    generation: int | None


@dataclass(frozen=True, slots=True)
class Mark:
    """Something happened at `t`: who did it (an az, "planner", "collector", "probe"), and one line about it."""

    t: float
    who: str
    kind: MarkKind
    text: str
    generation: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What one question about the regional endpoint came to. `wrong` is any answer but addresses or none."""

    t: float
    generation: int | None
    kind: AnswerKind


@dataclass(frozen=True, slots=True)
class LostInvariant:
    """An invariant that did not hold, and how it was lost, in a few words."""

    id: str
    how: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `as_expected` is whether the posture did what the record says it does."""

    posture: str
    records: int
    generations: int
    probes: int
    lost: int
    empty: int
    stale: int
    seconds_dark: float
    wedged: bool
    converged: bool
    lost_invariants: tuple[LostInvariant, ...] = ()
    as_expected: bool = True


@dataclass(frozen=True, slots=True)
class Story:
    """One posture: its lines, its events, the answers its customers got, and its row of the table."""

    posture: str
    points: tuple[Point, ...]
    marks: tuple[Mark, ...]
    answers: tuple[Answer, ...]
    row: Row


@dataclass(frozen=True, slots=True)
class Link:
    """A file beside the report: its relative path and what is in it."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Race:
    """The whole run. `started` is a wall-clock time for people, `command` what to type to see it again."""

    started: str
    command: str
    cause: str
    stories: tuple[Story, ...]
    links: tuple[Link, ...] = ()
    notes: tuple[str, ...] = ()
    resolvers: tuple[Table, ...] = ()


def as_json(row: Row) -> dict[str, Any]:
    """The row as JSON has it."""
    return asdict(row)
