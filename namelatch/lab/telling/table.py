"""A trace as a table: one line a transition, in fixed columns.

The columns: the step's number; who; the call; the generations and endpoints it is about; what came back, and what was
reported on the way; for each endpoint what its root follows afterwards; in the margin what is to be noticed there, that
is notes of the caller's, `~` a fault, `!` an invariant that falls.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from coordination.records import Endpoint
from namelatch.lab.explorer.explore import Step
from namelatch.lab.telling.words import Said, follows, heard, labels, said, told

Notes = Mapping[int, Sequence[str]]  # by the step's number, from 1


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `roots`: in the order of the endpoints. `margin`: each remark apart."""

    number: int
    who: str
    does: str
    generations: tuple[int, ...]
    endpoints: tuple[str, ...]
    outcome: str
    roots: tuple[str, ...]
    margin: tuple[str, ...]


def rows(steps: Iterable[Step], endpoints: Sequence[Endpoint], notes: Notes | None = None) -> Iterator[Row]:
    """The rows of a trace whose world has these endpoints."""
    short = labels(endpoints)
    for number, step in enumerate(steps, start=1):
        calls = step.calls
        what = said(calls[0][0]) if calls else Said("")
        outcome = [heard(calls[0][1]) if calls else "", *told(calls)]
        yield Row(
            number,
            step.who,
            ", ".join(one for one in (what.does, what.besides) if one),
            what.generations,
            tuple(short.get(name, name) for name in what.endpoints),
            "; ".join(one for one in outcome if one),
            tuple(follows(step.world.authority, name) for name in endpoints),
            (*(notes or {}).get(number, ()), *_margin(step)),
        )


def _margin(step: Step) -> Iterator[str]:
    if step.fault:
        yield f"~ {step.fault}"
    for invariant in dict.fromkeys(fall.invariant for fall in step.falls):
        yield f"! {invariant}"


def document(found: Iterable[Row]) -> list[dict[str, Any]]:
    """The rows as JSON has them."""
    return [asdict(row) for row in found]


def table(found: Iterable[Row], endpoints: Sequence[Endpoint]) -> Iterator[str]:
    """The rows in lines, under a head. A column is as wide as its widest cell; the margin is the last."""
    short = labels(endpoints)
    head = ("#", "who", "does", "gen", "endpoints", "outcome", *(f"{short[name]} ->" for name in endpoints), "")
    cells = [head, *(_cells(row) for row in found)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    for line in cells:
        numbered = line[0].rjust(widths[0])
        padded = (cell.ljust(width) for cell, width in zip(line[1:], widths[1:], strict=True))
        yield "  ".join((numbered, *padded)).rstrip()


def _cells(row: Row) -> tuple[str, ...]:
    generations = " ".join(map(str, row.generations))
    told_ = (str(row.number), row.who, row.does, generations, ", ".join(row.endpoints), row.outcome)
    return (*told_, *row.roots, "; ".join(row.margin))
