"""Whether a JSON value is a line that a recorder writes: of a known call, with every field that is judged. Pure."""

from collections.abc import Callable
from math import isfinite
from types import NoneType
from typing import Any

from coordination.lines import FORMAT, Line, is_change, is_condition


def is_line(value: Any) -> bool:
    """Whether it may be judged without a further doubt."""
    if not isinstance(value, dict) or not isinstance(value.get("who"), str):
        return False
    call = value.get("call")
    known = _CALLS.get(call) if isinstance(call, str) else None
    return known is not None and known(value)


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and isfinite(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and value >= 0


def _is_opening(line: Line) -> bool:
    return line.get("history") == FORMAT and _is_time(line.get("at"))


def _is_commit(line: Line) -> bool:
    changes, conditions = line.get("changes"), line.get("if", [])
    if not _is_time(line.get("asked")) or not isinstance(changes, list) or not isinstance(conditions, list):
        return False
    if not all(map(is_change, changes)) or not all(is_condition(one, changes) for one in conditions):
        return False
    return _is_number(line["n"]) if "n" in line else _is_ended(line)


def _is_outcome(line: Line) -> bool:
    return _is_number(line.get("n")) and _is_ended(line)


def _is_ended(line: Line) -> bool:
    if not _is_time(line.get("answered")):
        return False
    match line.get("out"):
        case "committed":
            return _is_number(line.get("revision")) and line["revision"] > 0
        case "conflict":
            lost = line.get("lost")
            return isinstance(lost, list) and all(map(_is_lost, lost)) and _is_number(line.get("revision"))
        case "unknown" | "unsent":
            return True
    return False


_LOST: tuple[Any, ...] = ((int, NoneType), str, str)
_ROOT: tuple[Any, ...] = (str, (int, NoneType), (int, NoneType), bool, int)


def _is_lost(value: Any) -> bool:
    return isinstance(value, list) and len(value) == len(_LOST) and all(map(isinstance, value, _LOST))


def _is_list(line: Line) -> bool:
    return _is_time(line.get("asked")) and _is_time(line.get("answered"))


def _is_read(line: Line) -> bool:
    roots = line.get("roots")
    numbered = _is_number(line.get("revision", 0))
    return _is_list(line) and numbered and isinstance(roots, list) and all(map(_is_root, roots))


def _is_root(value: Any) -> bool:
    return isinstance(value, list) and len(value) == len(_ROOT) and all(map(isinstance, value, _ROOT))


_CALLS: dict[str, Callable[[Line], bool]] = {
    "opened": _is_opening,
    "commit": _is_commit,
    "outcome": _is_outcome,
    "list": _is_list,
    "read": _is_read,
    "roots": _is_read,
}
