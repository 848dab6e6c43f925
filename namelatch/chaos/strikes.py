"""What each fault does to the stage: it strikes when its block is entered, and heals when the block is left.

Left by cancellation, too: whoever interrupts a run finds nothing stopped and nothing cut. What was killed stays dead.
"""

import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psutil

from coordination.ports import Unavailable
from namelatch.backends.ray_nodes import signalled
from namelatch.backends.relay import Link
from namelatch.chaos import gateway, poison
from namelatch.chaos.catalogue import DNS, LEADER, ROLES, WORKER
from namelatch.chaos.observer import Observer
from namelatch.chaos.plan import Planned
from namelatch.chaos.restore import restored
from namelatch.chaos.stage import Stage

DELAY_S = 0.7
HOUR_S = 3600.0
CLEARING_S = 30.0


@asynccontextmanager
async def struck(stage: Stage, observer: Observer, planned: Planned) -> AsyncIterator[str]:
    """The fault for the time of the block; says whom it really struck. Raises Unavailable when it can't be done."""
    addresses = stage.etcd.endpoints
    target = await _found(stage, planned)
    match planned.fault:
        case "kill" | "stop" if target == WORKER:
            async with _worker(stage, planned.fault) as told:
                yield told
        case "kill":
            async with _killed(stage, target):
                yield target
        case "stop":
            async with _stopped(stage, (target,)):
                yield target
        case "quorum":
            async with _stopped(stage, stage.members[:2]):
                yield " and ".join(stage.members[:2])
        case "cut" | "cut-there" | "cut-back" | "delay" | "cut-peer":
            async with _linked(stage, (stage.running.links[target],), planned.fault):
                yield target
        case "isolate":
            async with _linked(stage, stage.running.isolated(target), "cut"):
                yield target
        case "move-leader":
            yield f"to {await gateway.move_leader(addresses)}"
        case "compact":
            await gateway.compact(addresses, observer.revision)
            yield f"up to {observer.revision}"
        case "compact-behind":
            async with _stopped(stage, (DNS,)):
                yield DNS
                await gateway.compact(addresses, observer.revision)
        case "no-space":
            async with _full(addresses):
                yield "etcd"
        case "restore":
            async with restored(stage, observer) as told:
                yield told
        case "defragment":
            await gateway.defragment(addresses[stage.members.index(target)])
            yield target
        case "clock-ahead" | "clock-behind":
            async with _clock(stage, target, HOUR_S if planned.fault == "clock-ahead" else -HOUR_S):
                yield target
        case _:
            yield await poison.done(stage, planned.fault)


async def _found(stage: Stage, planned: Planned) -> str:
    """Whom it strikes. Raises Unavailable when there is nobody now."""
    target = await _led(stage) if planned.target == LEADER else planned.target
    if stage.rays is not None and target in ROLES and stage.parts[target].pid is None:
        raise Unavailable(f"Ray has no process of {target} now")
    return target


async def _led(stage: Stage) -> str:
    at = await gateway.leader(stage.etcd.endpoints)
    if at is None:
        raise Unavailable("nobody leads etcd")
    return stage.members[at]


@asynccontextmanager
async def _killed(stage: Stage, name: str) -> AsyncIterator[None]:
    stage.parts[name].kill()
    stage.held[name] += 1
    yield  # cut short, it stays dead: the run is over, and a node would take its time to start
    await stage.release(name)


@asynccontextmanager
async def _stopped(stage: Stage, names: tuple[str, ...]) -> AsyncIterator[None]:
    there = [name for name in names if stage.parts[name].pid is not None]
    if not there:
        raise Unavailable(f"{' and '.join(names)} can't be stopped: killed by another fault")
    for name in there:
        stage.parts[name].suspend()
        stage.held[name] += 1
    try:
        yield
    finally:
        await stage.release(*there)


@asynccontextmanager
async def _worker(stage: Stage, fault: str) -> AsyncIterator[str]:
    """A process of the DNS server's; the server itself starts it again."""
    worker = stage.worker()
    try:
        worker.send_signal(signal.SIGKILL if fault == "kill" else signal.SIGSTOP)
    except psutil.NoSuchProcess:
        raise Unavailable(f"the DNS worker {worker.pid} has just ended") from None
    try:
        yield f"process {worker.pid}"
    finally:
        if fault == "stop":
            signalled(worker, signal.SIGCONT)


@asynccontextmanager
async def _linked(stage: Stage, links: tuple[Link, ...], fault: str) -> AsyncIterator[None]:
    for link in links:
        stage.held[link] += 1
        match fault:
            case "delay":
                link.delay(DELAY_S)
            case "cut-there" | "cut-peer":
                link.cut("there")
            case "cut-back":
                link.cut("back")
            case _:
                link.cut()
    try:
        yield
    finally:
        for link in links:
            if stage.is_last(link):
                link.heal()


@asynccontextmanager
async def _full(addresses: tuple[str, ...]) -> AsyncIterator[None]:
    try:
        await gateway.alarm(addresses)
        yield
    finally:
        await gateway.disarm(addresses, CLEARING_S)  # in vain without a majority: at its end the run does it again


@asynccontextmanager
async def _clock(stage: Stage, who: str, offset_s: float) -> AsyncIterator[None]:
    path = stage.directory / f"clock-{who}"
    stage.held[path] += 1
    path.write_text(str(offset_s), encoding="ascii")
    try:
        yield
    finally:
        if stage.is_last(path):
            path.unlink(missing_ok=True)
