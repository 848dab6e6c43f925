"""What a stopped coroutine keeps (`freeze.py`), frame by frame: locals by name, and what lies on the stacks."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from actors.walk import Walk
from namelatch.lab.explorer.lives import FORGOTTEN

WALK = tuple(one.name for one in fields(Walk) if one.name not in FORGOTTEN)


@dataclass(frozen=True, slots=True)
class Frame:
    """One suspended frame."""

    function: str
    bound: dict[str, Any]
    stack: tuple[Any, ...]


class Kept:
    """All frames of one process, by their function's name; of two with one name, the inner one."""

    def __init__(self, kept: Any) -> None:
        self._all = tuple(_everything(kept))
        self._frames = {frame.function.rpartition(".")[2]: frame for frame in map(_frame, self._all) if frame}

    def stands_in(self, function: str) -> bool:
        """Whether that function is being executed."""
        return function in self._frames

    def local(self, function: str, name: str) -> Any:
        """A local of a function that is being executed. Raises KeyError where it is not kept."""
        return self._frames[function].bound[name]

    def has(self, function: str, name: str) -> bool:
        """Whether a local is kept."""
        return function in self._frames and name in self._frames[function].bound

    def on_stack(self, function: str, kind: str) -> Any:
        """The value of that type on a function's stack; None where there is none."""
        return next((one for one in self._frames[function].stack if kind_of(one) == kind), None)

    def walk(self) -> dict[str, Any]:
        """The attributes of the walk under way."""
        found = next(one for one in self._all if kind_of(one) == "Walk")
        return dict(zip(WALK, found[1:], strict=True))

    def stopped(self) -> str | None:
        """The reason for which an enactment was stopped that has not ended yet."""
        return next((str(one[1]) for one in self._all if kind_of(one) == "Stopped"), None)


def kind_of(value: Any) -> str | None:
    """The type's name of a frozen value that is kept as a tuple."""
    return value[0] if isinstance(value, tuple) and value and isinstance(value[0], str) else None


def items(value: Any) -> tuple[Any, ...]:
    """The elements of a frozen list, set, dict or plain tuple. A dict gives pairs."""
    if kind_of(value) in {"list", "dict"}:
        return tuple(value[1:])
    if kind_of(value) == "set":
        return tuple(sorted(value[1]))
    return tuple(value)


def remaining(iterator: Any) -> tuple[Any, ...]:
    """What a frozen iterator over a list, tuple or range has still to give."""
    (over,), at = (iterator[1], iterator[2]) if len(iterator) > 2 else (iterator[1], None)
    if at is None:
        return ()
    whole = tuple(range(*over[1])) if kind_of(over) == "range" else items(over)
    return whole[at:]


def _everything(kept: Any) -> Iterator[Any]:
    yield kept
    if isinstance(kept, tuple):
        for one in kept:
            yield from _everything(one)


def _frame(value: Any) -> Frame | None:
    match value:
        case (str() as function, int(), tuple() as bound, tuple() as stack) if all(
            isinstance(one, tuple) and len(one) == 2 and isinstance(one[0], str) for one in bound
        ):
            return Frame(function, dict(bound), stack)
    return None
