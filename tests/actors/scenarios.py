"""The known interleavings, each one story that a posture survives or not.

A scenario plays its story in a town and asserts what must hold in the end; the town's store judges every
commit on the way. Under `hardened` all pass; the mutants must make some fail.

Longer than other files: one catalogue of stories, told in the same words.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from actors.collector import Swept
from actors.enactor import Enacted
from actors.planner import Fenced, lead
from actors.roles import PlannerPorts, PlannerSettings
from coordination.intents import (
    Batch,
    Committed,
    DropClaim,
    DropLeadership,
    DropLock,
    DropTree,
    Enact,
    Finish,
    Hold,
    Lift,
    Proposal,
    Publish,
    Reserve,
    Retire,
    TakeClaim,
    TakeLock,
)
from coordination.invariants import unconverged
from coordination.plan import Generation
from coordination.ports import Unavailable
from coordination.postures import HARDENED, Posture, posture
from coordination.seen import ClaimSeen
from tests.actors.town import E1, E2, NAMES, Act, Call, Town, asks, enacts, meanwhile
from tests.actors.world import records

LOCKING = posture("d2-after")
Scenario = Callable[[Posture], Awaitable[None]]


def nothing_fell(town: Town) -> None:
    assert town.fallen == set(), town.store.fallen


def serves(town: Town, **generations: int | None) -> None:
    """Each endpoint (e1 to e4) answers what this generation gave it; None: it is removed."""
    for name, generation in generations.items():
        endpoint = next(one for one in NAMES if one.startswith(name))
        expected = None if generation is None else records(endpoint, generation)
        assert town.state.answered(endpoint) == expected, (endpoint, town.state.roots.get(endpoint))


async def tidy(town: Town) -> None:
    """Two passes take what nobody claims or follows, and nothing else."""
    before = town.referenced()
    await town.collect()
    await town.collect()
    kept = town.referenced()
    assert kept == before
    live = {one.generation for one in town.state.manifests.values() if not one.retired}
    assert {tree for tree in town.trees() if tree[0] not in live} <= kept, "garbage is left"
    assert kept <= town.trees(), "something pointed at is gone"


# --- the race ----------------------------------------------------------------------------------------------------


async def stale_check_overwrite(posture: Posture = HARDENED) -> None:
    """a passes its checks with an old plan, b overtakes it and a comes back."""
    town = Town(posture)
    town.publish(full=True)
    await town.enact("b")
    old = town.publish(full=True)

    async def b_overtakes() -> None:
        town.publish(full=True)
        await town.enact("b")
        await town.collect()

    await town.enact("a", old, meanwhile(enacts(E1), b_overtakes))
    serves(town, e1=3, e2=3, e3=3, e4=3)
    nothing_fell(town)
    await tidy(town)


async def a_first_creation_races(posture: Posture = HARDENED) -> None:
    """Neither has seen a root: the older plan must not land on the newer one."""
    town = Town(posture)
    old = town.publish(full=True)

    async def b_creates() -> None:
        town.publish(full=True)
        await town.enact("b")

    await town.enact("a", old, meanwhile(enacts(E1), b_creates))
    serves(town, e1=2)
    nothing_fell(town)


async def zombie_writer(posture: Posture = HARDENED) -> None:
    """A paused holder outlives its lease: nothing that it still sends is accepted."""
    town = Town(posture)
    town.publish(full=True)
    await town.enact("b")
    town.publish(full=True)

    async def lease_ends() -> None:
        town.expire("a")

    ended = await town.enact("a", peril=meanwhile(enacts(E1), lease_ends))
    assert ended.status == "fenced"
    assert ended.held is None
    nothing_fell(town)
    serves(town, e1=1)
    assert (await town.enact("a")).status == "finished"
    serves(town, e1=2)


async def finish_of_a_lost_claim(posture: Posture = HARDENED) -> None:
    """The claim is lost between the last endpoint and the finish."""
    town = Town(posture)
    town.publish(full=True)

    async def lease_ends() -> None:
        town.expire("a")

    ended = await town.enact("a", peril=meanwhile(asks(Finish), lease_ends))
    assert ended.status == "fenced"
    assert town.state.applied is None


async def retired_in_between(posture: Posture = HARDENED) -> None:
    """The plan is retired while an enactor that lost its claim goes on: no tree of it is built any more."""
    town = Town(posture)
    old = town.publish(full=True)

    async def retired() -> None:
        town.publish(full=True)
        await town.enact("b")
        assert isinstance(town.store.commit(Batch((Proposal(Retire(old.generation)),))), Committed)

    ended = await town.enact("a", old, meanwhile(asks(TakeClaim), retired))
    assert ended.status == "retired", ended.status
    assert (1, "a") not in town.state.claims
    nothing_fell(town)


async def retired_in_the_walk(posture: Posture = HARDENED) -> None:
    """As before, but the enactor is in the middle of its walk: its next batch says so."""
    town = Town(posture)
    town.publish(full=True)
    await town.enact("b")
    old = town.publish(full=True)

    async def retired() -> None:
        town.store.commit(Batch((Proposal(Retire(old.generation)),)))

    ended = await town.enact("a", old, meanwhile(enacts(E1), retired))
    assert ended.status == "retired", ended.status
    serves(town, e1=1)


# --- collection --------------------------------------------------------------------------------------------------


async def claim_swap_window(posture: Posture = HARDENED) -> None:
    """a serves plan 1 under its claim, takes 3 and stalls between the two claims; the collector looks just then."""
    town = Town(posture)
    town.publish(full=True)
    await town.enact("a")
    town.publish(E1)
    await town.enact("b")
    town.publish(E1)
    swept: list[Swept] = []

    async def looks() -> None:
        assert {claim for claim in town.state.claims if claim[1] == "a"}, "no claim of a's in the window"
        swept.append(await town.collect())

    await town.enact("a", peril=meanwhile(asks(TakeClaim), looks))
    town.publish(E1)
    await town.enact("a", peril=meanwhile(asks(TakeClaim), looks, after=True))
    assert len(swept) == 2, "the collector has not looked in both windows"
    nothing_fell(town)
    serves(town, e1=4, e2=1)
    await town.enact("b")
    await tidy(town)


async def unchanged_endpoint(posture: Posture = HARDENED) -> None:
    """E2 is unchanged since generation 1; twenty deltas later its tree is still the one that is followed."""
    town = Town(posture)
    town.publish(full=True)
    await town.enact("a")
    for _ in range(20):
        town.publish(E1)
        await town.enact("a")
        await town.collect()
    nothing_fell(town)
    serves(town, e1=21, e2=1)
    await tidy(town)


async def collector_between_check_and_write(posture: Posture = HARDENED) -> None:
    """The collector has read the roots and means to delete tree 1; before it does, an operator goes back to 1."""
    town = Town(posture)
    for _ in range(3):
        town.publish(full=True)
        await town.enact("a")

    async def goes_back() -> None:
        assert isinstance(town.store.commit(Batch((Proposal(TakeClaim(Generation(1), "o", "o")),))), Committed)
        back = Enact(E1, Generation(4), records(E1, 4), Generation(1), "o")
        assert isinstance(town.store.commit(Batch((Proposal(back),))), Committed)
        town.expire("o")

    await town.collect(meanwhile(asks(DropTree), goes_back))
    nothing_fell(town)
    assert town.state.tree(Generation(1), E1) is not None


async def half_collected(posture: Posture = HARDENED) -> None:
    """Between two deletions of one generation somebody claims it: what is left of it stays."""
    town = Town(posture)
    for _ in range(3):
        town.publish(full=True)
        await town.enact("a")

    async def claims() -> None:
        assert isinstance(town.store.commit(Batch((Proposal(TakeClaim(Generation(1), "z", "t")),))), Committed)

    await town.collect(meanwhile(asks(DropTree), claims))
    assert {tree for tree in town.trees() if tree[0] == 1} == {(1, name) for name in NAMES}
    town.expire("z")
    await tidy(town)
    assert not {tree for tree in town.trees() if tree[0] == 1}
    nothing_fell(town)


async def retire_races_a_claim(posture: Posture = HARDENED) -> None:
    """The collector means to retire a plan; somebody begins it just before."""
    town = Town(posture)
    town.publish(full=True)
    town.publish(full=True)
    await town.enact("a")
    town.publish(full=True)
    await town.enact("a")

    async def claims() -> None:
        assert isinstance(town.store.commit(Batch((Proposal(TakeClaim(Generation(1), "z", "t")),))), Committed)

    await town.collect(meanwhile(asks(Retire), claims))
    assert not town.state.manifests[Generation(1)].retired
    nothing_fell(town)


async def lease_stall(posture: Posture = HARDENED) -> None:
    """All claims expire at once while b is in the middle of plan 2: nothing that it built is taken for garbage."""
    town = Town(posture)
    town.publish(full=True)
    await town.enact("a")
    town.publish(full=True)

    async def stall() -> None:
        town.expire()
        await town.collect()
        await town.collect()

    ended = await town.enact("b", peril=meanwhile(enacts(E1), stall, after=True))
    assert ended.status == "fenced"
    nothing_fell(town)
    serves(town, e1=2, e2=2)
    assert (await town.enact("b")).status == "finished"
    await tidy(town)


async def live_but_stuck(posture: Posture = HARDENED) -> None:
    """A claim that is renewed and never moves holds collection up only until it is revoked; then it is fenced."""
    town = Town(posture)
    town.publish(full=True)
    await town.enact("b")
    town.publish(full=True)

    async def long_after() -> None:
        for _ in range(12):
            town.publish(full=True)
            await town.enact("b")
            await town.collect()

    ended = await town.enact("a", town.state.manifests[Generation(2)], meanwhile(enacts(E1), long_after))
    assert ended.status in {"fenced", "lag-stop", "superseded", "retired"}, ended.status
    assert town.told("lag alarm")
    assert [report.generation for report in town.told("claim revoked")] == [2]
    assert not [claim for claim in town.state.claims if claim[1] == "a"]
    nothing_fell(town)
    await tidy(town)


async def lagging_enactor_stops(posture: Posture = HARDENED) -> None:
    """No collector looks: an enactor more than ten generations behind stops by itself and gives up its claim."""
    town = Town(posture)
    old = town.publish(full=True)

    async def long_after() -> None:
        for _ in range(11):
            town.publish(E2)

    ended = await town.enact("a", old, meanwhile(lambda call: call.name == "read", long_after))
    assert ended.status == "lag-stop", ended.status
    assert ended.held is None
    assert not town.state.claims
    assert not town.state.roots


async def catching_up_is_no_lag(posture: Posture = HARDENED) -> None:
    """An enactor folds fifteen deltas at once: its claim is old, its plan is the newest, and nobody revokes it."""
    town = Town(posture)
    town.publish(full=True)
    await town.enact("b")
    town.expire("b")
    for _ in range(15):
        town.publish(E1, E2)
    ended = await town.enact("a", peril=meanwhile(enacts(E1), town.collect))
    assert ended.status == "finished", ended.status
    assert town.told("claim revoked") == []
    assert list(town.state.claims) == [(16, "a")]
    serves(town, e1=16, e3=1)
    nothing_fell(town)
    await tidy(town)


# --- plans -------------------------------------------------------------------------------------------------------


async def delta_lost(posture: Posture = HARDENED) -> None:
    """2 changes E1, 3 changes E2; an enactor that hears of 3 only still brings both in."""
    town = Town(posture)
    town.publish(full=True)
    await town.enact("a")
    town.publish(E1)
    town.publish(E2)
    assert (await town.enact("a")).status == "finished"
    serves(town, e1=2, e2=3, e3=1)
    nothing_fell(town)


async def resurrection(posture: Posture = HARDENED) -> None:
    """3 removes E1; a, slow with 2, finds no name and must not create it."""
    town = Town(posture)
    town.publish(E2, full=False)
    await town.enact("b")
    old = town.publish(full=True)

    async def removed() -> None:
        town.publish(removed=(E1,))
        await town.enact("b")
        await town.collect()

    await town.enact("a", old, meanwhile(enacts(E1), removed))
    serves(town, e1=None)
    nothing_fell(town)
    town.publish(E1)
    await town.enact("a")
    serves(town, e1=town.state.newest)


async def removed_before_it_ever_was(posture: Posture = HARDENED) -> None:
    """b removes a name that nobody has created yet; a, with the older plan, meant to create it."""
    town = Town(posture)
    old = town.publish(full=True)

    async def removed() -> None:
        town.publish(full=True, removed=(E1,))
        await town.enact("b")

    await town.enact("a", old, meanwhile(enacts(E1), removed))
    serves(town, e1=None, e2=2)
    nothing_fell(town)


async def poison_neighbour(posture: Posture = HARDENED) -> None:
    """E2 is pinned: its neighbours in the same batch get the plan, and E2 gets the next one after the pin."""
    town = Town(posture)
    town.publish(full=True)
    await town.enact("a")
    town.store.commit(Batch((Proposal(Hold(E2, "operator")),)))
    town.publish(full=True)
    ended = await town.enact("a")
    assert ended.status == "finished"
    assert ended.counts["held"] == 1
    assert [report.endpoint for report in town.told("held")] == [E2]
    serves(town, e1=2, e2=1, e3=2, e4=2)
    await tidy(town)
    town.store.commit(Batch((Proposal(Lift(E2)),)))
    town.publish(E2)
    await town.enact("a")
    serves(town, e2=3)
    nothing_fell(town)


async def change_under_a_hold(posture: Posture = HARDENED) -> None:
    """A delta names E2 while it is held and counts as finished. After the hold the change comes, without another one.

    Everybody forgets everything in between, and the planner is publishing something else when the hold is lifted.
    """
    town = Town(posture)
    town.health.touch(None)
    await town.plan()
    await town.enact("a")
    town.store.commit(Batch((Proposal(Hold(E2, "operator")),)))
    town.health.touch([E2])
    await town.plan()
    assert (await town.enact("a")).status == "finished"
    serves(town, e1=1, e2=1)
    assert list(unconverged(town.state, town.state.newest, town.published())) == [], "what is held is not owed yet"

    async def lifted() -> None:
        assert isinstance(town.store.commit(Batch((Proposal(Lift(E2)),))), Committed)

    town.health.touch([E1])
    await town.plan(meanwhile(asks(Publish), lifted))
    assert [fall.where for fall in unconverged(town.state, town.state.newest, town.published()) if fall.where == E2]
    for who in ("planner", "a"):
        town.crash(who)
    for _ in range(3):
        await town.plan()
        await town.enact("a")
    newest = town.state.newest
    serves(town, e1=newest, e2=newest)
    assert len(town.log.appended) == 4, "the plan that the lifting overtook, and one full plan; not one more"
    assert list(unconverged(town.state, newest, town.published())) == []
    nothing_fell(town)


async def empty_source(posture: Posture = HARDENED) -> None:
    """A plan whose inputs failed empty keeps every live name as it was, refuses aloud, and is never finished."""
    town = Town(posture)
    town.publish(full=True)
    await town.enact("a")
    town.publish(E1, E2, e1=())
    ended = await town.enact("a")
    serves(town, e1=1, e2=2)
    assert ended.status == "incomplete"
    assert [report.endpoint for report in town.told("refused")] == [E1]
    assert town.state.applied == 1
    await tidy(town)
    town.publish(E1)
    assert (await town.enact("a")).status == "finished"
    serves(town, e1=3)
    nothing_fell(town)


async def born_empty(posture: Posture = HARDENED) -> None:
    """A name without any address is not created."""
    town = Town(posture)
    town.publish(full=True, e1=())
    await town.enact("a")
    assert E1 not in town.state.roots
    nothing_fell(town)


async def rollback_pointer_wedge(posture: Posture = HARDENED) -> None:
    """Somebody deleted the tree that E1 follows: the next plan repairs it, and E2's lost rollback too."""
    town = Town(posture)
    for _ in range(2):
        town.publish(full=True)
        await town.enact("a")
    for change in (DropTree(Generation(2), E1), DropTree(Generation(2), E2), DropTree(Generation(1), E2)):
        town.store.commit(Batch((Proposal(change),)))
    town.store.fallen.clear()
    assert town.state.answered(E1) == ()
    town.publish(full=True)
    assert (await town.enact("a")).status == "finished"
    serves(town, e1=3, e2=3)
    assert (town.state.roots[E1].rollback, town.state.roots[E2].rollback) == (1, None)
    nothing_fell(town)
    await tidy(town)


async def survivor_vanishes(posture: Posture = HARDENED) -> None:
    """The surviving tree goes while the repair is on its way: the repair looks again."""
    town = Town(posture)
    for _ in range(2):
        town.publish(full=True)
        await town.enact("a")
    town.store.commit(Batch((Proposal(DropTree(Generation(2), E1)),)))
    town.store.fallen.clear()
    town.publish(full=True)

    async def vanishes() -> None:
        town.store.commit(Batch((Proposal(DropTree(Generation(1), E1)),)))
        town.store.fallen.clear()

    def repairs(call) -> bool:
        return any(isinstance(change, Enact) and change.rollback == 1 for change in call.changes)

    assert (await town.enact("a", peril=meanwhile(repairs, vanishes))).status == "finished"
    serves(town, e1=3)
    assert town.state.roots[E1].rollback is None
    nothing_fell(town)


# --- planners ----------------------------------------------------------------------------------------------------


async def two_planners(posture: Posture = HARDENED) -> None:
    """A planner is replaced while it publishes: no number gets two plans, and the old one publishes nothing."""
    town = Town(posture)
    await town.plan()
    town.health.touch(None)
    await town.plan()
    other = town.beside()

    async def replaced() -> None:
        town.health.touch([E2])
        await other.plan()

    town.health.touch([E1])
    published = list(town.state.manifests)
    try:
        await town.plan(meanwhile(asks(Publish), replaced))
    except Fenced:
        town.leading = None
    else:
        raise AssertionError("the replaced planner did not notice")
    assert len(town.state.manifests) == len(published) + 1
    nothing_fell(town)
    await town.enact("a")
    serves(town, e1=town.state.newest, e2=town.state.newest)


async def deposed_planner(posture: Posture = HARDENED) -> None:
    """The leadership is gone and nobody else leads yet: the plan on its way is not published all the same."""
    town = Town(posture)
    town.health.touch(None)
    await town.plan()
    town.health.touch([E1])

    async def deposed() -> None:
        town.store.commit(Batch((Proposal(DropLeadership("region")),)))

    try:
        await town.plan(meanwhile(asks(Publish), deposed))
    except Fenced:
        pass
    else:
        raise AssertionError("published without leading")
    assert town.state.newest == 1


async def new_number_old_inputs(posture: Posture = HARDENED) -> None:
    """A planner reads its inputs and pauses; fresher inputs are published by another hand; its plan comes too late."""
    town = Town(posture)
    town.health.touch(None)
    await town.plan()
    town.health.touch([E1])

    async def fresher() -> None:
        town.health.touch([E1, E2])
        manifest = town.publish(E1, E2)
        assert manifest.generation == town.state.newest

    assert await town.plan(meanwhile(asks(Publish), fresher)) is None
    assert town.state.newest == 3
    nothing_fell(town)


async def two_planners_reserve(posture: Posture = HARDENED) -> None:
    """Another planner takes the number first: the log never gets two plans of one number."""
    town = Town(posture)
    town.health.touch(None)
    await town.plan()
    town.health.touch([E1])
    first: list[int] = []

    async def quicker() -> None:
        first.append(town.publish(E1, E2).generation)

    await town.plan(meanwhile(asks(Reserve), quicker))
    assert [plan.generation for plan in town.log.appended].count(first[0]) == 0, "the bytes of one number twice"
    nothing_fell(town)


async def one_leader(posture: Posture = HARDENED) -> None:
    """While one planner leads, another does not: it deposes only an earlier self, at its start."""
    town = Town(posture)
    town.health.touch(None)
    await town.plan()
    world = PlannerPorts(town.ports("another"), town.health)
    assert await lead(world, PlannerSettings("region", "other")) is None
    town.health.touch(None)
    assert await town.plan() is not None


# --- finishing and beginning -------------------------------------------------------------------------------------


async def late_finish(posture: Posture = HARDENED) -> None:
    """b finishes 2 just before a's finish of 1 arrives: `applied` does not go back."""
    town = Town(posture)
    old = town.publish(full=True)

    async def b_finishes() -> None:
        town.publish(full=True)
        await town.enact("b")

    await town.enact("a", old, meanwhile(asks(Finish), b_finishes))
    assert town.state.applied == 2
    nothing_fell(town)


async def an_applied_plan_does_not_begin(posture: Posture = HARDENED) -> None:
    """What is applied already is not begun again: no claim, no walk."""
    town = Town(posture)
    manifest = town.publish(full=True)
    await town.enact("b")
    ended = await town.enact("a", manifest)
    assert ended.status == "not fresh", ended.status
    assert not [claim for claim in town.state.claims if claim[1] == "a"]


async def two_processes_of_one_az(posture: Posture = HARDENED) -> None:
    """Both of them live: the later one takes the claim, once; the earlier one says so and does not take it back."""
    town = Town(posture)
    town.publish(full=True)
    other = town.beside()
    begun, go_on = asyncio.Event(), asyncio.Event()
    later: list[asyncio.Task[Enacted]] = []

    async def waits_in_its_walk(call: Call, act: Act) -> Any:
        if enacts(E1)(call):
            begun.set()
            await go_on.wait()
        return await act()

    async def a_later_one_begins() -> None:
        later.append(asyncio.create_task(other.enact("a", peril=waits_in_its_walk)))
        await begun.wait()

    ended = await town.enact("a", peril=meanwhile(enacts(E1), a_later_one_begins))
    assert ended.status == "fenced", ended.status
    ended = await town.enact("a")
    assert (ended.status, ended.held) == ("replaced", None)
    go_on.set()
    assert (await later[0]).status == "finished"
    assert len(town.told("claim revoked")) == 1
    serves(town, e1=1, e2=1)
    nothing_fell(town)


async def the_claim_that_is_revoked_is_the_one_that_was_seen(posture: Posture = HARDENED) -> None:
    """An earlier life's claim is to be revoked; before it is, a still later process takes that place."""
    town = Town(posture)
    town.publish(full=True)
    dead = TakeClaim(Generation(1), "a", "a-000000")
    assert isinstance(town.store.commit(Batch((Proposal(dead),))), Committed)
    town.crash("a")
    latest = town.beside()
    there: list[ClaimSeen] = []

    async def a_later_one_takes_it() -> None:
        assert (await latest.enact("a")).status == "finished"
        there.append(town.state.claims[Generation(1), "a"])

    ended = await town.enact("a", peril=meanwhile(asks(DropClaim), a_later_one_takes_it))
    assert ended.status == "replaced", ended.status
    assert town.state.claims[Generation(1), "a"] == there[0]


async def rollback_is_what_was_current(posture: Posture = HARDENED) -> None:
    """Between a's look and a's write the root moves: the rollback is what was current, not what was seen."""
    town = Town(posture)
    first = town.publish(full=True)
    await town.enact("b", first)
    second = town.publish(full=True)
    town.publish(full=True)

    async def root_moves() -> None:
        await town.enact("b", second)

    await town.enact("a", peril=meanwhile(enacts(E1), root_moves))
    assert (town.state.roots[E1].generation, town.state.roots[E1].rollback) == (3, 2)
    nothing_fell(town)


async def two_collectors(posture: Posture = HARDENED) -> None:
    """Another collector retires and forgets what this one means to retire."""
    town = Town(posture)
    for _ in range(4):
        town.publish(full=True)
        await town.enact("a")

    async def another() -> None:
        await town.collect()
        await town.collect()

    await town.collect(meanwhile(asks(Retire), another))
    nothing_fell(town)
    await tidy(town)


# --- locks (incident and d2-after take them) ---------------------------------------------------------------------


async def a_lock_keeps_the_other_out(posture: Posture = HARDENED) -> None:
    """a holds E1's lock; b loses it again and again and leaves the endpoint undone."""
    town = Town(LOCKING)
    town.publish(full=True)
    others = []

    async def b_tries() -> None:
        others.append(await town.enact("b"))

    await town.enact("a", peril=meanwhile(enacts(E1), b_tries))
    assert others[0].status == "incomplete", others[0].status
    assert others[0].counts["locks lost"] > 0
    assert not town.state.locks


async def a_lock_that_was_lost_protects_nothing(posture: Posture = HARDENED) -> None:
    """a's lock ends with its lease and b takes it: a's write is refused, and a does not give b's lock away."""
    town = Town(LOCKING)
    town.publish(full=True)
    held_by_b: list[bool] = []

    async def lock_changes_hands() -> None:
        for change in (DropLock(E1, "a"), TakeLock(E1, "b")):
            assert isinstance(town.store.commit(Batch((Proposal(change),))), Committed)

    ended = await town.enact("a", peril=meanwhile(enacts(E1), lock_changes_hands))
    held_by_b.append(town.state.locks.get(E1) == "b")
    assert ended.status == "incomplete", ended.status
    assert E1 not in town.state.roots
    assert held_by_b == [True]


async def giving_up_takes_no_lock_from_another(posture: Posture = HARDENED) -> None:
    """a is stopped after its lock went to b: giving up its locks leaves b's alone."""
    town = Town(LOCKING)
    town.publish(full=True)

    async def changes_hands_and_the_world_goes_away() -> None:
        for change in (DropLock(E1, "a"), TakeLock(E1, "b")):
            town.store.commit(Batch((Proposal(change),)))
        raise Unavailable("the test")

    with contextlib.suppress(Unavailable):
        await town.enact("a", peril=meanwhile(enacts(E1), changes_hands_and_the_world_goes_away))
    assert town.state.locks.get(E1) == "b"
    assert set(town.state.locks) == {E1}


SCENARIOS: tuple[Scenario, ...] = (
    stale_check_overwrite,
    a_first_creation_races,
    zombie_writer,
    finish_of_a_lost_claim,
    retired_in_between,
    retired_in_the_walk,
    claim_swap_window,
    unchanged_endpoint,
    collector_between_check_and_write,
    half_collected,
    retire_races_a_claim,
    lease_stall,
    live_but_stuck,
    lagging_enactor_stops,
    catching_up_is_no_lag,
    delta_lost,
    resurrection,
    removed_before_it_ever_was,
    poison_neighbour,
    change_under_a_hold,
    empty_source,
    born_empty,
    rollback_pointer_wedge,
    survivor_vanishes,
    two_planners,
    deposed_planner,
    new_number_old_inputs,
    two_planners_reserve,
    one_leader,
    late_finish,
    an_applied_plan_does_not_begin,
    two_processes_of_one_az,
    the_claim_that_is_revoked_is_the_one_that_was_seen,
    rollback_is_what_was_current,
    two_collectors,
    a_lock_keeps_the_other_out,
    a_lock_that_was_lost_protects_nothing,
    giving_up_takes_no_lock_from_another,
)
