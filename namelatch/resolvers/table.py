"""From what the clients saw to the table, its words, and what in it is not as it should be. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from namelatch.resolvers.cell import Cell
from namelatch.resolvers.sights import Darkness, Outage, Seen, darkness, tail

SLACK_S = 6.0  # over MINIMUM: a question a second, a refresh that takes 1.8 s at most, and Knot keeps nothing under 5 s


@dataclass(frozen=True, slots=True)
class Row:
    """One cell. `late_s` is how long after the repair somebody is dark who came shortly before it."""

    cell: Cell
    darkness: Darkness
    late_s: float | None = None
    late_lit: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """What clients saw of one posture or accident. `outage_s` None: the authority itself was never dark.

    `versions` are the resolvers', by kind.
    """

    what: str
    story: str
    outage_s: float | None
    ended: bool
    rows: tuple[Row, ...]
    versions: Mapping[str, str]


def tabulate(what: str, story: str, seen: Seen, over: Outage | None, versions: Mapping[str, str]) -> Table:
    """The table of what was seen."""
    rows = []
    for cell, sights in seen.steady.items():
        late = tail(seen.late[cell], over, seen.until) if over is not None and cell in seen.late else None
        row = Row(cell, darkness(sights, over, seen.until))
        rows.append(row if late is None else Row(cell, row.darkness, late.after_s, late.lit))
    outage_s = None if over is None else (over.ended or seen.until) - over.began
    return Table(what, story, outage_s, over is None or over.ended is not None, tuple(rows), versions)


def shortfalls(table: Table, dark: bool, bounded: bool) -> tuple[str, ...]:
    """In what the table is not as it should be: nobody dark; or everybody, and lit again.

    With `bounded`, each lit again within MINIMUM of the repair.
    """
    if not dark:
        lost = [row for row in table.rows if row.darkness.total_s > 0]
        return tuple(f"{row.cell.name}: dark for {row.darkness.total_s:.0f} s, and should never be" for row in lost)
    if table.outage_s is None:
        return ("the authority was never dark",)
    return (*(() if table.ended else ("the authority is still dark",)), *_dark_shortfalls(table, bounded))


def _dark_shortfalls(table: Table, bounded: bool) -> Iterator[str]:
    for row in table.rows:
        if row.darkness.before_s > 0:
            yield f"{row.cell.name}: dark for {row.darkness.before_s:.0f} s before there was an outage"
        if bounded and row.darkness.total_s == 0:
            yield f"{row.cell.name}: saw nothing of the outage"
        if not (row.darkness.lit and row.late_lit):
            yield f"{row.cell.name}: still dark in the end"
        longest = max(row.darkness.after_s, row.late_s or 0.0)
        if bounded and longest > row.cell.minimum_s + SLACK_S:
            yield f"{row.cell.name}: dark for {longest:.0f} s after the repair, MINIMUM is {row.cell.minimum_s} s"


HEADINGS = ("in all", "after", "late")
LEGEND = (
    "in all: seconds in which a client that asks once a second got no address; after: those of them after the repair; "
    "late: seconds after the repair for a client that first asked just before it"
)


def cells(row: Row) -> tuple[str, ...]:
    """The row's figures, as HEADINGS has them."""
    return (
        _seconds(row.darkness.total_s, row.darkness.lit),
        _seconds(row.darkness.after_s, row.darkness.lit),
        "-" if row.late_s is None else _seconds(row.late_s, row.late_lit),
    )


def _seconds(value: float, lit: bool) -> str:
    return f"{value:.0f}" if lit else f">{value:.0f}"  # it was still dark when nobody looked any longer


def headline(table: Table) -> str:
    """What the authority did, in one line."""
    if table.outage_s is None:
        return f"{table.what}: the authority always had an address"
    return f"{table.what}: the authority was dark for {table.outage_s:.0f} s ({table.story})"


def by_resolver(table: Table) -> Iterator[tuple[str, bool, tuple[Row, ...]]]:
    """Lines as they are shown: a resolver with its version, with or without serve-stale, its rows by MINIMUM."""
    for (kind, stale), rows in groupby(table.rows, key=lambda row: (row.cell.kind, row.cell.serve_stale)):
        yield f"{kind} {table.versions[kind]}", stale, tuple(rows)


def lines(table: Table) -> tuple[str, ...]:
    """The table for people."""
    minimums = tuple(dict.fromkeys(row.cell.minimum_s for row in table.rows))
    width = 7 * len(HEADINGS)
    over = "".join(f"  {f'MINIMUM {minimum} s':>{width - 1}}" for minimum in minimums)
    under = "".join(f" {''.join(f'{name:>7}' for name in HEADINGS)}" for _ in minimums)
    told = [headline(table), f"{'':30}{over}", f"{'resolver':17} {'serve-stale':12}{under}"]
    for resolver, stale, rows in by_resolver(table):
        figures = "".join(f" {''.join(f'{cell:>7}' for cell in cells(row))}" for row in rows)
        told.append(f"{resolver:17} {'yes' if stale else 'no':12}{figures}  {_instead(rows)}".rstrip())
    return tuple(told)


def _instead(rows: tuple[Row, ...]) -> str:
    """What was said instead of addresses."""
    return ", ".join(dict.fromkeys(word for row in rows for word in row.darkness.words))


def document(table: Table) -> dict[str, Any]:
    """The table for machines."""
    return {
        "what": table.what,
        "story": table.story,
        "outage_s": None if table.outage_s is None else round(table.outage_s, 3),
        "ended": table.ended,
        "versions": dict(table.versions),
        "cells": [_row(row) for row in table.rows],
    }


def _row(row: Row) -> dict[str, Any]:
    found = row.darkness
    return asdict(row.cell) | {
        "asked": found.asked,
        "dark_s": round(found.total_s, 3),
        "before_s": round(found.before_s, 3),
        "during_s": round(found.during_s, 3),
        "after_s": round(found.after_s, 3),
        "late_s": None if row.late_s is None else round(row.late_s, 3),
        "lit": found.lit and row.late_lit,
        "spans": [[round(span.start, 3), round(span.end, 3), span.said] for span in found.spans],
    }
