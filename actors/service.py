"""The loops around the protocol: look, act, wait; and what ends them. Crash-only: a loop keeps no truth.

What the world may do (a part of it does not answer) is told and waited out with a back-off; what only we
could have broken is not caught. `running` is asked before each round: a shell ends a loop by it.
"""

from collections.abc import Callable

from actors.collector import Memory, collect
from actors.enactor import Enacted, Held, enact
from actors.planner import Fenced, Leading, depose, lead, publish
from actors.roles import CollectorSettings, EnactorSettings, PlannerPorts, PlannerSettings, Ports, tell
from coordination import limits
from coordination.plan import Generation
from coordination.ports import Unavailable

Running = Callable[[], bool]


async def serve_enactor(ports: Ports, settings: EnactorSettings, running: Running) -> None:
    """Take the newest plan, enact it, again and again."""
    held: Held | None = None
    done: Generation | None = None
    backoff_s = limits.BACKOFF_FIRST_S
    while running():
        try:
            ended = await _enact_newest(ports, settings, held, done)
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


async def _enact_newest(
    ports: Ports, settings: EnactorSettings, held: Held | None, done: Generation | None
) -> Enacted | None:
    head = await ports.authority.head()
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
    """Lead, then publish whenever there is something to publish. A new incarnation deposes its earlier self."""
    leading: Leading | None = None
    deposed = False
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
                await publish(world, settings, leading, look_at_log=rounds == 0)
                rounds = (rounds + 1) % settings.log_rounds
        except Fenced as fenced:
            await tell(world.ports, f"planner:{settings.scope}", "fenced", detail=str(fenced))
            leading = None
        except Unavailable as unavailable:
            await tell(world.ports, f"planner:{settings.scope}", "unavailable", detail=str(unavailable))
        await world.ports.clock.sleep(settings.poll_s)
