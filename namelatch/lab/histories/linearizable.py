"""Whether what was done to one root, and what was seen of it, can have happened in one order. Pure.

A root is a register. A write gives it a generation, a rollback and a version above the one before; a condition or a
read tells what was there. The history is linearizable if all its operations can be put in a row so that each finds
what it says it found, and none stands before one that was answered before it was asked. A write whose outcome nobody
heard may stand anywhere after it was asked, or nowhere; its version is unheard until somebody sees it, and until then
it is any version above the one before that nobody has looked for in vain.

The search is Wing and Gong's with Lowe's memo. Three shortcuts lose no order: what only looks, and may look now, looks
now; of the writes whose versions are known the next is the one with the lowest; and what nobody heard of happens only
right before something that could not be without it. It is bounded, and says when it gave up.
"""

from collections.abc import Iterator, Sequence
from enum import Enum
from math import inf
from typing import NamedTuple

from coordination.limits import SEARCH_STEPS


class Register(NamedTuple):
    """A root as it stands. `version` None: an unheard one above `above` and none of `never`; else it is `above`."""

    generation: int | None
    rollback: int | None
    tombstone: bool
    version: int | None
    above: int
    never: frozenset[int] = frozenset()


NO_ROOT = Register(None, None, False, 0, 0)


class Saw(NamedTuple):
    """A read found exactly this; version 0 and no generation: no root."""

    generation: int | None
    rollback: int | None
    tombstone: bool
    version: int


NOTHING_SEEN = Saw(None, None, False, 0)


class VersionIs(NamedTuple):
    """A condition on the version held, or was lost."""

    version: int
    held: bool


class OlderThan(NamedTuple):
    """A condition that there is a root, below a generation, held or was lost."""

    generation: int
    held: bool


Check = Saw | VersionIs | OlderThan


class Written(NamedTuple):
    """What a write leaves; `version` None: nobody heard which it was."""

    generation: int
    rollback: int | None
    tombstone: bool
    version: int | None


class Op(NamedTuple):
    """One operation on one root: all its checks and its write are one moment between `asked` and `answered`.

    `certain` is false where nobody knows whether it happened: `answered` is infinite then. `place` is the caller's.
    """

    asked: float
    answered: float
    checks: tuple[Check, ...]
    write: Written | None = None
    certain: bool = True
    place: int = 0


class Answer(Enum):
    """What a search came to."""

    YES = "linearizable"
    NO = "not linearizable"
    GAVE_UP = "gave up"


class Finding(NamedTuple):
    """The answer, after how many steps, and where the longest row ended: the root there, and who did not fit."""

    answer: Answer
    steps: int
    register: Register = NO_ROOT
    stuck: Op | None = None


def after(register: Register, op: Op) -> Register | None:
    """The register after an operation; None when it can't happen now."""
    for check in op.checks:
        found = _checked(register, check)
        if found is None:
            return None
        register = found
    if op.write is None:
        return register
    generation, rollback, tombstone, version = op.write
    least = _least(register)
    if version is None:
        return Register(generation, rollback, tombstone, None, least)
    return Register(generation, rollback, tombstone, version, version) if version > least else None


def _least(register: Register) -> int:
    """The lowest version that the register may have: what comes after is above that."""
    if register.version is not None:
        return register.version
    version = register.above + 1
    while version in register.never:
        version += 1
    return version


def _checked(register: Register, check: Check) -> Register | None:
    match check:
        case VersionIs(version, held):
            return _heard(register, version) if held else _not_heard(register, version)
        case OlderThan(generation, held):
            is_older = register.generation is not None and register.generation < generation
            return register if is_older == held else None
        case Saw(generation, rollback, tombstone, version):
            if (generation, rollback, tombstone) != register[:3]:
                return None
            return _heard(register, version)


def _heard(register: Register, version: int) -> Register | None:
    if register.version is None and version > register.above and version not in register.never:
        return register._replace(version=version, above=version, never=frozenset())
    return register if register.version == version else None


def _not_heard(register: Register, version: int) -> Register | None:
    if register.version is None and version > register.above:
        return register._replace(never=register.never | {version})
    return None if register.version == version else register


class _Done(NamedTuple):
    """Which operations stand in the row: all certain ones below `low`, those in `window` above it, and unsure ones."""

    low: int
    window: int
    unsure: int
    writes: int

    def with_certain(self, index: int, is_write: bool) -> "_Done":
        low, window = self.low, self.window | 1 << (index - self.low)
        while window & 1:
            low, window = low + 1, window >> 1
        return _Done(low, window, self.unsure, self.writes + is_write)

    def with_unsure(self, index: int) -> "_Done":
        return self._replace(unsure=self.unsure | 1 << index)

    @property
    def length(self) -> int:
        return self.low + self.window.bit_count()


def search(ops: Sequence[Op], most_steps: int = SEARCH_STEPS) -> Finding:
    """Look for an order of one root's operations, by at most so many steps."""
    rows = _Rows(ops)
    done, register = _Done(0, 0, 0, 0), NO_ROOT
    known, best = {(done, register)}, (done, register)
    stack = [rows.next(done, register)]
    steps = 0
    if rows.is_full(done):
        return Finding(Answer.YES, 0)
    while stack:
        found = next(stack[-1], None)
        if found is None:
            stack.pop()
            continue
        steps += 1
        done, register = found
        if rows.is_full(done):
            return Finding(Answer.YES, steps, register)
        if steps >= most_steps:
            return Finding(Answer.GAVE_UP, steps, *rows.end(*best))
        if found in known:
            continue
        if done.length > best[0].length:
            best = found
        known.add(found)
        stack.append(rows.next(done, register))
    return Finding(Answer.NO, steps, *rows.end(*best))


class _Rows:
    """The operations in the order in which they were asked, and how a row of them can go on."""

    def __init__(self, ops: Sequence[Op]) -> None:
        ordered = sorted(ops, key=lambda op: op.asked)
        self.certain = [op for op in ordered if op.certain]
        self.unsure = [op for op in ordered if not op.certain and op.write is not None]
        self.versions = sorted(op.write.version or 0 for op in self.certain if op.write is not None)

    def is_full(self, done: _Done) -> bool:
        """Whether everything that certainly happened stands in the row."""
        return done.low == len(self.certain)

    def next(self, done: _Done, register: Register) -> Iterator[tuple[_Done, Register]]:
        """Each way to go on."""
        open_, deadline = self._open(done)
        ways: list[tuple[_Done, Register]] = []
        for index, op, way in self._ways(done, register, open_):
            if op.write is None and way == register:
                yield done.with_certain(index, False), way
                return
            ways.append((done.with_certain(index, op.write is not None), way))
        yield from ways
        for index, between in self._unheard(done, register, deadline):
            yield from self._because_of(done.with_unsure(index), register, between, open_, deadline)

    def _because_of(
        self, done: _Done, without: Register, register: Register, open_: Sequence[int], deadline: float
    ) -> Iterator[tuple[_Done, Register]]:
        """The ways to go on from `register` that there are not `without` what nobody heard of.

        A write that may follow either leaves the same; so does a look, unless it fixes which of the two had a version.
        """
        for index, op, way in self._ways(done, register, open_):
            if after(without, op) is None or (op.write is None and without.version is None):
                yield done.with_certain(index, op.write is not None), way
        for index, way in self._unheard(done, register, deadline):
            if after(without, self.unsure[index]) is None:
                yield done.with_unsure(index), way

    def _ways(self, done: _Done, register: Register, open_: Sequence[int]) -> Iterator[tuple[int, Op, Register]]:
        """What certainly happened and may stand next."""
        for index in open_:
            op = self.certain[index]
            if op.write is not None and (op.write.version or 0) > self.versions[done.writes]:
                continue
            if (way := after(register, op)) is not None:
                yield index, op, way

    def _unheard(self, done: _Done, register: Register, deadline: float) -> Iterator[tuple[int, Register]]:
        """What nobody heard of and may stand next."""
        for index, op in enumerate(self.unsure):
            if op.asked > deadline:
                return
            if not done.unsure >> index & 1 and (way := after(register, op)) is not None:
                yield index, way

    def _open(self, done: _Done) -> tuple[list[int], float]:
        """The certain operations that nothing left over was answered before, and the first answer left over."""
        found: list[int] = []
        deadline = inf
        for index in range(done.low, len(self.certain)):
            if done.window >> (index - done.low) & 1:
                continue
            op = self.certain[index]
            if op.asked > deadline:
                break
            deadline = min(deadline, op.answered)
            found.append(index)
        return found, deadline

    def end(self, done: _Done, register: Register) -> tuple[Register, Op | None]:
        """Where a row ended, and the first that should have come next and did not fit."""
        open_, _ = self._open(done)
        stuck = [index for index in open_ if after(register, self.certain[index]) is None] or open_
        return register, min((self.certain[index] for index in stuck), key=lambda op: op.answered, default=None)
