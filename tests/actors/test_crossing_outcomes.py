"""October 2025 under every posture, both causes: exactly what falls, and what hardened keeps."""

import asyncio
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from coordination.authority import State
from coordination.history import replay
from coordination.intents import Batch, DropLock, Proposal
from coordination.invariants import falls, unconverged
from coordination.limits import READ_ENDPOINTS
from coordination.postures import HARDENED, POSTURES, Posture, posture
from coordination.records import Endpoint
from namelatch.demo.script import NEW, OLD, Moment, play
from namelatch.lab.crossing import Cause
from tests.actors.town import E1, E2, Town, enacts, meanwhile
from tests.actors.world import REGIONAL, MemoryStage, World, played, records, run_crossing

ENDPOINTS = 60
TWO_WALKS = 2 * READ_ENDPOINTS  # fewer are not shared out
EMPTIED = {"never-delete-active", "never-empty"}
TAKEN_BACK = {"monotone-generation"}
UNDER_A_CLAIM = {"claimed-plan-exists"}
DANGLING = {"rollback-target-exists"}

FALLEN: dict[tuple[str, Cause], set[str]] = {
    ("incident", "order"): EMPTIED | TAKEN_BACK | DANGLING | UNDER_A_CLAIM,
    ("incident", "pause"): EMPTIED | TAKEN_BACK | DANGLING | UNDER_A_CLAIM,
    ("d1-before", "order"): TAKEN_BACK | DANGLING,
    ("d1-before", "pause"): TAKEN_BACK | DANGLING,
    ("d1-after", "order"): TAKEN_BACK | DANGLING,
    ("d1-after", "pause"): TAKEN_BACK | DANGLING,
    ("d2-after", "order"): EMPTIED | DANGLING,
    ("d2-after", "pause"): EMPTIED | DANGLING,
    ("registered-versioned", "order"): TAKEN_BACK | DANGLING,
    ("registered-versioned", "pause"): TAKEN_BACK | DANGLING,
    ("spin-fixed", "order"): EMPTIED | TAKEN_BACK | DANGLING | UNDER_A_CLAIM,
    ("spin-fixed", "pause"): EMPTIED | TAKEN_BACK | DANGLING | UNDER_A_CLAIM,
    ("hardened", "order"): set(),
    ("hardened", "pause"): set(),
    ("minimal", "order"): set(),
    ("minimal", "pause"): set(),
}
EVERY = [
    pytest.param(posture, cause, id=f"{posture.name}-{cause}") for posture in POSTURES for cause in ("order", "pause")
]
CAUSES = pytest.mark.parametrize("cause", ["order", "pause"])


@cache
def story(posture: Posture, cause: Cause) -> World:
    return run_crossing(posture, ENDPOINTS, cause)


def fallen(world: World) -> list[tuple[str, str]]:
    return [(fall.invariant, fall.where) for b, batch, a, _ in replay(world.lines) for fall in falls(b, batch, a)]


def state(world: World) -> State:
    return world.store.state


@pytest.mark.parametrize(("posture", "cause"), EVERY)
def test_exactly_the_known_invariants_fall(posture: Posture, cause: Cause) -> None:
    assert {name for name, _ in fallen(story(posture, cause))} == FALLEN[posture.name, cause]


@pytest.mark.parametrize(("posture", "cause"), EVERY)
def test_the_fault_was_in_force(posture: Posture, cause: Cause) -> None:
    world = story(posture, cause)
    assert world.gate is not None
    assert world.gate.rule.in_force
    began = [report for report in world.told("began") if report.who == "a" and report.generation == OLD]
    assert began


@pytest.mark.parametrize(("posture", "cause"), EVERY)
def test_two_walkers_in_each_enactor_change_nothing_of_what_falls_and_what_wedges(
    posture: Posture, cause: Cause
) -> None:
    world = run_crossing(posture, TWO_WALKS, cause, walkers=2)
    assert walked_at_once(world), "half of the walk and the other half, in turns"
    assert world.gate is not None
    assert world.gate.rule.in_force
    assert {name for name, _ in fallen(world)} == FALLEN[posture.name, cause]
    one = run_crossing(posture, TWO_WALKS, cause)
    assert refused(world) == refused(one)
    assert state(world).answered(REGIONAL) == state(one).answered(REGIONAL)
    assert state(world).applied == state(one).applied


class FullPlans(MemoryStage):
    """The story with full plans only; the slow enactor walks too, and meets the regional name in its first part."""

    async def touch(self, endpoints: Sequence[Endpoint] | None, by: str) -> None:
        self.world.health.touch(None)

    async def start(self, role: str) -> None:
        if role == "a":
            self.world.start_enactor("a", 2 / 3)
        else:
            await super().start(role)


@CAUSES
def test_a_walker_that_is_stuck_at_the_regional_name_leaves_the_other_its_work(cause: Cause) -> None:
    async def played() -> World:
        stage = FullPlans(HARDENED, TWO_WALKS, cause, walkers=2)
        try:
            await play(stage, HARDENED)
        finally:
            await stage.world.stop()
        return stage.world

    world = asyncio.run(played())
    assert world.gate is not None
    assert world.gate.rule.in_force
    committed = [line for line in world.lines if line.get("out") == "committed"]
    by_a = [
        change[1]
        for line in committed
        if line["who"] == "a"
        for change in line["changes"]
        if change[0] == "enact" and change[2] == OLD
    ]
    assert set(world.health.endpoints[TWO_WALKS // 6 : TWO_WALKS * 2 // 3]) <= set(by_a), "the second of two parts"
    assert REGIONAL not in by_a
    assert fallen(world) == []


def refused(world: World) -> set[tuple[str, str, Endpoint | None]]:
    """Who was wedged where, and who yielded with the old plan; with the later ones now this one is ahead, now that."""
    wedged = {(report.event, report.who, report.endpoint) for report in world.told("wedged")}
    return wedged | {(one.event, one.who, None) for one in world.told("superseded") if one.generation == OLD}


def walked_at_once(world: World) -> bool:
    """Whether b wrote the first plan in two places of the walk in turns."""
    half = world.health.endpoints[TWO_WALKS // 2]
    wrote = [change[1] < half for line in world.lines for change in line.get("changes", ()) if is_first(change)]
    return sum(now != next_ for now, next_ in pairwise(wrote)) > 2  # a round that begins elsewhere crosses it twice


def is_first(change: list[Any]) -> bool:
    return bool(change[0] == "enact" and change[2] == 1)


@pytest.mark.parametrize("posture", [one for one in POSTURES if "lock" in {g.name for g in one.safeguards}])
def test_where_there_are_locks_the_slow_enactor_really_loses_them_to_others(posture: Posture) -> None:
    world = story(posture, "order")
    lost = [line for line in world.lines if line["who"] == "a" and line.get("out") == "conflict"]
    assert world.gate is not None
    assert world.gate.rule.locks_lost >= 2
    assert any(REGIONAL in condition for line in lost for _, name, condition in line["lost"] if name == "LockFree")


@CAUSES
def test_the_incident_empties_the_regional_name_and_stays_wedged(cause: Cause) -> None:
    world = story(POSTURES[0], cause)
    assert ("never-empty", REGIONAL) in fallen(world)
    assert state(world).answered(REGIONAL) == ()
    assert state(world).roots[REGIONAL].generation == OLD
    wedged = {(report.who, report.generation) for report in world.told("wedged") if report.endpoint == REGIONAL}
    assert {(az, generation) for az in "abc" for generation in (6, 7)} <= wedged
    assert state(world).applied == NEW


@CAUSES
def test_under_hardened_the_newest_plan_is_served_everywhere(cause: Cause) -> None:
    world = story(HARDENED, cause)
    newest = state(world).newest
    assert newest == 8
    assert list(unconverged(state(world), newest)) == []
    for name in world.health.endpoints:
        expected = newest if name in world.health.endpoints[-5:] else NEW
        assert state(world).answered(name) == records(name, expected)


@CAUSES
def test_under_hardened_the_lag_alarm_is_told_before_the_enactor_yields(cause: Cause) -> None:
    events = [(report.who, report.event) for report in story(HARDENED, cause).log.reports]
    assert events.index(("a", "lag alarm")) < events.index(("a", "superseded"))


@CAUSES
def test_under_hardened_the_superseded_enactor_writes_nothing_after_it_comes_back(cause: Cause) -> None:
    world = story(HARDENED, cause)
    listed = next(at for at, line in enumerate(world.lines) if line["call"] == "list" and 5 in line["found"])
    late = [
        change
        for line in world.lines[listed:]
        if line["who"] == "a" and line.get("out") == "committed"
        for change in line["changes"]
        if change[0] == "enact" and change[2] == OLD
    ]
    assert late == []


@CAUSES
def test_under_hardened_nothing_that_is_pointed_at_was_collected(cause: Cause) -> None:
    after = state(story(HARDENED, cause))
    for name, root in after.roots.items():
        assert after.tree(root.generation, name) is not None
        assert root.rollback is None or after.tree(root.rollback, name) is not None


class Deadly(MemoryStage):
    """The stage on which one enactor is killed while the newer plan overtakes, and started anew."""

    def __init__(self, posture: Posture, cause: Cause, victim: str) -> None:
        super().__init__(posture, ENDPOINTS, cause, None if victim == "a" else victim)
        self._victim = victim

    async def moment(self, now: Moment) -> None:
        if now != ("published" if self._victim == "c" else "overtaking"):
            return
        if self._victim != "a":
            await self.start(self._victim)
            await self.until(lambda facts: facts.rule.exposed, "the victim in the middle of its work")
            last = [report for report in self.world.log.reports if report.who == self._victim][-1]
            assert (last.event, last.generation) == ("began", NEW)
        await self.world.kill(self._victim)
        for name, _ in [lock for lock in state(self.world).locks.items() if lock[1] == self._victim]:
            self.world.store.commit(Batch((Proposal(DropLock(name, self._victim)),)))  # they hung on its lease
        await self.start(self._victim)


@pytest.mark.parametrize(("posture", "cause"), EVERY)
def test_a_slow_enactor_that_was_killed_takes_the_fault_with_it_and_nothing_waits_for_it(
    posture: Posture, cause: Cause
) -> None:
    """It starts again, and that is no coming back: the run does not count as one with the fault in force."""
    world = played(lambda: Deadly(posture, cause, "a"), posture)
    assert world.gate is not None
    assert world.gate.rule.gone
    assert not world.gate.rule.in_force
    assert "monotone-generation" not in {name for name, _ in fallen(world)}
    if posture is HARDENED:
        assert fallen(world) == []
        assert list(unconverged(state(world), state(world).newest)) == []


@pytest.mark.parametrize("victim", ["b", "c"])
@pytest.mark.parametrize(("posture", "cause"), EVERY)
def test_another_enactor_dies_in_the_middle_of_its_work_and_the_fault_is_in_force_all_the_same(
    posture: Posture, cause: Cause, victim: str
) -> None:
    world = played(lambda: Deadly(posture, cause, victim), posture)
    assert world.gate is not None
    assert world.gate.rule.struck
    assert world.gate.rule.in_force
    if posture is HARDENED:
        assert fallen(world) == []
        assert list(unconverged(state(world), state(world).newest)) == []


def calm(posture: Posture, azs: str) -> World:
    """Six plans, each brought in by every enactor there is before the next one comes."""

    async def run() -> World:
        world = World(posture, 30)
        world.start_planner()
        for at, az in enumerate(azs):
            world.start_enactor(az, at / 3)
        world.start_collector()
        for some in (None, [REGIONAL], None, [REGIONAL, world.health.endpoints[0]], None, None):
            newest = await world.publish(some)
            await world.until(lambda n=newest: settled(world, azs, n), f"generation {newest} settled")
        await world.stop()
        return world

    return asyncio.run(run())


def settled(world: World, azs: str, generation: int) -> bool:
    done = {
        report.who
        for report in world.log.reports
        if report.generation == generation and report.event in {"finished", "not fresh", "superseded"}
    }
    return world.store.state.applied == generation and done >= set(azs)


@pytest.mark.parametrize("azs", ["abc", "bc"], ids=["all azs", "az offline"])
@pytest.mark.parametrize("posture", POSTURES, ids=lambda posture: posture.name)
def test_every_posture_passes_while_nobody_is_slow_even_with_an_az_offline(posture: Posture, azs: str) -> None:
    """A dead enactor is harmless under every posture, a slow one (above) under almost none."""
    world = calm(posture, azs)
    assert list(unconverged(state(world), state(world).newest)) == []
    assert not {"never-empty", "never-delete-active", "monotone-generation"} & {name for name, _ in fallen(world)}


@pytest.mark.parametrize("name", ["d1-after", "registered-versioned"])
def test_registered_ownership_protects_only_as_long_as_it_is_registered(name: str) -> None:
    """The stale writer moves on to a newer plan and its claim with it; what it wrote is still followed, and goes."""

    async def moves_on() -> Town:
        town = Town(posture(name))
        town.publish(full=True)
        await town.enact("b")
        old = town.publish(full=True)

        async def overtaken() -> None:
            for _ in range(5):
                town.publish(full=True)
                await town.enact("b")
            assert (await town.collect()).generations == (1,)

        await town.enact("a", old, meanwhile(enacts(E1), overtaken))
        assert "monotone-generation" in town.fallen, "the version has moved: a looks again and writes all the same"
        town.publish(E2)
        await town.enact("a")
        await town.enact("b")
        await town.collect()
        return town

    town = asyncio.run(moves_on())
    assert {"never-empty", "never-delete-active"} <= town.fallen
    assert town.state.answered(E1) == ()
