"""What a stopped coroutine keeps: equal where nothing that comes after can tell, different where something can."""

from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest

from namelatch.lab.explorer.freeze import Freezer, Unfreezable
from namelatch.lab.kernel import Ask, Call, Continuation

FREEZER = Freezer({"counts"}, (Ask,))


def ask(value: Any = None) -> Ask:
    return Ask(Call("authority", "ask", (value,)))


def kept(begin: Callable[[], Coroutine[Any, Any, Any]], *heard: Any) -> Any:
    at = Continuation(begin, heard)
    return at.pending, FREEZER.freeze(at.coroutine)


async def forgets() -> None:
    heard = await ask()
    del heard
    await ask()


async def never_reads_again() -> None:
    heard = await ask()
    assert heard
    await ask()


async def remembers() -> Any:
    heard = await ask()
    await ask()
    return heard


async def half_way() -> list[Any]:
    return [one for one in (await ask(), await ask()) if await ask()]


async def collects() -> list[int]:
    return [n for n in (1, 2, 3) if await ask()]


async def in_a_loop() -> None:
    for _ in (1, 1, 1):
        await ask()
    await ask("after")


async def below() -> Any:
    return await remembers()


@dataclass
class Holder:
    value: Any = None
    counts: Counter[str] = field(default_factory=Counter)


async def in_an_object() -> Any:
    holder = Holder()
    holder.value = await ask()
    holder.counts["asked"] += holder.value
    await ask()
    return holder.value


async def in_a_report() -> Any:
    holder = Holder()
    holder.counts["asked"] += await ask()
    await ask()
    return holder


class Failed(Exception):
    def __init__(self, status: Any) -> None:
        super().__init__("whatever the status")
        self.status = status


async def in_an_exception() -> Any:
    try:
        raise Failed(await ask())
    except Failed as failed:
        await ask()
        return failed.status


@pytest.mark.parametrize("begin", [forgets, never_reads_again, in_a_report])
def test_what_is_never_read_again_tells_no_histories_apart(begin: Any):
    assert kept(begin, 1) == kept(begin, 2)


@pytest.mark.parametrize("begin", [remembers, below, in_an_object, in_an_exception, half_way])
def test_what_may_still_be_read_does(begin: Any):
    assert kept(begin, 1) != kept(begin, 2)
    assert kept(begin, 1) == kept(begin, 1)


def test_a_list_half_built_on_the_stack_is_seen():
    assert kept(collects, True, False) != kept(collects, False, True)
    assert kept(collects, True, False) != kept(collects, False, False)


def test_nothing_on_the_stack_has_its_place_there():
    async def takes_out() -> Any:
        heard = list(await ask())
        return heard.pop(), heard.pop(), await ask()

    assert kept(takes_out, (5, None)) != kept(takes_out, (None, 5))
    assert kept(takes_out, (5, None)) == kept(takes_out, (5, None))


def test_an_iterator_half_way_on_the_stack_is_seen():
    assert kept(in_a_loop, None) != kept(in_a_loop, None, None)


def test_what_it_cannot_look_into_is_an_error_that_names_it():
    async def secretive() -> Any:
        keeps = object()
        await ask()
        return keeps

    with pytest.raises(Unfreezable, match=r"builtins\.object"):
        kept(secretive)
