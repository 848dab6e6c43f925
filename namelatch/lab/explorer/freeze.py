"""What a stopped coroutine keeps, as one hashable value: equal values, equal continuations.

The reduction `frames`: two histories that left a coroutine at the same instruction with the same locals, the same
values on its stack (iterators half way, lists half built) and the same awaited coroutines below it can't be told apart
by anything that comes after, so the explorer goes on from only one of them. Names in `forgotten` are left out: they
count for reports and for patience alone, never for what is asked of the authority. What this file does not know how to
look into is an error that names it, never a guess. tests/lab checks the reduction against unreduced runs.

The values on a frame's stack are read through `gc.get_referents`, which visits the slots of a suspended frame in
order: code object, then locals, then stack (CPython's `_PyFrame_Traverse`, the same from 3.11 on).
"""

import gc
from collections.abc import Callable, Collection
from dataclasses import fields, is_dataclass
from types import (
    BuiltinFunctionType,
    CellType,
    CodeType,
    CoroutineType,
    FrameType,
    FunctionType,
    GeneratorType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
    NoneType,
)
from typing import Any, NoReturn

from namelatch.lab.explorer.bytecode import live_after

_PLAIN = frozenset({NoneType, bool, int, str, float, bytes})
_ITERATORS = frozenset(
    {
        type(iter(())),
        type(iter([])),
        type(iter(range(0))),
        type(iter({})),
        type(iter({}.values())),
        type(iter({}.items())),
        type(reversed([])),
        enumerate,
        zip,
        map,
        filter,
        range,
    }
)


class Unfreezable(TypeError):
    """A coroutine keeps something that this file can't look into. The text names its type."""


Way = Callable[[Any], Any]


class Freezer:
    """Turns what a coroutine keeps into a value. `constant` types are the same for all of a process's histories."""

    def __init__(self, forgotten: Collection[str], constant: tuple[type, ...]) -> None:
        self._forgotten = frozenset(forgotten)
        self._constant = constant
        self._ways: dict[type, Way] = {}

    def freeze(self, kept: Any) -> Any:
        """The value of anything that a protocol coroutine may keep. Raises Unfreezable."""
        kind = type(kept)
        if kind in _PLAIN:
            return kept
        way = self._ways.get(kind)
        if way is None:
            way = self._ways[kind] = self._way(kind)
        return way(kept)

    def _way(self, kind: type) -> Way:
        """How things of a type are frozen."""
        freeze, name = self.freeze, kind.__qualname__
        if kind is tuple:
            return lambda kept: tuple([freeze(one) for one in kept])
        if kind in (CoroutineType, GeneratorType):
            return self._stopped
        if issubclass(kind, self._constant):
            return lambda _: name
        inside = self._way_inside(kind)
        if _is_value(kind):
            return lambda kept: kept if _hashable(kept) else inside(kept)
        return inside

    def _way_inside(self, kind: type) -> Way:
        """The same for what is no value by itself."""
        freeze, name, forgotten = self.freeze, kind.__qualname__, self._forgotten
        if issubclass(kind, list):
            return lambda kept: ("list", *[freeze(one) for one in kept])
        if issubclass(kind, dict):
            return lambda kept: (name, *[(freeze(key), freeze(value)) for key, value in kept.items()])
        if issubclass(kind, set | frozenset):
            return lambda kept: ("set", frozenset(freeze(one) for one in kept))
        if issubclass(kind, tuple):
            return lambda kept: (name, *[freeze(one) for one in kept])
        if kind in _ITERATORS:
            return lambda kept: (name, *[freeze(part) for part in kept.__reduce__()[1:]])
        if issubclass(kind, CellType):
            return lambda kept: ("cell", freeze(kept.cell_contents))
        if issubclass(kind, MethodType):
            return lambda kept: (kept.__qualname__, freeze(kept.__self__))
        if issubclass(kind, FunctionType):
            return lambda kept: (kept.__qualname__, *[freeze(cell) for cell in kept.__closure__ or ()])
        if issubclass(kind, BaseException):
            return lambda kept: (name, *[freeze(one) for one in kept.args], self._held(kept))
        if issubclass(kind, BuiltinFunctionType):
            return self._builtin
        if issubclass(kind, type | ModuleType | MethodDescriptorType):
            return lambda kept: kept.__name__
        if is_dataclass(kind):
            names = [one.name for one in fields(kind) if one.name not in forgotten]
            return lambda kept: (name, *[freeze(getattr(kept, one)) for one in names])
        if kind.__module__.partition(".")[0] in {"actors", "coordination", "namelatch"}:
            return self._object
        return self._unknown

    def _builtin(self, kept: Any) -> Any:
        if isinstance(kept.__self__, ModuleType | NoneType):
            return kept.__name__
        return (kept.__qualname__, self.freeze(kept.__self__))

    def _object(self, kept: Any) -> Any:
        if not hasattr(kept, "__dict__"):
            self._unknown(kept)
        return (type(kept).__qualname__, self._held(kept))

    def _held(self, kept: Any) -> Any:
        return self.freeze({name: value for name, value in vars(kept).items() if name not in self._forgotten})

    def _unknown(self, kept: Any) -> NoReturn:
        kind = type(kept)
        raise Unfreezable(f"don't know how to look into {kind.__module__}.{kind.__qualname__}: {kept!r:.80}")

    def _stopped(self, coroutine: Any) -> Any:
        """Where it stands, what its locals are, what lies on its stack."""
        is_coroutine = isinstance(coroutine, CoroutineType)
        frame: FrameType | None = coroutine.cr_frame if is_coroutine else coroutine.gi_frame
        if frame is None:
            return (coroutine.__qualname__, "done")
        code = frame.f_code
        bound = frame.f_locals
        live = live_after(code, frame.f_lasti) if frame.f_lasti >= 0 else bound.keys()
        kept = [
            (name, self.freeze(value)) for name, value in bound.items() if name in live and name not in self._forgotten
        ]
        return (code.co_qualname, frame.f_lasti, tuple(kept), tuple(self._stack(coroutine, code, bound)))

    def _stack(self, coroutine: Any, code: CodeType, bound: dict[str, Any]) -> list[Any]:
        seen = gc.get_referents(coroutine)
        first = max(index for index, one in enumerate(seen) if one is code) + 1
        cells = {*code.co_cellvars, *code.co_freevars}
        slots = len(cells) + sum(1 for name in bound if name not in cells)
        stack = seen[first + slots :]
        while stack and stack[-1] is None:  # whether there is an exception under way, or none
            stack.pop()
        return [self.freeze(one) for one in stack]


def _is_value(kind: type) -> bool:
    """Whether objects of a type are immutable values: frozen dataclasses, kept as they are."""
    parameters = getattr(kind, "__dataclass_params__", None)
    return parameters is not None and parameters.frozen and parameters.eq


def _hashable(value: Any) -> bool:
    """Whether it is a value all through: a frozen dataclass may hold what is not."""
    try:
        hash(value)
    except TypeError:
        return False
    return True
