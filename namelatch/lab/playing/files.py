"""A schedule on file: which scenario, under which posture, within which bounds, who did what, and what fell.

The file is JSON, with the number of its form. It names processes, faults and calls in words (`asks.py`), so that people
can read it, and so that a protocol that asks for other things by now is noticed at the first step where it does.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from namelatch.lab.bounds import budget_of
from namelatch.lab.explorer.explore import Budget
from namelatch.lab.playing.stage import WORDS, Act

FORM = "namelatch lab replay"
VERSION = 1
FILE_BYTES = 16_000_000  # a schedule has some hundred steps of a hundred bytes each: anything larger is the wrong file


class BadReplay(ValueError):
    """A file that is no replay, or not one of this form. The text is one line."""


@dataclass(frozen=True, slots=True)
class Fell:
    """An invariant that fell, after which step, where first, and how."""

    invariant: str
    step: int
    where: str
    how: str


@dataclass(frozen=True, slots=True)
class Replay:
    """What a file holds. `safeguards`: just these, under the composition of `posture`; None: the posture's own."""

    scenario: str
    posture: str
    safeguards: tuple[str, ...] | None
    bounds: Budget
    acts: tuple[Act, ...]
    fell: tuple[Fell, ...]


def written(replay: Replay) -> str:
    """The file's text."""
    return json.dumps({"form": FORM, "version": VERSION, **asdict(replay)}, indent=1) + "\n"


def read(path: Path) -> Replay:
    """The replay in a file. Raises BadReplay."""
    try:
        with path.open("rb") as file:
            text = file.read(FILE_BYTES + 1)
    except OSError as error:
        raise BadReplay(f"{path}: {error.strerror}") from None
    if len(text) > FILE_BYTES:
        raise BadReplay(f"{path}: larger than {FILE_BYTES} bytes, this is no replay")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise BadReplay(f"{path}: not JSON") from None
    if not isinstance(content, dict) or content.get("form") != FORM:
        raise BadReplay(f"{path}: not a replay of 'namelatch lab check --save'")
    if content.get("version") != VERSION:
        raise BadReplay(f"{path}: form {content.get('version')!r} of replays, this namelatch reads form {VERSION}")
    try:
        return _read(content)
    except (KeyError, TypeError, ValueError) as error:
        raise BadReplay(f"{path}: broken replay: {type(error).__name__}: {error}") from None


def _read(content: dict[str, Any]) -> Replay:
    guards = content["safeguards"]
    schedule = tuple(Act(_text(one["who"]), _fault(one["fault"]), _text(one["asks"])) for one in content["acts"])
    fell = (
        Fell(_text(one["invariant"]), int(one["step"]), _text(one["where"]), _text(one["how"]))
        for one in content["fell"]
    )
    return Replay(
        _text(content["scenario"]),
        _text(content["posture"]),
        None if guards is None else tuple(_text(name) for name in guards),
        budget_of(content["bounds"]),
        schedule,
        tuple(fell),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.40} is no text")
    return value


def _fault(value: object) -> str:
    if value not in WORDS:
        raise ValueError(f"{value!r:.40} is no fault: there are {', '.join(word for word in WORDS if word)}")
    return str(value)
