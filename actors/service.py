"""The loops around the protocol: look, act, wait; and what ends them. Crash-only: a loop keeps no truth.

What the world may do (a part of it does not answer) is told and waited out with a back-off; what only we
could have broken is not caught. `running` is asked before each round: a shell ends a loop by it, and gives an
enactor the time to finish the plan that it has in hand.
"""

from collections.abc import Callable
from dataclasses import replace

from actors.collector import Memory, collect
from actors.enactor import Enacted, Held, enact
from actors.planner import Backlog, Fenced, Leading, Unplannable, depose, lead, publish
from actors.roles import CollectorSettings, EnactorSettings, PlannerPorts, PlannerSettings, Ports, tell
from coordination import limits
from coordination.plan import Generation, digits
from coordination.ports import Unavailable
from coordination.seen import Head

Running = Callable[[], bool]


async def serve_enactor(ports: Ports, settings: EnactorSettings, running: Running) -> None:
    """Take the newest plan, enact it, again and again."""
    life: EnactorSettings | None = None
    held: Held | None = None
    done: Generation | None = None
    backoff_s = limits.BACKOFF_FIRST_S
    while running():
        try:
            head = await ports.authority.head()
            life = life or _born(settings, head)
            ended = await _enact_newest(ports, life, head, held, done)
            if ended is None and held is not None and not await ports.claims.renew(held.claim):
                held = None
        except Unavailable as unavailable:
            held = None  # perhaps given up already: whatever is left of it is replaced at the next beginning
            await tell(ports, settings.az, "unavailable", detail=str(unavailable))
            await ports.clock.sleep(backoff_s)
            backoff_s = min(2 * backoff_s, limits.BACKOFF_MOST_S)
            continue
        if ended is None:
            await ports.log.heard(done, settings.poll_s)
            continue
        held = ended.held
        if ended.status in {"finished", "superseded", "not fresh"}:
            done = ended.generation
            backoff_s = limits.BACKOFF_FIRST_S
        else:
            await ports.log.heard(ended.generation, backoff_s)
            backoff_s = min(2 * backoff_s, limits.RETRY_MOST_S)
    if held is not None:
        try:
            await ports.claims.release(held.claim)
        except Unavailable as unavailable:
            await tell(ports, settings.az, "unavailable", detail=f"a claim is left to its lease: {unavailable}")


def _born(settings: EnactorSettings, head: Head) -> EnactorSettings:
    """Settings whose token sorts behind those of all lives of this az that had a claim before this one began."""
    return replace(settings, token=f"{digits(head.revision)}-{settings.token}")


async def _enact_newest(
    ports: Ports, settings: EnactorSettings, head: Head, held: Held | None, done: Generation | None
) -> Enacted | None:
    if head.newest is None or head.newest == done:
        return None
    return await enact(ports, settings, head.newest, head, held)


async def serve_collector(ports: Ports, settings: CollectorSettings, running: Running) -> None:
    """Pass after pass."""
    memory = Memory(settings.busy_passes)
    while running():
        try:
            await collect(ports, settings, memory)
        except Unavailable as unavailable:
            await tell(ports, "collector", "unavailable", detail=str(unavailable))
        await ports.clock.sleep(settings.poll_s)


async def serve_planner(world: PlannerPorts, settings: PlannerSettings, running: Running) -> None:
    """Lead, then publish whenever there is something to publish. A new incarnation deposes its earlier self.

    What is unavailable is told once, until something else is or nothing any more: inputs may be broken for hours.
    So is a backlog, until it is another or gone.
    """
    leading: Leading | None = None
    deposed = False
    unplannable: int | None = None
    trouble = ""
    rounds = 0
    while running():
        try:
            if leading is None:
                if not deposed:
                    await depose(world, settings)
                    deposed = True
                leading = await lead(world, settings)
            elif not await world.ports.claims.renew(leading.key):
                leading = None
            else:
                at, rounds = rounds, (rounds + 1) % (settings.log_rounds * settings.backlog_rounds)
                looks, in_turn = at % settings.log_rounds == 0, at % settings.backlog_rounds == 0
                await publish(world, settings, leading, looks, unplannable, in_turn)
            trouble = ""
        except Backlog as backlog:
            if str(backlog) != trouble:
                trouble = str(backlog)
                await tell(world.ports, f"planner:{settings.scope}", "backlog", detail=trouble)
        except Fenced as fenced:
            await tell(world.ports, f"planner:{settings.scope}", "fenced", detail=str(fenced))
            leading = None
        except Unplannable as refused:
            await tell(world.ports, f"planner:{settings.scope}", "unplannable", detail=str(refused))
            unplannable = refused.revision
        except Unavailable as unavailable:
            if str(unavailable) != trouble:
                trouble = str(unavailable)
                await tell(world.ports, f"planner:{settings.scope}", "unavailable", detail=trouble)
        await world.ports.clock.sleep(settings.poll_s)
