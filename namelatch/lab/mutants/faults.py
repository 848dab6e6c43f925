"""Faults that no budget of the lab has, as processes: no answer, or one that the world would not give.

The world is not asked, or does it and its answer is lost: the caller hears something else at the calls that `Refused`
names.
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
    """Which calls are not answered: of all of a name the `nth`, counted from 1, and so many in a row.

    `instead`: what is heard in the place of an answer; without it, `error` is raised. `done`: the world is asked all
    the same, so that what was called for has come about.
    """

    call: str
    nth: int = 1
    times: int = 1
    error: type[Exception] = Unavailable
    instead: Any = None
    done: bool = False


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
        refusal = _refusal(call, refused, asked)
        if refusal is None or refusal.done:
            try:
                reply = yield call
            except Exception as raised:
                reply = raised
        if refusal is not None:
            reply = refusal.instead or refusal.error(f"{call.name} does not answer")


def _refusal(call: Call, refused: tuple[Refused, ...], asked: list[int]) -> Refused | None:
    for at, one in enumerate(refused):
        if call.name == one.call and asked[at] < one.nth + one.times:
            asked[at] += 1
            if one.nth <= asked[at] < one.nth + one.times:
                return one
    return None
