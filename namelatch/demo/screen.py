"""What a person sees while the race runs, and the table at its end; or, for a program, one JSON object.

Everything shown was measured. On a terminal one line at the bottom lives and notes scroll above it; into a
file or a pipe the living line is printed now and then instead. With `--json`, standard output gets exactly
one object at the end and progress goes to standard error as plain lines.
"""

import json
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self, TextIO

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from namelatch.demo.captions import verdict
from namelatch.demo.report import COLUMNS, cells, wrong
from namelatch.demo.story import SERIES, Row, Series

STILL_HERE_S = 5.0  # without a terminal, so often at most: enough to see that it moves

WIDE = 120  # characters, for the full table with the longest posture's name

_SHORT = ("posture", "records", "gens", "probes", "lost", "empty", "stale", "dark s", "wedged", "conv")  # 80 hold it
_STYLES: dict[Series, str] = {"a": "dark_orange3", "b": "dodger_blue2", "c": "cyan4", "root": "bold"}


@dataclass(frozen=True, slots=True)
class Status:
    """One moment of a posture: seconds since its start, who stands at which generation, what probes have seen.

    `answered` is the generation that the regional name answered last, or a word such as "EMPTY".
    """

    posture: str
    t: float
    hands: tuple[tuple[Series, int | None], ...] = ()
    answered: str = ""
    asked: int = 0
    empty: int = 0
    lost: int = 0
    doing: str = ""


class Screen(Protocol):
    """Where progress goes. A context: leaving it gives the terminal back."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None: ...

    def note(self, posture: str, text: str) -> None:
        """Something has happened; `posture` may be empty."""
        ...

    def live(self, status: Status) -> None:
        """How things stand now: replaces what was said before."""
        ...

    def table(self, rows: Sequence[Row]) -> None:
        """The table at the end."""
        ...

    def lines(self, lines: Iterable[str]) -> None:
        """What is laid out already, after the table."""
        ...

    def finish(self, result: dict[str, Any]) -> None:
        """The last word. `result` is what result.json has; people are shown its `report`, a path."""
        ...


def open_screen(as_json: bool) -> Screen:
    """The screen for people, or the one for programs."""
    return JsonScreen(sys.stdout, sys.stderr) if as_json else RichScreen(Console(highlight=False))


class RichScreen:
    """For people."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None
        self._started_at = time.monotonic()
        self._printed_at = self._started_at

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._still()

    def note(self, posture: str, text: str) -> None:
        """A line that stays."""
        line = Text(f"{time.monotonic() - self._started_at:6.1f} s  ", style="dim")
        line.append(f"{posture:<21}" if posture else "", style="bold not dim")
        line.append(text, style="not dim")
        self._console.print(line, soft_wrap=True)
        self._printed_at = time.monotonic()

    def live(self, status: Status) -> None:
        """The line that lives."""
        if self._console.is_terminal:
            if self._live is None:
                self._live = Live(console=self._console, auto_refresh=False, transient=True)
                self._live.start()
            self._live.update(standing(status), refresh=True)
        elif time.monotonic() - self._printed_at >= STILL_HERE_S:
            self.note(status.posture, standing(status).plain.removeprefix(status.posture).strip())

    def table(self, rows: Sequence[Row]) -> None:
        """The table, and under it how each invariant was lost."""
        self._still()
        self._console.print()
        self._console.print(table(rows, self._console.width))
        for row in rows:
            for one in row.lost_invariants:
                self._console.print(Text(f"  {row.posture}: {one.id}: {one.how}", style="dim"), soft_wrap=True)

    def lines(self, lines: Iterable[str]) -> None:
        """As they are."""
        for line in lines:
            self._console.print(Text(line), soft_wrap=True)

    def finish(self, result: dict[str, Any]) -> None:
        """Where the page is: the table has said the rest."""
        self._still()
        if "report" in result:
            self._console.print(Text(f"\nThe whole story: {result['report']}"), soft_wrap=True)

    def _still(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None


class JsonScreen:
    """For programs."""

    def __init__(self, out: TextIO, err: TextIO) -> None:
        self._out, self._err = out, err
        self._printed_at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._err.flush()

    def note(self, posture: str, text: str) -> None:
        """A line to standard error."""
        self._err.write(f"{posture}: {text}\n" if posture else f"{text}\n")
        self._err.flush()
        self._printed_at = time.monotonic()

    def live(self, status: Status) -> None:
        """A line to standard error, now and then."""
        if time.monotonic() - self._printed_at >= STILL_HERE_S:
            self.note("", standing(status).plain)

    def table(self, rows: Sequence[Row]) -> None:
        """Nothing: the object has it."""

    def lines(self, lines: Iterable[str]) -> None:
        """Nothing: the object has it."""

    def finish(self, result: dict[str, Any]) -> None:
        """The one object."""
        self._out.write(json.dumps(result, indent=2) + "\n")
        self._out.flush()


def standing(status: Status) -> Text:
    """The status as one line."""
    line = Text(f"{status.posture}  ", style="bold")
    line.append(f"{status.t:5.1f} s", style="not bold dim")
    for series, generation in sorted(status.hands, key=lambda hand: SERIES.index(hand[0])):
        line.append(f"  {series} ", style="not bold dim")
        line.append("-" if generation is None else str(generation), style=_STYLES[series])
    if status.answered:
        line.append("  answered ", style="not bold dim")
        line.append(status.answered, style="bold red" if status.empty and not status.answered.isdigit() else "bold")
    if status.asked:
        line.append(f"  {status.asked:,} asked, {status.lost:,} lost, ", style="not bold dim")
        line.append(f"{status.empty:,} empty", style="bold red" if status.empty else "not bold dim")
    line.append(f"  {status.doing}" if status.doing else "", style="not bold italic")
    return line


def table(rows: Sequence[Row], width: int) -> Table:
    """The rows as COLUMNS names them, bad news in red; short headings where `width` characters hold no more."""
    wide = width >= WIDE
    lines = [[*zip(cells(row), wrong(row), strict=True), _said(row)] for row in rows]
    shown = Table(box=None, header_style="dim", padding=(0, 1, 0, 0))
    for index, name in enumerate((*COLUMNS, "outcome") if wide else _SHORT):
        shown.add_column(name, justify="right" if 0 < index < len(COLUMNS) else "left", no_wrap=True)
    for line in lines:
        kept = line if wide else line[: len(_SHORT)]
        shown.add_row(*(Text(cell, style="red" if bad else "") for cell, bad in kept))
    return shown


def _said(row: Row) -> tuple[str, bool]:
    return verdict(row) + ("" if row.as_expected else ", unexpectedly"), not row.as_expected or verdict(row) != "held"
