"""A stream of small plans converges to what one full plan would give, whatever the messages do."""

import asyncio
import random

import pytest

from coordination.invariants import unconverged
from coordination.plan import Generation, fold
from coordination.ports import PlanLost
from coordination.records import Endpoint, Records, RRset, Target
from tests.actors.town import Town
from tests.actors.world import records

ENDPOINTS, PLANS = 10_000, 1_000


def two_rrsets(endpoint: Endpoint, generation: Generation) -> Records:
    """An A and an AAAA RRset that tell their generation."""
    return (*records(endpoint, generation), RRset("AAAA", 60, (Target(f"fd00::{generation:x}", 1),)))


async def stream(town: Town, chance: random.Random, plans: int, losses: int) -> None:
    """Publish; tell two enactors of some plans, late, twice, in another order; lose some plans' bytes."""
    names = town.health.endpoints
    lost_at = set(chance.sample(range(plans // 10, plans), losses))
    for number in range(plans):
        town.health.touch(chance.sample(names, 3))
        if number % 50 == 17:
            town.health.remove(chance.choice(names))
        manifest = await town.plan(full_every=10 * plans)
        assert manifest is not None
        if number in lost_at:
            del town.log.plans[manifest.generation]
        for az in "ab":
            match chance.randrange(6):
                case 0:
                    await hears(town, az, manifest.generation)
                case 1:
                    await hears(town, az, chance.randint(1, manifest.generation))
                case 2:
                    await hears(town, az, manifest.generation)
                    await hears(town, az, manifest.generation)
                case _:
                    pass
        if number % 100 == 0:
            await town.collect()


async def hears(town: Town, az: str, generation: int) -> None:
    """One message about one plan, whatever its age, if that plan still exists."""
    manifest = town.state.manifests.get(Generation(generation))
    if manifest is not None and not manifest.retired:
        await town.enact(az, manifest, start={"a": 0.0, "b": 0.5}[az])


def published(town: Town) -> dict[Endpoint, object]:
    """What folding every plan ever published gives."""
    plans = [town.log.kept[generation] for generation in sorted(town.log.kept)]
    return {goal.endpoint: goal.records for goal in fold(plans)}


async def converges(endpoints: int, plans: int, losses: int, seed: int) -> Town:
    town = Town(names=[Endpoint(f"e{n:05d}.example") for n in range(endpoints)])
    town.health.allocate = two_rrsets
    chance = random.Random(seed)
    town.health.touch(None)
    await town.plan(full_every=10 * plans)
    await town.enact("a")
    await stream(town, chance, plans, losses)
    await town.plan(full_every=10 * plans)
    for az in "ab":
        ended = await town.enact(az)
        assert ended.status in {"finished", "not fresh"}, ended
    assert town.state.applied == town.state.newest
    assert list(unconverged(town.state, town.state.newest, town.published())) == []
    assert town.fallen == set()
    wanted = published(town)
    assert len(wanted) == endpoints
    for name, expected in wanted.items():
        assert town.state.answered(name) == expected, name
    for _ in range(2):
        await town.collect()
    live = {one.generation for one in town.state.manifests.values() if not one.retired}
    assert {tree for tree in town.trees() if tree[0] not in live} <= town.referenced() <= town.trees()
    return town


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_thousand_small_plans_over_twenty_thousand_records_converge_to_the_full_plan() -> None:
    """10,000 endpoints with two RRsets each; messages are skipped, doubled, reordered and lost."""
    town = asyncio.run(converges(ENDPOINTS, PLANS, losses=3, seed=20))
    assert town.state.newest >= PLANS
    full = [plan for plan in town.log.kept.values() if plan.base is None]
    assert len(full) <= 4, "the stream was of deltas"


@pytest.mark.parametrize("seed", range(6))
def test_small_streams_converge_too(seed: int) -> None:
    asyncio.run(converges(endpoints=60, plans=60, losses=4, seed=seed))


def test_a_steady_stream_of_deltas_stays_one_while_old_plans_are_forgotten() -> None:
    """Forgotten manifests break the way back to the full plan; no full plan is due for that."""

    async def steady() -> Town:
        town = Town()
        town.health.touch(None)
        for _ in range(40):
            await town.plan(full_every=1000)
            await town.enact("a")
            await town.collect()
            town.health.touch([town.health.endpoints[0]])
        return town

    town = asyncio.run(steady())
    assert town.told("forgotten")
    assert [plan.generation for plan in town.log.plans.values() if plan.base is None] == [1]


def test_lost_bytes_make_the_enactor_wait_and_the_planner_publish_a_full_plan() -> None:
    async def lost() -> Town:
        town = Town()
        town.health.touch(None)
        await town.plan()
        await town.enact("a")
        town.health.remove(town.health.endpoints[1])
        manifest = await town.plan()
        assert manifest is not None
        assert manifest.base == 1
        del town.log.plans[manifest.generation]
        assert (await town.enact("a")).status == "plan lost"
        full = await town.plan()
        assert full is not None
        assert full.base is None
        assert (await town.enact("a")).status == "finished"
        return town

    town = asyncio.run(lost())
    gone, *_ = town.health.removed
    assert town.state.answered(gone) is None, "the full plan names again what the lost delta removed"
    assert town.state.answered(town.health.endpoints[0]) == records(town.health.endpoints[0], 3)


def test_a_plan_is_fetched_or_said_to_be_lost() -> None:
    town = Town()
    manifest = town.publish(full=True)
    town.log.plans.clear()
    with pytest.raises(PlanLost):
        asyncio.run(town.log.fetch(manifest))
