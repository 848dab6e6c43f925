"""Faults that no budget of the lab has, as processes: an authority that does not answer, a plan that nobody can read.

The world is not asked: the caller hears at once that it does not answer, at the calls that `Refused` names.
"""

import types
from collections.abc import Coroutine, Generator
from dataclasses import dataclass
from typing import Any

from coordination.ports import Unavailable
from namelatch.lab.kernel import Begin, Call
from namelatch.lab.processes import Process


@dataclass(frozen=True, slots=True)
class Refused:
    """Which calls are not answered: of all of a name the `nth`, counted from 1, and so many in a row."""

    call: str
    nth: int = 1
    times: int = 1
    error: type[Exception] = Unavailable


def unanswered(process: Process, *refused: Refused) -> Process:
    """The process, some of whose calls are not answered in each of its lives."""

    def begin(incarnation: int) -> Begin:
        begun = process.begin(incarnation)
        return lambda: _life(begun(), refused)

    return Process(process.name, begin, process.lease)


async def _life(life: Coroutine[Any, Any, Any], refused: tuple[Refused, ...]) -> None:
    await _lived(life, refused)


@types.coroutine
def _lived(life: Coroutine[Any, Any, Any], refused: tuple[Refused, ...]) -> Generator[Call, Any, None]:
    asked = [0] * len(refused)
    reply: Any = None
    while True:
        try:
            call = life.throw(reply) if isinstance(reply, Exception) else life.send(reply)
        except StopIteration:
            return
        error = _refusal(call, refused, asked)
        if error is not None:
            reply = error
            continue
        try:
            reply = yield call
        except Exception as raised:
            reply = raised


def _refusal(call: Call, refused: tuple[Refused, ...], asked: list[int]) -> Exception | None:
    for at, one in enumerate(refused):
        if call.name == one.call and asked[at] < one.nth + one.times:
            asked[at] += 1
            if one.nth <= asked[at] < one.nth + one.times:
                return one.error(f"{one.call} does not answer")
    return None
