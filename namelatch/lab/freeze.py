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
from collections.abc import Collection
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
from typing import Any

from namelatch.lab.bytecode import live_after

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


class Freezer:
    """Turns what a coroutine keeps into a value. `constant` types are the same for all of a process's histories."""

    def __init__(self, forgotten: Collection[str], constant: tuple[type, ...]) -> None:
        self._forgotten = frozenset(forgotten)
        self._constant = constant
        self._values: dict[type, bool] = {}

    def freeze(self, kept: Any) -> Any:
        """The value of anything that a protocol coroutine may keep. Raises Unfreezable."""
        kind = type(kept)
        if kind in _PLAIN:
            return kept
        if kind is tuple:
            return tuple([self.freeze(one) for one in kept])
        if kind in (CoroutineType, GeneratorType):
            return self._stopped(kept)
        if isinstance(kept, self._constant):
            return kind.__qualname__
        if self._is_value(kind) and _hashable(kept):
            return kept
        return self._mutable(kept, kind)

    def _mutable(self, kept: Any, kind: type) -> Any:
        if isinstance(kept, list):
            return ("list", *[self.freeze(one) for one in kept])
        if isinstance(kept, dict):
            return (kind.__qualname__, *[(self.freeze(key), self.freeze(value)) for key, value in kept.items()])
        if isinstance(kept, set | frozenset):
            return ("set", frozenset(self.freeze(one) for one in kept))
        if isinstance(kept, tuple):
            return (kind.__qualname__, *[self.freeze(one) for one in kept])
        if kind in _ITERATORS:
            return (kind.__qualname__, *[self.freeze(part) for part in kept.__reduce__()[1:]])
        if isinstance(kept, CellType):
            return ("cell", self.freeze(kept.cell_contents))
        if isinstance(kept, MethodType):
            return (kept.__qualname__, self.freeze(kept.__self__))
        if isinstance(kept, FunctionType):
            return (kept.__qualname__, *[self.freeze(cell) for cell in kept.__closure__ or ()])
        if isinstance(kept, BaseException):
            return (kind.__qualname__, *[self.freeze(one) for one in kept.args])
        if isinstance(kept, BuiltinFunctionType) and not isinstance(kept.__self__, ModuleType | NoneType):
            return (kept.__qualname__, self.freeze(kept.__self__))
        if isinstance(kept, type | ModuleType | BuiltinFunctionType | MethodDescriptorType):
            return kept.__name__
        if is_dataclass(kept):
            names = [one.name for one in fields(kept) if one.name not in self._forgotten]
            return (kind.__qualname__, *[self.freeze(getattr(kept, name)) for name in names])
        if hasattr(kept, "__dict__") and kind.__module__.partition(".")[0] in {"actors", "coordination", "namelatch"}:
            held = {name: value for name, value in vars(kept).items() if name not in self._forgotten}
            return (kind.__qualname__, self.freeze(held))
        raise Unfreezable(f"don't know how to look into {kind.__module__}.{kind.__qualname__}: {kept!r:.80}")

    def _is_value(self, kind: type) -> bool:
        """Whether objects of a type are immutable values: frozen dataclasses, kept as they are."""
        known = self._values.get(kind)
        if known is None:
            parameters = getattr(kind, "__dataclass_params__", None)
            known = self._values[kind] = parameters is not None and parameters.frozen and parameters.eq
        return known

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
        return [self.freeze(one) for one in seen[first + slots :] if one is not None]


def _hashable(value: Any) -> bool:
    """Whether it is a value all through: a frozen dataclass may hold what is not."""
    try:
        hash(value)
    except TypeError:
        return False
    return True
