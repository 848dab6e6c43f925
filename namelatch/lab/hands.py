"""Others who take part in some stories, as plain coroutines over the ports: an operator, a canary, a reader, the dead.

What an operator does here is what the authority allows anybody to do today; no command of the product does it yet. A
break-glass change takes the next number, holds the endpoint and points its root at old content, all in one
transaction. A rollback publishes an old plan's content as a new plan.
"""

import types
from collections.abc import Callable, Coroutine, Generator
from dataclasses import replace
from typing import Any

from actors.roles import Ports, tell
from coordination import limits
from coordination.intents import (
    Batch,
    Committed,
    Enact,
    HeadVersion,
    Hold,
    Lift,
    Proposal,
    Publish,
    Reserve,
    RootVersion,
)
from coordination.plan import Generation
from coordination.ports import PlanLost, PlanTorn
from coordination.postures import Posture
from coordination.promises import OPERATOR
from coordination.records import Endpoint, is_empty
from coordination.seen import Head, Seen
from namelatch.lab.kernel import Ask, Begin, Call, abandon
from namelatch.lab.processes import Process, enactor, ports_of
from namelatch.lab.world import allocate

TRIES = 3  # of an operator whose change met another's


def _next_number(head: Head) -> Generation:
    return Generation(max(head.reserved or 0, head.newest or 0) + 1)


# --- operators ---------------------------------------------------------------------------------------------------


def break_glass(*endpoints: Endpoint, source: Generation, lifts: bool = False) -> Process:
    """An operator who gives each endpoint by hand what plan `source` gave it, and perhaps lifts the holds again."""

    async def act(ports: Ports) -> None:
        for name in endpoints:
            await _pin(ports, name, source)
        if lifts:
            await ports.authority.commit(Batch(tuple(Proposal(Lift(name)) for name in endpoints)))

    return _once(act)


async def _pin(ports: Ports, name: Endpoint, source: Generation) -> None:
    for _ in range(TRIES):
        reading = await ports.authority.read((name,))
        root, number = reading.seen[0].root, _next_number(reading.head)
        if root is None:
            return
        change = Enact(name, number, allocate(name, source), root.generation, OPERATOR)
        pinned = (
            Proposal(Reserve(number)),
            Proposal(Hold(name, OPERATOR)),
            Proposal(change, (RootVersion(name, root.version),)),
        )
        if isinstance(await ports.authority.commit(Batch(pinned)), Committed):
            await tell(ports, OPERATOR, "pinned", number, name)
            return


def roll_back(source: Generation) -> Process:
    """An operator who publishes the content of plan `source` as a new plan, if it is what its manifest promised."""

    async def act(ports: Ports) -> None:
        manifests = {manifest.generation: manifest for manifest in await ports.authority.manifests()}
        try:
            plan = await ports.log.fetch(manifests[source])
        except (KeyError, PlanLost, PlanTorn):
            await tell(ports, OPERATOR, "not rolled back", source, detail="the old plan's bytes are not there any more")
            return
        for _ in range(TRIES):
            head = await ports.authority.head()
            number = _next_number(head)
            if not isinstance(await ports.authority.commit(Batch((Proposal(Reserve(number)),))), Committed):
                continue
            manifest = await ports.log.append(replace(plan, generation=number))
            manifest = replace(manifest, inputs_revision=head.inputs_revision, publisher=OPERATOR)
            publish = Proposal(Publish(manifest), (HeadVersion(head.version),))
            if isinstance(await ports.authority.commit(Batch((publish,))), Committed):
                await tell(ports, OPERATOR, "rolled back", number, detail=f"to generation {source}")
                return

    return _once(act)


def _once(act: Callable[[Ports], Coroutine[Any, Any, None]]) -> Process:
    """An operator who acts once. One who is interrupted does not begin anew by himself."""
    ports = ports_of(whole_head=True)

    def begin(incarnation: int) -> Begin:
        return (lambda: act(ports)) if incarnation == 1 else _nobody

    return Process(OPERATOR, begin)


async def _nobody() -> None:
    """The operator has gone."""


# --- who looks on ------------------------------------------------------------------------------------------------


def canary() -> Process:
    """One who looks into every plan: is there an address for every name that is not taken down?"""
    ports = ports_of()

    async def act() -> None:
        done: Generation | None = None
        while True:
            head = await ports.authority.head()
            if head.newest is None or head.newest == done:
                await ports.log.heard(done, 0.5)
                continue
            newest = [one for one in await ports.authority.manifests() if one.generation == head.newest]
            for manifest in newest:
                plan = await ports.log.fetch(manifest)
                bad = any(records is not None and is_empty(records) for _, records in plan.entries)
                await tell(ports, "canary", "canary failed" if bad else "canary passed", head.newest)
            done = head.newest

    return Process("canary", lambda _: act)


def reader(careful: bool = True) -> Process:
    """One who answers queries from roots and trees in separate reads. `careful`: before it answers nothing, it looks
    whether the root is still what it was, and else begins anew."""
    ports = ports_of()

    async def act() -> None:
        while True:
            for seen in await ports.authority.roots(None, limits.PAGE_KEYS):
                await _serve(ports, seen, careful)
            await ports.clock.sleep(0.5)

    return Process("reader", lambda _: act)


async def _serve(ports: Ports, seen: Seen, careful: bool) -> None:
    root = seen.root
    if root is None or root.tombstone:
        return
    if seen.endpoint in await ports.authority.trees(root.generation, None, limits.PAGE_KEYS):
        return
    if careful and (await ports.authority.read((seen.endpoint,))).seen[0].root != root:
        return
    await tell(ports, "reader", "served empty", root.generation, seen.endpoint)


QUORUM = "quorum"  # the process that takes it away


def quorum() -> Process:
    """The authority's quorum, which is lost once and comes back."""

    async def act() -> None:
        await Ask(Call("quorum", "lost"))
        await Ask(Call("quorum", "back"))

    return Process(QUORUM, lambda _: act)


# --- the dead ----------------------------------------------------------------------------------------------------


def dying(az: str, posture: Posture) -> Process:
    """An enactor that dies for good where it stands before its first change of a root; then its leases end."""
    alive = enactor(az, posture)

    def begin(incarnation: int) -> Begin:
        begun = alive.begin(incarnation)
        return lambda: _until_first_change(begun(), az)

    return Process(az, begin, az)


async def _until_first_change(life: Coroutine[Any, Any, Any], az: str) -> None:
    try:
        await _lived(life)
    finally:
        abandon(life)  # the dead tidy up nothing
    await Ask(Call("lease", "left", (az,)))
    await Ask(Call("grave", "noticed"))


@types.coroutine
def _lived(life: Coroutine[Any, Any, Any]) -> Generator[Call, Any, None]:
    call = life.send(None)
    while not _changes_a_root(call):
        call = life.send((yield call))


def _changes_a_root(call: Call) -> bool:
    return call.name == "commit" and any(isinstance(one.change, Enact) for one in call.arguments[0].proposals)
