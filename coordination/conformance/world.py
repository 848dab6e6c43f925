"""What a conformance check is given: one empty world, and adapters over it.

A check is an `async def check_...(world)` whose name is the sentence it proves; it raises AssertionError.
`CHECKS` of each module lists them all. Whoever writes an adapter runs each check on a fresh World:

    for check in authority.CHECKS:
        async with my_world() as world:
            await check(world)
"""

from typing import Protocol

from coordination.intents import Batch, Change, Committed, Condition, Conflict, Lost, Outcome, Proposal
from coordination.plan import Generation, Manifest
from coordination.ports import Authority, Claims
from coordination.records import Endpoint, Records, RRset, Target


class World(Protocol):
    """One authority with nothing in it."""

    @property
    def authority(self) -> Authority:
        """The authority under test."""
        ...

    def claims(self) -> Claims:
        """A claims adapter over the same world, as another process would have it: a new one at each call."""
        ...


A, B, C = Endpoint("a.example"), Endpoint("b.example"), Endpoint("c.example")
ONE: Records = (RRset("A", 60, (Target("10.0.0.1", 1),)),)
TWO: Records = (RRset("A", 60, (Target("10.0.0.2", 1),)), RRset("AAAA", 60, (Target("fd00::2", 7),)))


def g(number: int) -> Generation:
    """A generation."""
    return Generation(number)


def manifest(number: int, base: int | None = None) -> Manifest:
    """A manifest with plausible content."""
    origin = None if base is None else Generation(base)
    return Manifest(Generation(number), origin, f"{number:064x}", 1000 + number, 2, 7, 40 + number, "planner-1")


async def propose(world: World, *changes: Change, given: tuple[Condition, ...] = ()) -> Outcome:
    """Commit changes as one batch, under shared conditions."""
    return await world.authority.commit(Batch(tuple(Proposal(change) for change in changes), given))


async def done(world: World, *changes: Change, given: tuple[Condition, ...] = ()) -> int:
    """Commit changes that must succeed; the revision. A renewed assumption is tried again once."""
    outcome = await propose(world, *changes, given=given)
    if outcome == Conflict((), getattr(outcome, "revision", 0)):
        outcome = await propose(world, *changes, given=given)
    assert isinstance(outcome, Committed), outcome
    return outcome.revision


async def lost(world: World, *changes: Change, given: tuple[Condition, ...] = ()) -> tuple[Lost, ...]:
    """Commit changes that must conflict; what was lost. A renewed assumption is tried again once."""
    outcome = await propose(world, *changes, given=given)
    if outcome == Conflict((), getattr(outcome, "revision", 0)):
        outcome = await propose(world, *changes, given=given)
    assert isinstance(outcome, Conflict), outcome
    return outcome.lost
