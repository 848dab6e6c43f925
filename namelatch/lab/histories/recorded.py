"""Histories on disk: one file, or a directory with one `*.history.jsonl` a role, read and looked through.

A file begins with an opening line that names the version of what follows. Each line must be one that a recorder
writes: whoever judges later need not doubt it. What is cut short (by a kill, or a full disk) is named and left
out; whether that will do is for the caller to say. Anything else is refused in one line with its place.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coordination.history import joined
from coordination.lines import FORMAT, Line
from namelatch.lab.histories.shapes import is_line

SUFFIX = ".history.jsonl"


class NoHistory(ValueError):
    """What was read is no history. One line that says where and why."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """All lines of all writers in order of time, each with its `place`; `torn` has the places of lines cut short."""

    lines: list[Line]
    torn: tuple[str, ...]


def read(path: Path) -> Recorded:
    """A whole history: of a file, or of a directory's files together. Raises NoHistory."""
    if path.is_dir():
        files = sorted(path.glob(f"*{SUFFIX}"))
        if not files:
            within = ", ".join(sorted({file.parent.name for file in path.glob(f"*/*{SUFFIX}")}))
            raise NoHistory(f"{path}: no *{SUFFIX} in it" + (f", but in its {within}" if within else ""))
    else:
        files = [path]
        if path.name.endswith(SUFFIX) and len(list(path.parent.glob(f"*{SUFFIX}"))) > 1:
            raise NoHistory(f"{path}: one role's part of a history: name its directory, {path.parent}")
    lines: list[Line] = []
    torn: list[str] = []
    for file in files:
        lines += _file(file, torn)
    if not lines:
        raise NoHistory(f"{path}: an empty history: nothing was recorded")
    return Recorded(sorted(lines, key=lambda line: float(line["answered"])), tuple(torn))


def _file(path: Path, torn: list[str]) -> Iterator[Line]:
    try:
        with path.open("rb") as file:
            texts = file.read().split(b"\n")
    except OSError as error:
        raise NoHistory(f"{path}: {error.strerror}") from None
    if texts == [b""]:
        return
    try:
        yield from joined(_parsed(path, texts, torn))
    except ValueError as error:
        raise error if isinstance(error, NoHistory) else NoHistory(f"{path}: {error}") from None


def _parsed(path: Path, texts: list[bytes], torn: list[str]) -> Iterator[Line]:
    for number, text in enumerate(texts, 1):
        place = f"{path.name}:{number}"
        if not text and number > 1:
            continue
        try:
            line = json.loads(text)
        except (ValueError, RecursionError):
            if number == 1:
                raise NoHistory(f"{path}: no history: its first line is none that a recorder writes") from None
            torn.append(place)
            continue
        if number == 1:
            _check_opening(path, line)
        if not is_line(line):
            raise NoHistory(f"{path}:{number}: no line of a history")
        yield line | {"place": place}


def _check_opening(path: Path, line: Any) -> None:
    if not isinstance(line, dict) or line.get("call") != "opened":
        raise NoHistory(f"{path}: no history: its first line is none that a recorder writes")
    if line.get("history") != FORMAT:
        raise NoHistory(f"{path}: a history of version {line.get('history')!r}; this namelatch reads version {FORMAT}")
