"""The gate knows every call by name and strikes at one; what is late arrives after the next read."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from coordination.feed import Beat, Position
from coordination.intents import Batch, Finish, Proposal, TakeClaim
from coordination.ports import Unavailable
from namelatch.matrix.gate import Gate, Gated, GatedFeed, kind_of
from namelatch.matrix.strike import ARMED, CURRENT, STRUCK, Aim, Late, Strike


class Port:
    """What a call within it sees of the strike."""

    def __init__(self) -> None:
        self.seen: list[Strike | None] = []
        self.within: Any = None

    async def head(self) -> str:
        self.seen.append(CURRENT.get())
        if self.within is not None:
            await self.within()
        self.seen.append(CURRENT.get())
        return "head"

    async def commit(self, batch: Batch) -> str:
        self.seen.append(CURRENT.get())
        return "committed"


def gate(directory: Path, *aims: Aim, notes: list[str] | None = None) -> Gate:
    strikes = [Strike(aim, directory, "a", 1) for aim in aims]
    return Gate(strikes, Late(), directory, None if notes is None else notes.append)


def lost(name: str, armed: bool = True) -> Aim:
    return Aim(name, "reply lost", armed)


def test_a_lost_answer_of_a_read_is_unavailable_once(tmp_path: Path) -> None:
    port = Port()
    gated = Gated(port, "authority", gate(tmp_path, lost("authority.head")))
    with pytest.raises(Unavailable):
        asyncio.run(gated.head())
    assert len(port.seen) == 2, "it was asked"
    assert asyncio.run(gated.head()) == "head"
    assert "authority.head" in (tmp_path / STRUCK).read_text()


def test_nothing_bites_before_it_is_armed(tmp_path: Path) -> None:
    gated = Gated(Port(), "authority", gate(tmp_path, lost("authority.head", armed=False)))
    assert asyncio.run(gated.head()) == "head"
    (tmp_path / ARMED).touch()
    with pytest.raises(Unavailable):
        asyncio.run(gated.head())


def test_what_is_struck_is_the_call_and_no_call_within_it(tmp_path: Path) -> None:
    outer, inner = Port(), Port()
    one = gate(tmp_path, lost("authority.head"))
    within = Gated(inner, "log", one)
    outer.within = within.head
    with pytest.raises(Unavailable):
        asyncio.run(Gated(outer, "authority", one).head())
    assert outer.seen == [one.strikes[0], one.strikes[0]]


def test_a_call_within_a_struck_call_has_a_strike_of_its_own_or_none(tmp_path: Path) -> None:
    outer, inner = Port(), Port()
    one = gate(tmp_path, lost("authority.commit[Finish]"))
    within = Gated(inner, "authority", one)

    async def nested(batch: Batch) -> str:
        assert CURRENT.get() is one.strikes[0]
        await within.head()
        assert CURRENT.get() is one.strikes[0]
        return "committed"

    outer.commit = nested  # type: ignore[method-assign]
    assert asyncio.run(Gated(outer, "authority", one).commit(Batch((Proposal(Finish(1)),)))) == "committed"
    assert inner.seen == [None, None]


def test_what_is_late_arrives_after_the_next_read_and_before_its_answer_is_acted_upon(tmp_path: Path) -> None:
    one = gate(tmp_path)
    order: list[str] = []

    async def story() -> None:
        one.late.add(lambda: asyncio.sleep(0, order.append("arrived")))
        await Gated(Port(), "authority", one).commit(Batch((Proposal(Finish(1)),)))
        order.append("written")
        await Gated(Port(), "authority", one).head()
        order.append("read")

    asyncio.run(story())
    assert order == ["written", "arrived", "read"]


def test_a_second_strike_waits_for_the_first(tmp_path: Path) -> None:
    one = gate(tmp_path, lost("authority.head"), lost("authority.head"))
    gated = Gated(Port(), "authority", one)
    for _ in range(2):
        with pytest.raises(Unavailable):
            asyncio.run(gated.head())
    assert asyncio.run(gated.head()) == "head"


def test_every_call_is_noted_once_before_and_once_after_arming(tmp_path: Path) -> None:
    notes: list[str] = []
    gated = Gated(Port(), "authority", gate(tmp_path, notes=notes))
    asyncio.run(gated.head())
    asyncio.run(gated.head())
    (tmp_path / ARMED).touch()
    asyncio.run(gated.head())
    assert len(notes) == 2


def test_a_calls_kind_is_what_changes_or_what_is_taken() -> None:
    assert kind_of((Batch((Proposal(Finish(1)), Proposal(Finish(2)))),)) == "[Finish]"
    assert kind_of((TakeClaim(1, "a", "t"),)) == "[TakeClaim]"
    assert kind_of((3,)) == ""


def test_a_late_event_comes_after_the_one_that_follows_it(tmp_path: Path) -> None:
    beats = [Beat(Position(1, revision)) for revision in (1, 2, 3)]

    class Feed:
        async def follow(self, since: Position | None) -> Any:
            for beat in beats:
                yield beat

    async def heard() -> list[Beat]:
        one = gate(tmp_path, Aim("feed.follow[Beat]", "late", True))
        return [event async for event in GatedFeed(Feed(), one).follow(None)]

    assert asyncio.run(heard()) == [beats[1], beats[0], beats[2]]
