"""A thousand small delta plans over 20,000 records, through a log that duplicates, reorders, tears and loses.

The reader is the smallest one that is right: fold the chain of manifests since what it applied, and wait for
a full plan when a link's bytes are gone. After every step it must stand where a full plan would have put it.
"""

import itertools
from collections.abc import Iterator
from random import Random

import pytest

from coordination.limits import PLAN_CHAIN
from coordination.memory_log import MemoryLog, MemoryPlanLog, Mishap
from coordination.plan import Entry, Generation, Goal, Manifest, Plan, chain, diff, fold
from coordination.ports import PlanLost, PlanTorn
from coordination.records import Endpoint, Records, RRset, Target
from tests.bounded import run

RECORDS = 20_000
PLANS = 1_000
FULL_EVERY = 60
CHANGES = 12
COMPARE_EVERY = 50

assert FULL_EVERY < PLAN_CHAIN


class InstantClock:
    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


def _records(generation: int, number: int) -> Records:
    return (
        RRset("A", 60, (Target(f"10.{generation & 255}.{number >> 8 & 255}.{number & 255}", 1 + (generation >> 8)),)),
    )


class Planner:
    """Changes, removes and revives a few endpoints a step; every FULL_EVERY-th plan names all of them."""

    def __init__(self, random: Random, records: int = RECORDS) -> None:
        self._random = random
        self._names = [Endpoint(f"e{number:05d}.example") for number in range(records)]
        self._now: dict[Endpoint, Records] = {}
        self._gone: set[Endpoint] = set()
        self.truth: dict[Endpoint, Goal] = {}

    def plan(self, generation: Generation, full: bool) -> Plan:
        everything = range(len(self._names))
        touched = self._random.sample(everything, CHANGES) if self._now else everything
        names = [self._names[number] for number in touched]
        before = {name: self._now[name] for name in names if name in self._now}
        for number, name in zip(touched, names, strict=True):
            if name in before and self._random.random() < 0.2:
                del self._now[name]
                self._gone.add(name)
            else:
                self._now[name] = _records(generation, number)
                self._gone.discard(name)
        if full:
            entries = (*diff({}, self._now), *(Entry(name, None) for name in sorted(self._gone)))
        else:
            entries = diff(before, {name: self._now[name] for name in names if name in self._now})
        self.truth.update((name, Goal(name, generation, records)) for name, records in entries)
        return Plan(generation, None if full else Generation(generation - 1), entries)


class Reader:
    """Folds chains along manifests; counts what it had to bear."""

    def __init__(self, log: MemoryPlanLog) -> None:
        self.log = log
        self.applied: Generation | None = None
        self.goals: dict[Endpoint, Goal] = {}
        self.fetched: dict[Generation, Plan] = {}
        self.waited = 0
        self.longest = 0

    async def catch_up(self, manifests: dict[Generation, Manifest], newest: Generation) -> bool:
        links = chain(manifests[newest], manifests, self.applied)
        try:
            for link in links:
                if link.generation not in self.fetched:
                    self.fetched[link.generation] = await self.log.fetch(link)
        except (PlanLost, PlanTorn):
            self.waited += 1
            return False
        plans = [self.fetched[link.generation] for link in links]
        self.goals.update((goal.endpoint, goal) for goal in fold(plans))
        self.applied = newest
        self.fetched.clear()
        self.longest = max(self.longest, len(links))
        return True


def _mishaps(random: Random) -> Iterator[Mishap]:
    while True:
        yield Mishap(
            duplicate=random.random() < 0.2,
            reorder=random.random() < 0.2,
            lose=random.random() < 0.01,
            tear=random.random() < 0.01,
        )


@pytest.mark.parametrize(
    ("seed", "records"), [pytest.param(0, RECORDS, marks=pytest.mark.slow), (1, 1_000), (2, 1_000), (3, 50)]
)
def test_a_stream_of_deltas_ends_where_a_full_plan_would(seed: int, records: int) -> None:
    async def story() -> None:
        random, store = Random(seed), MemoryLog()
        planner, publisher = Planner(random, records), MemoryPlanLog(store, InstantClock())
        wakes = {0.9: Reader(MemoryPlanLog(store, InstantClock())), 0.05: Reader(MemoryPlanLog(store, InstantClock()))}
        manifests: dict[Generation, Manifest] = {}
        mishaps = _mishaps(random)
        for generation in map(Generation, range(1, PLANS + 1)):
            last = generation == PLANS
            store.mishap = Mishap() if last else next(mishaps)
            full = last or generation % FULL_EVERY == 1
            manifests[generation] = await publisher.append(planner.plan(generation, full))
            await publisher.announce(generation)
            for wake, reader in wakes.items():
                if random.random() > wake and not last:
                    continue
                heard = await reader.log.heard(reader.applied, 0.0)
                assert heard is None or heard <= generation
                moved = await reader.catch_up(manifests, generation)
                if moved and (generation % COMPARE_EVERY == 0 or last):
                    assert reader.goals == planner.truth
        for reader in wakes.values():
            assert reader.applied == PLANS
            assert reader.goals == planner.truth
            assert reader.waited > 0, "nothing was ever lost: the test proves nothing"
            assert reader.longest > 1, "no chain was ever folded: the test proves nothing"

    run(story())


def test_acting_on_the_newest_delta_alone_loses_changes_for_good() -> None:
    async def story() -> None:
        store, planner = MemoryLog(), Planner(Random(0), 1_000)
        log = MemoryPlanLog(store, InstantClock())
        plans = [planner.plan(Generation(generation), generation == 1) for generation in (1, 2, 3)]
        manifests = {plan.generation: await log.append(plan) for plan in plans}
        naive = {goal.endpoint: goal for goal in fold([await log.fetch(manifests[Generation(g)]) for g in (1, 3)])}
        assert naive != planner.truth
        right = Reader(log)
        assert await right.catch_up(manifests, Generation(1))
        assert await right.catch_up(manifests, Generation(3))
        assert right.goals == planner.truth

    run(story())


def test_a_lost_link_is_bridged_by_the_next_full_plan_and_by_nothing_before() -> None:
    async def story() -> None:
        store, planner = MemoryLog(), Planner(Random(1), 1_000)
        log, manifests = MemoryPlanLog(store, InstantClock()), {}
        reader = Reader(MemoryPlanLog(store, InstantClock()))
        came = []
        for generation in map(Generation, range(1, 7)):
            store.mishap = Mishap(lose=generation == 3)
            manifests[generation] = await log.append(planner.plan(generation, full=generation in {1, 6}))
            came.append(await reader.catch_up(manifests, generation))
        assert came == [True, True, False, False, False, True]
        assert reader.goals == planner.truth

    run(story())


@pytest.mark.parametrize("mishap", [Mishap(lose=True), Mishap(tear=True)])
def test_a_log_does_not_hold_what_its_readers_have_to_refuse(mishap: Mishap) -> None:
    async def story() -> None:
        store, planner = MemoryLog(), Planner(Random(3), RECORDS)
        log = MemoryPlanLog(store, InstantClock())
        store.mishap = mishap
        manifest = await log.append(planner.plan(Generation(1), full=True))
        assert manifest.chunks > 1
        with pytest.raises(PlanTorn):
            await log.fetch(manifest)
        assert not await log.holds(manifest)

    run(story())


def test_a_broker_that_forgot_everything_costs_one_full_plan() -> None:
    async def story() -> None:
        store, planner = MemoryLog(), Planner(Random(2), 1_000)
        log, manifests = MemoryPlanLog(store, InstantClock()), {}
        reader = Reader(MemoryPlanLog(store, InstantClock()))
        for generation, full, forgets in zip(
            map(Generation, itertools.count(1)), (1, 0, 0, 1), (0, 0, 1, 0), strict=False
        ):
            manifests[generation] = await log.append(planner.plan(generation, bool(full)))
            if forgets:
                store.forget()
                assert not await reader.catch_up(manifests, generation)
                assert not any([await log.holds(manifest) for manifest in manifests.values()])
        assert await reader.catch_up(manifests, generation)
        assert reader.goals == planner.truth

    run(story())
