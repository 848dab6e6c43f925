"""One run: everything on stage, plans that keep coming, faults by their plan; then rest, and the evidence of it all."""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coordination.etcd.authority import EtcdAuthority
from coordination.etcd.client import EtcdClient
from coordination.etcd.keys import Keys
from coordination.etcd.listing import listed
from coordination.feed import Listed
from coordination.ports import Unavailable
from namelatch.backends.process import NotReady
from namelatch.backends.running import Running
from namelatch.chaos import schedule, strikes
from namelatch.chaos.absences import Away
from namelatch.chaos.failures import failures
from namelatch.chaos.inputs import Traffic
from namelatch.chaos.observer import Observer
from namelatch.chaos.plan import Planned
from namelatch.chaos.rest import Rest
from namelatch.chaos.schedule import Done
from namelatch.chaos.stage import ACTORS_LOG, Say, Stage
from namelatch.demo.inventory import Inventory
from namelatch.matrix.inputs import Turned
from namelatch.matrix.owed import as_now
from namelatch.matrix.truth import Revision
from namelatch.trouble import BadEnvironment

START_S = 120.0  # for the first plan, which is a full one, at 2,000 records
TOLD_EVERY_S = 30.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What to run. `rate`: changes of the inputs a second. `seconds`: how long at least, the plan may take longer.

    `rest_s`: how long everything may take to come to rest; None for what so many records may take.
    """

    plan: Sequence[Planned]
    posture: str
    inventory: Inventory
    rate: float
    seconds: float
    seed: int
    on_ray: bool = False
    rest_s: float | None = None


@dataclass(frozen=True, slots=True)
class Rested:
    """What etcd held when all had come to rest, and the inputs then."""

    found: Listed
    turned: Turned


@dataclass(slots=True)
class Evidence:
    """What a run leaves behind for its judge, besides the files in `directory`."""

    directory: Path
    banner: str  # of what the roles run on, where it is no part of the backend
    keys: Keys
    written: dict[int, Revision]
    members: int
    inventory: Inventory
    away: list[Away]
    done: list[Done] = field(default_factory=list)
    accidents: list[str] = field(default_factory=list)
    rests: list[Rested] = field(default_factory=list)
    stuck: str = ""
    hole: str = ""
    ended: float = 0.0
    seconds: float = 0.0
    converged_s: float = 0.0
    full_s: float = 0.0


async def perform(asked: Asked, running: Running, directory: Path, say: Say) -> Evidence:
    """The run, to its rest. Raises BadEnvironment when it does not even begin."""
    began = time.monotonic()
    traffic = Traffic(Turned(directory), asked.inventory, asked.seed)
    traffic.turned.touch()
    async with AsyncExitStack() as stack:
        stage = Stage(running, directory, asked.inventory, asked.posture, say, asked.on_ray)
        stack.callback(stage.end)
        client = await stack.enter_async_context(EtcdClient(stage.etcd))
        keys = Keys(stage.etcd.prefix)
        observer = Observer(client, keys, (await listed(client, keys)).position)
        banner = "" if stage.rays is None else stage.rays.banner
        evidence = Evidence(
            directory,
            banner,
            keys,
            observer.seen,
            len(stage.members),
            asked.inventory,
            traffic.away,
            accidents=stage.accidents,
        )
        await _beside(stack, observer.run())
        stack.push_async_callback(stage.close)
        await stage.open()
        await _beside(stack, stage.keep())
        await _first_plan(client, asked, say)
        turning = asyncio.create_task(_turn(traffic, asked.rate))
        telling = asyncio.create_task(_tell(client, observer, say))
        until = time.monotonic() + asked.seconds
        try:
            evidence.done = await schedule.run(asked.plan, lambda one: strikes.struck(stage, observer, one), say)
            await asyncio.sleep(until - time.monotonic())
        finally:
            turning.cancel()
            telling.cancel()
        await _come_to_rest(stage, traffic, evidence, client, asked.rest_s, say)
        await stage.close()
        if asked.on_ray:
            with suppress(FileNotFoundError), (directory / ACTORS_LOG).open(encoding="utf-8", errors="replace") as log:
                evidence.accidents.extend(failures(log))
        try:
            await observer.caught_up()
        except Unavailable as unavailable:
            evidence.hole = str(unavailable)
        evidence.hole = evidence.hole or observer.hole
        evidence.ended = time.monotonic()
        evidence.seconds = evidence.ended - began
        say(f"{len(observer.seen):,} revisions seen on {observer.streams} watches")
    return evidence


async def _beside(stack: AsyncExitStack, work: Coroutine[Any, Any, None]) -> None:
    """Let something run beside the rest of the stack."""
    task = asyncio.create_task(work)

    async def end() -> None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    stack.push_async_callback(end)


async def _first_plan(client: EtcdClient, asked: Asked, say: Say) -> None:
    authority = EtcdAuthority(client)
    bound_s = START_S + asked.inventory.records / 500
    try:
        async with asyncio.timeout(bound_s):
            while True:
                with suppress(Unavailable):
                    if (await authority.head()).applied is not None:
                        break
                await asyncio.sleep(0.5)
    except TimeoutError:
        raise BadEnvironment(f"no plan was applied within {bound_s:g} s, before any fault") from None
    say(f"the first plan of {len(asked.inventory.endpoints):,} endpoints is applied")


async def _turn(traffic: Traffic, rate: float) -> None:
    while True:
        await asyncio.sleep(1 / rate)
        traffic.next(time.monotonic())


async def _tell(client: EtcdClient, observer: Observer, say: Say) -> None:
    authority = EtcdAuthority(client)
    while True:
        await asyncio.sleep(TOLD_EVERY_S)
        with suppress(Unavailable):
            head = await authority.head()
            say(f"generation {head.newest}, applied {head.applied}; {len(observer.seen):,} revisions seen")


async def _come_to_rest(
    stage: Stage, traffic: Traffic, evidence: Evidence, client: EtcdClient, rest_s: float | None, say: Say
) -> None:
    """Heal everything and wait for rest: first as things are, then with everything changed once more.

    The second time alone would prove too little: a full plan heals what the one before left undone.
    """
    try:
        await stage.heal()
    except NotReady as not_ready:
        evidence.stuck = str(not_ready)
        return
    rest = Rest(stage, client, rest_s)
    say(f"all is healed; {rest.bound_s:.0f} s to converge")
    for again in (False, True):
        held = await rest.wait(traffic.turned.touch() if again else traffic.turned.revision)
        what = "with everything changed once more" if again else "with nothing else changed"
        if not held:
            evidence.stuck = evidence.stuck or f"{what}, after {rest.seconds:.0f} s: {rest.wrong}"
        if again:
            evidence.full_s = rest.seconds
        else:
            evidence.converged_s = rest.seconds
        if held and rest.found is not None:
            evidence.rests.append(Rested(rest.found, as_now(traffic.turned)))
        say(f"{'at' if held else 'no'} rest after {rest.seconds:.1f} s {what}{'' if held else f': {rest.wrong}'}")
        if not held:
            return
