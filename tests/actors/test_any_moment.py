"""Any actor may die and any reply may be lost at any port call: hardened loses nothing and converges.

One short story (a full plan, a delta, a removal, a name that comes back; two enactors, planner, collector) is
told once for each port call and each way in which it can go wrong there, then with several at once.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from coordination.intents import Unknown
from coordination.invariants import unconverged
from coordination.ports import Unavailable
from tests.actors.town import E1, E2, E3, HOWS, AtCall, Call, Killed, Peril, Town, quietly
from tests.actors.world import records

ROUNDS = 60


async def story(peril: Peril, settle: Callable[[], Awaitable[None]]) -> Town:
    """The story in a town where every port call of everybody goes through `peril`."""
    town = Town()
    town.health.touch(None)
    await until_told(town, peril, "planner")
    for az in "ab":
        await until_told(town, peril, az)
    town.health.touch([E1])
    await until_told(town, peril, "planner")
    await until_told(town, peril, "b")
    town.health.remove(E2)
    town.health.touch([E3])
    await until_told(town, peril, "planner")
    await until_told(town, peril, "collector")
    await until_told(town, peril, "a")
    await until_told(town, peril, "collector")
    town.health.touch([E2])
    await until_told(town, peril, "planner")
    for who in ("b", "a", "collector"):
        await until_told(town, peril, who)
    await settle()
    await come_to_rest(town)
    return town


async def until_told(town: Town, peril: Peril, who: str) -> None:
    """One actor acts until it has nothing more to do; when it dies it is started anew, knowing nothing."""
    for _ in range(ROUNDS):
        try:
            if await act(town, peril, who):
                return
        except Killed:
            town.crash(who)
        except Unavailable:
            continue
    raise AssertionError(f"{who} never gets done; last reports {town.log.reports[-4:]}")


async def act(town: Town, peril: Peril, who: str) -> bool:
    from actors.planner import Fenced

    match who:
        case "planner":
            try:
                await town.plan(peril)
            except Fenced:
                town.leading = None
            return town.state.inputs_revision == town.health.revision
        case "collector":
            await town.collect(peril)
            return True
        case az:
            if town.state.newest is None:
                return True
            ended = await town.enact(az, peril=peril)
            return ended.status in {"finished", "superseded", "not fresh"}


async def come_to_rest(town: Town) -> None:
    """Dead actors' leases end; then everybody who lives does what is left to do."""
    held = {one.claim for one in town.held.values() if one is not None}
    for generation, az in sorted(town.state.claims):
        if not any((one.generation, one.az) == (generation, az) for one in held):
            claims = town.state.claims.delete((generation, az))
            town.store.state = type(town.state)(**{**fields(town), "claims": claims})
    for who in ("planner", "a", "b", "collector", "collector"):
        await until_told(town, quietly, who)


def fields(town: Town) -> dict[str, Any]:
    return {name: getattr(town.state, name) for name in town.state.__slots__}


def check(town: Town) -> None:
    state = town.state
    assert town.fallen == set(), town.store.fallen
    assert list(unconverged(state, state.newest, town.published())) == []
    assert state.inputs_revision == town.health.revision
    for name in town.health.endpoints:
        if name in town.health.removed:
            assert state.answered(name) is None
            continue
        newest = max(g for g, plan in town.log.plans.items() if g in published(town) and name in dict(plan.entries))
        expected = dict(town.log.plans[newest].entries)[name]
        assert state.answered(name) == expected, name
        assert expected == records(name, newest)
    live = {one.generation for one in state.manifests.values() if not one.retired}
    assert {tree for tree in town.trees() if tree[0] not in live} <= town.referenced() <= town.trees()


def published(town: Town) -> set[int]:
    from coordination.intents import Publish

    return {
        proposal.change.manifest.generation
        for batch in town.store.batches
        for proposal in batch.proposals
        if isinstance(proposal.change, Publish)
    }


async def nothing() -> None:
    pass


def port_calls() -> int:
    """How many port calls the story makes when nothing goes wrong."""
    calls: list[Call] = []

    async def counting(call: Call, do: Any) -> Any:
        calls.append(call)
        return await do()

    check(asyncio.run(story(counting, nothing)))
    return len(calls)


class Restartable:
    """AtCall across restarts: the first life dies, later lives live."""

    def __init__(self, at: AtCall) -> None:
        self.at = at

    async def __call__(self, call: Call, do: Any) -> Any:
        try:
            return await self.at(call, do)
        finally:
            if self.at.fired and self.at.how.startswith("kill"):
                self.at = AtCall(0, "never")


def tell_at(number: int, how: str) -> None:
    at = AtCall(number, how)
    check(asyncio.run(story(Restartable(at), at.settle)))


@pytest.mark.parametrize("how", HOWS)
def test_hardened_survives_one_misfortune_at_any_port_call(how: str) -> None:
    total = port_calls()
    assert total > 80
    for number in range(1, total + 1):
        try:
            tell_at(number, how)
        except BaseException as error:
            raise AssertionError(f"{how} at port call {number} of {total}: {error!r}") from error


class Storm:
    """Each port call goes wrong with some chance: one seed is one run."""

    def __init__(self, seed: int, chance: float) -> None:
        self._random = random.Random(seed)
        self._chance = chance
        self._late: list[Any] = []

    async def __call__(self, call: Call, do: Any) -> Any:
        if self._late and self._random.random() < 0.3:
            await self._late.pop(self._random.randrange(len(self._late)))()
        if call.name in {"report", "renew"} or self._random.random() > self._chance:
            return await do()
        match self._random.randrange(6):
            case 0:
                raise Killed
            case 1:
                await do()
                raise Killed
            case 2 if call.writes:
                await do()
                return Unknown("reply lost")
            case 3 if call.name == "commit":
                self._late.append(do)
                return Unknown("still on its way")
            case 4 if call.writes:
                return Unknown("never arrived")
            case 5 if not call.writes:
                raise Unavailable("the storm")
            case _:
                return await do()

    def pauses(self) -> int:
        """How long somebody dawdles: mostly not at all, sometimes for long."""
        return self._random.choice((0, 0, 1, 1, 2, 3, 40))

    def change(self, town: Town) -> None:
        """Some inputs change: one name or all, or a name is taken down."""
        names = town.health.endpoints
        match self._random.randrange(4):
            case 0:
                town.health.touch(None)
            case 1 if len(town.health.removed) < 2:
                town.health.remove(self._random.choice(names))
            case _:
                town.health.touch(self._random.sample(names, 2))

    async def settle(self) -> None:
        while self._late:
            await self._late.pop()()


async def crowd(storm: Storm, plans: int = 7) -> Town:
    """Planner, three enactors and collector all at once, each call yielding to the others as chance has it."""
    town = Town()
    town.health.touch(None)
    await until_told(town, quietly, "planner")
    busy = True

    async def busily(call: Call, do: Any) -> Any:
        for _ in range(storm.pauses()):
            await asyncio.sleep(0)
        return await storm(call, do)

    async def keeps_acting(who: str) -> None:
        while busy:
            await asyncio.sleep(0)
            await until_told(town, busily, who)

    async def changes_come() -> None:
        nonlocal busy
        for _ in range(plans):
            storm.change(town)
            await until_told(town, busily, "planner")
            for _ in range(storm.pauses() * 20):
                await asyncio.sleep(0)
        busy = False

    await asyncio.gather(changes_come(), *(keeps_acting(who) for who in ("a", "b", "c", "collector")))
    await storm.settle()
    await come_to_rest(town)
    return town


@pytest.mark.parametrize("block", range(3))
def test_hardened_survives_a_storm_while_everybody_acts_at_once(block: int) -> None:
    for seed in range(block * 20, block * 20 + 20):
        storm = Storm(seed, (0.0, 0.02, 0.06)[block])
        try:
            check(asyncio.run(crowd(storm)))
        except BaseException as error:
            raise AssertionError(f"seed {seed}: {error!r}") from error


@pytest.mark.parametrize("block", range(3))
def test_hardened_survives_a_storm(block: int) -> None:
    for seed in range(block * 30, block * 30 + 30):
        storm = Storm(seed, 0.04 + 0.02 * (seed % 6))
        try:
            check(asyncio.run(story(storm, storm.settle)))
        except BaseException as error:
            raise AssertionError(f"seed {seed}: {error!r}") from error
