"""What each role does by itself: planner, enactor, collector, and the loops around them.

Longer than other files: the roles share the town that each test begins in, and their loops are told apart by contrast.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any

import pytest

from actors.planner import Fenced, lead
from actors.roles import CollectorSettings, EnactorSettings, PlannerPorts, PlannerSettings
from actors.service import serve_collector, serve_enactor, serve_planner
from coordination import limits
from coordination.intents import (
    Batch,
    Committed,
    Conflict,
    DropClaim,
    DropLeadership,
    DropLock,
    DropTree,
    Enact,
    Finish,
    Forget,
    Proposal,
    Publish,
    Reserve,
    Retire,
    TakeClaim,
    TakeLock,
    Unknown,
)
from coordination.plan import Generation
from coordination.ports import PlanTorn, Unavailable, silent
from coordination.postures import HARDENED, posture
from coordination.records import RRset, Target
from tests.actors.town import E1, E2, E3, NAMES, AtCall, Call, ShortLived, Town, asks, enacts, meanwhile
from tests.actors.world import REGIONAL, World, records

ALWAYS = 10_000


def go(story: Awaitable[Any]) -> Any:
    async def run() -> Any:
        return await story

    return asyncio.run(run())


async def ready(town: Town, plans: int = 1, az: str = "a") -> Town:
    for _ in range(plans):
        town.publish(full=True)
        await town.enact(az)
    return town


def losing(kind: type, times: int, effect: bool) -> Any:
    """The first `times` replies to this kind of commit are lost, with or without their effect."""
    left = [times]

    async def peril(call: Call, act: Any) -> Any:
        if left[0] and call.name in {"commit", "acquire"} and asks(kind)(call):
            left[0] -= 1
            if effect:
                await act()
            return Unknown("lost by the test")
        return await act()

    return peril


# --- the planner -------------------------------------------------------------------------------------------------


def test_a_planner_that_has_nothing_new_publishes_nothing() -> None:
    async def story() -> None:
        town = Town()
        town.health.touch(None)
        assert (await town.plan()).base is None
        assert await town.plan() is None
        town.health.touch([E1])
        manifest = await town.plan()
        assert (manifest.base, [entry.endpoint for entry in town.log.plans[2].entries]) == (1, [E1])

    go(story())


def test_a_full_plan_is_due_every_so_many_numbers_and_names_what_was_removed_long_ago() -> None:
    async def story() -> None:
        town = Town()
        town.health.touch(None)
        await town.plan(full_every=5)
        town.health.remove(E2)
        for _ in range(12):
            await town.plan(full_every=5)
            town.health.touch([E1])
        full = [plan for plan in town.log.plans.values() if plan.base is None]
        assert [plan.generation for plan in full] == [1, 5, 10]
        for plan in full[1:]:
            assert dict(plan.entries)[E2] is None
            assert set(dict(plan.entries)) == set(NAMES)

    go(story())


def test_inputs_that_have_failed_empty_make_no_plan() -> None:
    async def story() -> None:
        town = Town()
        town.health.touch(None)
        await town.plan()
        names, town.health.endpoints = town.health.endpoints, []
        town.health.touch(None)
        assert await town.plan() is None
        assert town.state.newest == town.state.reserved == 1
        assert town.told("empty inputs")
        town.health.endpoints = names
        assert (await town.plan()).generation == 2

    go(story())


def slowly(town: Town, who: str, verb: str) -> Any:
    """A log that takes three lives of a lease for a plan, in steps that it shows."""
    claims = town._claims[who] = ShortLived(town.store, town.clock)

    async def peril(call: Call, act: Any) -> Any:
        if call.name == verb:
            for _ in range(6):
                town.clock.time += ShortLived.TTL_S / 2
                await claims.lapse()
                await (call.args[1] if len(call.args) > 1 else silent)()
        return await act()

    return peril


def test_a_plan_that_takes_longer_to_send_than_a_lease_lives_is_published_the_first_time() -> None:
    async def story() -> None:
        town = Town()
        town.health.touch(None)
        assert (await town.plan(slowly(town, "planner", "append"))).generation == 1

    go(story())


def test_a_plan_that_takes_longer_to_fetch_than_a_lease_lives_is_enacted_the_first_time() -> None:
    async def story() -> None:
        town = Town()
        town.publish(full=True)
        assert (await town.enact("a", peril=slowly(town, "a", "fetch"))).status == "finished"

    go(story())


@pytest.mark.parametrize("at", ["before the first slice", "before the bytes", "among the bytes"])
def test_a_planner_that_has_lost_its_leadership_stops_where_it_is(at: str) -> None:
    async def story() -> None:
        town = Town()
        town.health.touch(None)
        await town.plan()
        town.health.touch([E1])

        async def deposed() -> None:
            town.store.commit(Batch((Proposal(DropLeadership("region")),)))

        moments = {
            "before the first slice": meanwhile(asks(Reserve), deposed, after=True),
            "before the bytes": meanwhile(lambda call: call.name == "renew" and town.state.reserved == 2, deposed),
            "among the bytes": meanwhile(lambda call: call.name == "append", deposed),
        }
        with pytest.raises(Fenced, match="generation 2 was not published: the leadership was lost"):
            await town.plan(moments[at])
        assert [plan.generation for plan in town.log.appended] == [1]
        assert town.state.newest == 1

    go(story())


def test_inputs_older_than_the_newest_plans_make_no_plan() -> None:
    async def story() -> None:
        town = Town()
        for _ in range(3):
            town.health.touch(None)
        await town.plan()
        town.health.revision = 2
        assert await town.plan() is None
        assert town.told("old inputs")
        assert town.state.newest == 1

    go(story())


@pytest.mark.parametrize("effect", [True, False])
def test_after_a_lost_reply_to_publish_no_number_has_two_plans_and_none_is_lost(effect: bool) -> None:
    async def story() -> None:
        town = Town()
        town.health.touch(None)
        first = await town.plan(losing(Publish, 1, effect))
        assert (first is not None) == effect
        await town.plan()
        assert town.state.newest == (1 if effect else 2)
        assert [report.generation for report in town.told("published")] == [town.state.newest]
        assert town.fallen == set()
        assert len({plan.generation for plan in town.log.appended}) == len(town.log.appended)

    go(story())


def test_a_publication_that_arrives_late_is_refused_or_makes_the_next_one_look_again() -> None:
    async def story() -> None:
        town = Town()
        town.health.touch(None)
        await town.plan()
        town.health.touch([E1])
        at = AtCall(ALWAYS, "late")

        async def late(call: Call, act: Any) -> Any:
            if call.name == "commit" and asks(Publish)(call) and not at.fired:
                at.fired, at._pending = True, act
                return Unknown("on its way")
            return await act()

        assert await town.plan(late) is None
        assert (await town.plan()).generation == 3
        await at.settle()
        assert sorted(town.state.manifests) == [1, 3]

    go(story())


def test_a_lost_reply_to_leading_is_not_the_end_of_planning() -> None:
    async def story() -> None:
        town = Town()
        world = PlannerPorts(town.ports("planner", losing(object, 1, True)), town.health)
        settings = PlannerSettings("region", "p")
        assert await lead(world, settings) is None
        assert await lead(world, settings) is not None

    go(story())


# --- the enactor -------------------------------------------------------------------------------------------------


def test_claims_overlap_when_the_next_plan_is_taken() -> None:
    async def story() -> None:
        town = await ready(Town(), 1)
        town.publish(full=True)
        seen: list[set[int]] = []

        async def look() -> None:
            seen.append({generation for generation, _ in town.state.claims})

        await town.enact("a", peril=meanwhile(lambda call: call.name == "release", look))
        assert seen == [{1, 2}]
        assert set(town.state.claims) == {(2, "a")}

    go(story())


def test_after_folding_many_deltas_the_claim_is_on_the_plan_itself() -> None:
    async def story() -> None:
        town = await ready(Town(), 1)
        for _ in range(3):
            town.publish(E1)
        await town.enact("b")
        assert (4, "b") in town.state.claims
        assert (2, "b") not in town.state.claims
        assert (await town.collect()).retired == ()
        await town.enact("a")
        town.expire("a")
        assert (await town.collect()).retired == (1, 2, 3)

    go(story())


@pytest.mark.parametrize("kind", [TakeClaim, Enact, Finish])
@pytest.mark.parametrize("effect", [True, False])
@pytest.mark.parametrize("times", [1, 3])
def test_lost_replies_are_looked_into_and_the_plan_is_finished_once(kind: type, effect: bool, times: int) -> None:
    async def story() -> None:
        town = Town()
        town.publish(full=True)
        ended = await town.enact("a", peril=losing(kind, times, effect))
        assert ended.status == "finished"
        assert town.state.applied == 1
        assert set(town.state.claims) == {(1, "a")}
        assert all(town.state.answered(name) == records(name, 1) for name in NAMES)
        finishes = [p for batch in town.store.batches for p in batch.proposals if isinstance(p.change, Finish)]
        assert len(finishes) == 1

    go(story())


@pytest.mark.parametrize("kind", [TakeClaim, Enact, Finish])
def test_replies_lost_without_end_end_the_enactment_and_not_the_enactor(kind: type) -> None:
    async def story() -> None:
        town = Town()
        town.publish(full=True)
        ended = await town.enact("a", peril=losing(kind, ALWAYS, False))
        assert ended.status in {"unavailable", "incomplete"}
        assert town.state.applied is None
        assert (await town.enact("a")).status == "finished"

    go(story())


def test_a_claim_of_an_earlier_life_is_replaced_and_its_writer_fenced() -> None:
    async def story() -> None:
        town = Town()
        town.publish(full=True)

        async def restarts() -> None:
            town.crash("a")
            assert (await town.enact("a")).status == "finished"
            town.held["a"], town.new = None, town.held["a"]

        ended = await town.enact("a", peril=meanwhile(enacts(E1), restarts))
        assert ended.status == "fenced"
        assert town.fallen == set()
        assert town.state.claims[1, "a"].fence == town.new.fence

    go(story())


@pytest.mark.parametrize("how", ["the first reply is lost", "the adapter lost it too"])
def test_a_claim_under_ones_own_token_is_kept_as_long_as_it_can_be_renewed(how: str) -> None:
    """Nobody revokes it: the reply was lost. Only a claim that its own holder can't renew makes room for a new one."""

    async def story() -> None:
        town = Town()
        town.publish(full=True)
        lost = losing(TakeClaim, 1, True)

        async def peril(call: Call, act: Any) -> Any:
            if call.name == "renew" and how == "the adapter lost it too" and not town.told("claim revoked"):
                return False
            return await lost(call, act)

        ended = await town.enact("a", peril=peril)
        assert ended.status == "finished"
        claims = [p.change for batch in town.store.batches for p in batch.proposals if isinstance(p.change, TakeClaim)]
        again = how == "the adapter lost it too"
        assert len(claims) == 1 + again
        assert len(town.told("claim revoked")) == again
        assert ended.held is not None
        assert town.state.claims[Generation(1), "a"].fence == ended.held.fence

    go(story())


def test_an_enactor_that_is_always_second_gives_up_the_claim_of_the_plan_before():
    async def story() -> None:
        town = await ready(Town(HARDENED))
        for generation in (2, 3, 4, 5):
            manifest = town.publish(full=True)
            await town.enact("b")
            assert (await town.enact("a", manifest)).status == "not fresh"
            assert sorted(town.state.claims) == [(generation, "b")]
        await town.collect()
        assert [one.generation for one in town.state.manifests.values() if not one.retired] == [5]

    go(story())


@pytest.mark.parametrize(("error", "status"), [(PlanTorn("bad digest"), "quarantined")])
def test_a_plan_that_is_not_what_was_promised_is_not_enacted(error: Exception, status: str) -> None:
    async def story() -> None:
        town = Town()
        town.publish(full=True)

        async def torn(call: Call, act: Any) -> Any:
            if call.name == "fetch":
                raise error
            return await act()

        ended = await town.enact("a", peril=torn)
        assert ended.status == status
        assert not town.state.roots
        assert town.state.applied is None

    go(story())


def test_a_broken_chain_waits_for_a_full_plan() -> None:
    async def story() -> None:
        town = await ready(Town(), 1)
        town.publish(E1)
        town.publish(E2)
        town.store.state = replace(town.state, manifests=town.state.manifests.delete(Generation(2)))
        assert (await town.enact("a")).status == "broken chain"
        assert town.state.answered(E2) == records(E2, 1)
        assert (await town.plan()).base is None if town.health.touch(None) is None else False
        assert (await town.enact("a")).status == "finished"

    go(story())


def test_an_endpoint_that_never_gives_way_is_given_up_and_the_plan_not_finished() -> None:
    async def story() -> None:
        town = Town(posture("d2-after"))
        town.publish(full=True)
        town.store.commit(Batch((Proposal(TakeLock(E2, "gone")),)))
        ended = await town.enact("a")
        assert ended.status == "incomplete"
        assert ended.counts["lock retries"] == limits.LOCK_ATTEMPTS + 1
        assert town.state.applied is None
        assert dict(town.state.locks) == {E2: "gone"}
        assert E2 not in town.state.roots
        assert E1 in town.state.roots

    go(story())


def test_a_lock_is_given_back_when_its_endpoint_turns_out_to_be_done_or_pinned() -> None:
    from coordination.intents import Hold

    async def story() -> None:
        town = Town(posture("d2-after"))
        town.publish(full=True)
        calls: list[str] = []

        async def done_by_another() -> None:
            done = Enact(E1, Generation(1), records(E1, 1), None, "b")
            assert isinstance(town.store.commit(Batch((Proposal(done), Proposal(Hold(E2, "operator"))))), Committed)

        first = meanwhile(enacts(E1), done_by_another)

        async def listening(call: Call, act: Any) -> Any:
            dropped = [change.endpoint for change in call.changes if isinstance(change, DropLock)]
            calls.append(dropped[0] if dropped else call.name)
            return await first(call, act)

        await town.enact("a", peril=listening)
        last = len(calls) - 1 - calls[::-1].index("renew")
        assert {E1, E2} <= set(calls[:last]), "kept to the end of the walk"
        assert not town.state.locks

    go(story())


@pytest.mark.parametrize("effect", [True, False])
def test_a_lock_whose_reply_was_lost_is_given_back_and_taken_again(effect: bool) -> None:
    async def story() -> None:
        town = Town(posture("d2-after"))
        town.publish(full=True)
        ended = await town.enact("a", peril=losing(TakeLock, 2, effect))
        assert ended.status == "finished"
        assert not town.state.locks

    go(story())


def test_an_enactor_without_its_plan_writes_empty_only_where_the_story_says_so() -> None:
    """gc-then-write-empty: the collector takes the plan of a slow enactor, which then writes what it has: nothing."""

    async def story(name: str) -> Town:
        town = Town(posture(name))
        old = town.publish(full=True)

        async def collected() -> None:
            await town.enact("b")
            for _ in range(5):
                town.publish(full=True)
                await town.enact("b")
            await town.collect()

        await town.enact("a", old, meanwhile(lambda call: call.name == "fetch", collected))
        return town

    town = go(story("d1-before"))
    assert "never-empty" in town.fallen
    assert town.state.answered(E1) == ()
    town = go(story("hardened"))
    assert town.fallen == set()
    assert town.state.answered(E1) == records(E1, 6)


def test_under_spin_fixed_a_lost_reply_to_the_finish_is_not_taken_for_success() -> None:
    async def story() -> None:
        town = Town(posture("spin-fixed"))
        town.publish(full=True)
        assert (await town.enact("a", peril=losing(Finish, ALWAYS, False))).status == "unavailable"
        assert (await town.enact("a", peril=losing(Finish, 2, True))).status == "finished"
        assert town.state.applied == 1

    go(story())


@pytest.mark.parametrize("effect", [True, False])
def test_under_spin_fixed_a_finish_whose_reply_was_lost_is_repeated_only_if_it_did_not_happen(effect: bool) -> None:
    async def story() -> None:
        town = await ready(Town(posture("spin-fixed")), 3)
        town.publish(full=True)
        asked: list[Call] = []
        lost = losing(Finish, 1, effect)

        async def counting(call: Call, act: Any) -> Any:
            if asks(Finish)(call):
                asked.append(call)
            return await lost(call, act)

        assert (await town.enact("a", peril=counting)).status == "finished"
        assert len(asked) == (1 if effect else 2)
        assert town.state.applied == 4
        assert sorted(town.state.trees) == [2, 3, 4]
        assert [report.generation for report in town.told("collected")] == ([] if effect else [1])

    go(story())


# --- the collector -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [DropTree, Retire, Forget])
@pytest.mark.parametrize("how", ["unknown", "conflict", "effect"])
def test_what_one_pass_missed_a_later_one_takes_though_nothing_new_was_applied(kind: type, how: str) -> None:
    async def story() -> None:
        town = await ready(Town(), 4)
        left = [1]

        async def once(call: Call, act: Any) -> Any:
            if call.name == "commit" and asks(kind)(call) and left[0]:
                left[0] = 0
                if how == "effect":
                    await act()
                return Conflict((), 0) if how == "conflict" else Unknown("lost by the test")
            return await act()

        for _ in range(2):
            await town.collect(once)
        for _ in range(2):
            await town.collect()
        assert town.trees() == town.referenced()
        assert sorted(town.state.manifests) == [3, 4]
        assert town.fallen == set()

    go(story())


def test_the_collector_scans_a_generation_again_only_after_something_new_was_applied() -> None:
    async def story() -> None:
        town = await ready(Town(), 1)
        town.publish(E1)
        await town.enact("a")
        scans: list[int] = []

        async def counting(call: Call, act: Any) -> Any:
            if call.name == "trees":
                scans.append(call.args[0])
            return await act()

        for _ in range(4):
            await town.collect(counting)
        assert len(scans) == 2, "one scan of generation 1: a page and the end"
        town.publish(E1)
        await town.enact("a")
        await town.collect(counting)
        assert len(scans) > 2
        assert set(town.memory.scanned) <= {generation for generation, _ in town.trees()}

    go(story())


def test_a_lag_is_told_once_and_again_when_it_has_grown() -> None:
    async def story() -> None:
        town = await ready(Town(), 1)
        for _ in range(3):
            town.publish(E1)
        for _ in range(4):
            await town.collect()
        assert len(town.told("lag alarm")) == 1
        town.publish(E1)
        for _ in range(4):
            await town.collect()
        assert [report.detail for report in town.told("lag alarm")] == [
            "3 generations behind the newest (4)",
            "4 generations behind the newest (5)",
        ]

    go(story())


def test_only_the_claim_that_was_seen_is_revoked() -> None:
    async def story() -> None:
        town = await ready(Town(), 1)
        for _ in range(12):
            town.publish(full=True)
        await town.enact("b")
        again: list[int] = []

        async def taken_anew() -> None:
            for change in (DropClaim(Generation(1), "a"), TakeClaim(Generation(1), "a", "new")):
                again.append(town.store.commit(Batch((Proposal(change),))).revision)

        await town.collect(meanwhile(asks(DropClaim), taken_anew))
        assert town.state.claims[1, "a"].fence == again[-1]
        assert not town.told("claim revoked")
        await town.collect()
        assert (1, "a") not in town.state.claims
        assert town.told("claim revoked")

    go(story())


def test_a_claim_that_the_newest_plan_is_folded_from_is_never_revoked() -> None:
    async def story() -> None:
        town = await ready(Town(), 1, "b")
        town.expire()
        for _ in range(20):
            town.publish(E1)
        town.store.commit(Batch((Proposal(TakeClaim(Generation(2), "a", "t")),)))
        await town.collect()
        assert (2, "a") in town.state.claims
        assert town.told("lag alarm")

    go(story())


# --- the loops ---------------------------------------------------------------------------------------------------


def unavailable_for(calls: int) -> Any:
    left = [calls]

    async def peril(call: Call, act: Any) -> Any:
        if left[0] and call.name in {"head", "manifests", "claims"}:
            left[0] -= 1
            raise Unavailable("the test")
        return await act()

    return peril


def rounds(number: int) -> Any:
    left = [number]

    def running() -> bool:
        left[0] -= 1
        return left[0] >= 0

    return running


def test_a_loop_outlives_a_world_that_does_not_answer() -> None:
    async def story() -> None:
        town = Town()
        town.health.touch(None)
        planner = PlannerPorts(town.ports("planner", unavailable_for(3)), town.health)
        await serve_planner(planner, PlannerSettings("region", "p"), rounds(6))
        assert town.state.newest == 1
        enactor = EnactorSettings("a", "a-1", HARDENED)
        await serve_enactor(town.ports("a", unavailable_for(3)), enactor, rounds(6))
        assert town.state.applied == 1
        await serve_collector(town.ports("collector", unavailable_for(3)), CollectorSettings(HARDENED), rounds(5))
        assert {report.who for report in town.told("unavailable")} == {"planner:region", "a", "collector"}

    go(story())


def test_an_enactor_that_leaves_gives_up_its_claim() -> None:
    async def story() -> None:
        town = Town()
        town.publish(full=True)
        await serve_enactor(town.ports("a"), EnactorSettings("a", "a-1", HARDENED), rounds(3))
        assert town.state.applied == 1
        assert not town.state.claims

    go(story())


def test_of_two_live_processes_of_one_az_the_later_works_and_the_earlier_stands_by() -> None:
    """However their shells named them. When the later one is gone the earlier one takes over."""

    async def story() -> None:
        world = World(HARDENED, 1_000)
        world.start_planner()
        world.start_enactor("a", token="z")
        await world.publish(None)
        await world.until(lambda: (Generation(1), "a") in world.store.state.claims, "the first one's claim")
        first = world.told("began")[0].fence
        world.start_enactor("a", token="a", process="another")
        await world.until(lambda: world.store.state.applied == 1, "the plan")
        for _ in range(4):
            newest = await world.publish(None)
            await world.until(lambda: world.store.state.applied == newest, "the next plan")  # noqa: B023
        revoked = world.told("claim revoked")
        assert (revoked[0].generation, revoked[0].fence) == (1, first)
        assert len(revoked) == len({report.generation for report in revoked}), "at most once a plan"
        assert {report.detail.split(" has")[0] for report in world.told("replaced")} == {"a later process of a"}
        await world.leave("another")
        newest = await world.publish([REGIONAL])
        await world.until(lambda: world.store.state.applied == newest, "a plan by the one that is left")
        await world.stop()

    go(story())


def test_a_new_planner_deposes_its_earlier_self_once_and_no_other_later() -> None:
    async def story() -> None:
        town = Town()
        town.health.touch(None)
        settings = PlannerSettings("region", "old")
        old = asyncio.create_task(serve_planner(PlannerPorts(town.ports("old"), town.health), settings, lambda: True))
        for _ in range(1000):
            if town.state.newest is None:
                await asyncio.sleep(0)
        new = PlannerPorts(town.ports("new"), town.health)
        town.health.touch([E1])
        await serve_planner(new, PlannerSettings("region", "new"), rounds(5))
        assert town.state.leaders["region"].token == "new"
        town.health.touch([E3])
        await serve_planner(new, PlannerSettings("region", "newer"), rounds(5))
        old.cancel()
        assert town.fallen == set()
        assert town.state.inputs_revision == town.health.revision

    go(story())


@pytest.mark.parametrize("after_plans", [0, 1])
def test_inputs_that_make_no_plan_a_reader_would_accept_are_reported_once_and_waited_out(after_plans: int) -> None:
    async def story() -> None:
        town = Town()
        world = PlannerPorts(town.ports("planner"), town.health)

        async def serves(times: int) -> None:
            await serve_planner(world, PlannerSettings("region", "p"), rounds(times))

        town.health.touch(None)
        for _ in range(after_plans):
            await serves(3)
        allocate = town.health.allocate
        town.health.allocate = lambda name, generation: (RRset("A", 60, (Target("localhost", 1),)),)  # type: ignore[method-assign]
        town.health.touch([E2])
        await serves(12)
        assert [report.detail for report in town.told("unplannable")] == [
            f"inputs {1 + 1}: {(E2 if after_plans else E1)}: 'localhost' is not an IP address"
        ]
        assert (town.state.newest, town.state.reserved) == (after_plans or None, after_plans + 1)
        town.health.allocate = allocate  # type: ignore[method-assign]
        town.health.touch([E2])
        await serves(3)
        assert town.state.newest == after_plans + 2

    go(story())


def test_inputs_that_change_faster_than_a_plan_can_be_enacted_do_not_keep_every_plan_from_it() -> None:
    async def story() -> None:
        world = World(HARDENED, 6_000)
        ask = world.health.inputs

        async def restless(since: int) -> Any:
            world.health.touch(None)
            return await ask(since)

        world.health.inputs = restless  # type: ignore[method-assign]
        world.start_planner()
        for az in "abc":
            world.start_enactor(az)
        await world.until(lambda: (world.store.state.applied or 0) > 0, "a first plan applied")
        first = world.store.state.applied or 0
        await world.until(lambda: (world.store.state.applied or 0) > first, "and a later one")
        await world.stop()
        assert world.told("backlog")

    go(story())


@pytest.mark.parametrize(("owes", "published_at"), [(False, [1, 9]), (True, [1, 3])])
def test_behind_a_backlog_the_planner_waits_for_its_turn_except_for_what_it_owes(
    owes: bool, published_at: list[int]
) -> None:
    async def story() -> None:
        town = await ready(Town())
        for _ in range(limits.PLAN_BACKLOG):
            town.publish(full=True)
        newest = [town.state.newest]
        town.health.touch([E1])

        def running() -> bool:
            """Asked before each round; the first one leads. Something changes in the round after the first plan."""
            newest.append(town.state.newest)
            if len(newest) == 1 + 3:
                town.health.touch([E2])
                if owes:
                    town.log.plans.clear()
            return len(newest) < 1 + 12

        settings = PlannerSettings("region", "p", log_rounds=2, backlog_rounds=8)
        await serve_planner(PlannerPorts(town.ports("planner"), town.health), settings, running)
        grew = [at - 1 for at in range(1, len(newest)) if newest[at] != newest[at - 1]]
        assert grew == [1 + at for at in published_at]
        told = [report.detail for report in town.told("backlog")]
        assert told == [f"{limits.PLAN_BACKLOG + 1} generations behind 10, the newest: plans come less often"]

    go(story())


def test_all_actors_killed_and_started_anew_bring_in_the_next_plan() -> None:
    async def story() -> None:
        world = World(HARDENED, 20)
        world.start_planner()
        for az in "abc":
            world.start_enactor(az)
        world.start_collector()
        await world.publish(None)
        for who in ("planner", "a", "b", "c", "collector"):
            await world.kill(who)
        world.start_planner()
        for az in "abc":
            world.start_enactor(az)
        world.start_collector()
        newest = await world.publish([REGIONAL])
        await world.until(lambda: world.store.state.applied == newest, "the next plan")
        await world.stop()
        assert world.store.state.answered(REGIONAL) == records(REGIONAL, newest)

    go(story())
