"""The kernel: one port call at a time, nothing else awaited, the same for the same replies."""

import asyncio
from typing import Any

import pytest

from namelatch.lab.kernel import ENDED, Ask, Call, Continuation, LeftThePorts, Raised

ONE, TWO = Call("authority", "one"), Call("authority", "two", (7,))


async def twice() -> Any:
    first = await Ask(ONE)
    try:
        second = await Ask(TWO)
    except ValueError as error:
        second = f"caught {error}"
    return await Ask(Call("log", "report", (first, second)))


def test_it_stops_at_every_port_call_and_goes_on_with_the_reply():
    at = Continuation(twice)
    assert at.pending == ONE
    assert at.hear("a") == TWO
    assert at.hear("b") == Call("log", "report", ("a", "b"))
    assert at.hear(None) is ENDED
    assert at.heard == ("a", "b", None)


def test_a_reply_may_be_raised():
    at = Continuation(twice, ("a", Raised(ValueError, "no")))
    assert at.pending.arguments == ("a", "caught no")


def test_what_was_heard_says_where_it_stands():
    assert Continuation(twice, ("a", "b")).pending == Call("log", "report", ("a", "b"))


def test_whoever_awaits_anything_else_is_named():
    async def sleeper() -> None:
        await Ask(ONE)
        await asyncio.sleep(0)

    at = Continuation(sleeper)
    with pytest.raises(LeftThePorts, match=r"sleep0.*tasks\.py"):
        at.hear(None)


def test_a_crash_ends_a_coroutine_that_asks_once_more_on_its_way_out():
    async def tidy() -> None:
        try:
            await Ask(ONE)
        finally:
            await Ask(TWO)

    at = Continuation(tidy)
    at.close()
    assert at.coroutine.cr_frame is None
