"""`namelatch up`: everything running, until told to stop.

Planner, enactors and collector are actors of a local Ray; the DNS server is a process tree of its own and
keeps answering when Ray, Kafka or etcd are gone. Beside it runs the backend, unless it is one's own.
"""

import asyncio
import shutil
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from actors.on_ray.local import local_ray
from coordination.records import endpoint
from namelatch import interrupts, translate
from namelatch.backends.choice import addressed, banner, opened
from namelatch.backends.dns import EmbeddedDns
from namelatch.backends.supervised import Supervised, kept
from namelatch.compose import Wiring
from namelatch.config import Settings
from namelatch.demo.options import Progress
from namelatch.hosting import RoleService
from namelatch.inputs import FileInputs
from namelatch.trouble import BadEnvironment, Misuse

CHECK_S = 1.0  # between two looks at whether an actor was given up


async def run(settings: Settings, backend: str, show: Progress) -> None:
    """Start the parts and wait. Raises Misuse, and BadEnvironment when one of them can't be kept running."""
    if settings.planner.inputs is None:
        raise Misuse("planner.inputs: name the file that lists your endpoints (see configs/inputs.example.toml)")
    async with AsyncExitStack() as stack:
        watched: tuple[Supervised, ...] = ()
        directory = Path(tempfile.mkdtemp(prefix="namelatch-"))
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        if backend != "external":
            show.say(await asyncio.to_thread(banner, backend))
            running = await stack.enter_async_context(opened(backend, settings, directory / backend, say=show.say))
            watched = await stack.enter_async_context(kept(running.parts.values()))
            settings = addressed(settings, running)
        server = await stack.enter_async_context(EmbeddedDns(directory / "dns", settings))
        show.say(f"etcd at {', '.join(settings.etcd.endpoints)}, brokers at {', '.join(settings.kafka.bootstrap)}")
        show.say(
            f"DNS at {server.host} port {server.port}: dig @{server.host} -p {server.port} {settings.dns.zones[0]} SOA"
        )
        stack.enter_context(local_ray())
        interrupts.retake()
        await asyncio.gather(_act_while_it_lasts(settings, show), _first_given_up([server, *watched]))


async def _act_while_it_lasts(settings: Settings, show: Progress) -> None:
    """The automation. Should it end for good, that is said, and the DNS server goes on with what it has."""
    from actors.on_ray.troupe import GaveUp  # noqa: PLC0415  (imports Ray, see below)

    try:
        await _act(settings, show)
    except GaveUp as gave_up:
        show.say(f"the automation has stopped: {gave_up}; DNS goes on with what it has, Ctrl-C ends it")
        await asyncio.Event().wait()


async def _act(settings: Settings, show: Progress) -> None:
    """Planner, enactors and collector in Ray, until cancelled. Raises GaveUp when one kept dying."""
    from actors.on_ray.troupe import Troupe  # noqa: PLC0415  (imports Ray, which reads its environment then)

    posture = translate.posture_of(settings)
    history = settings.log.history.absolute() if settings.log.history else None
    etcd, kafka = translate.etcd_settings(settings.etcd), translate.kafka_settings(settings.kafka)
    world = Wiring(etcd, kafka, history, settings.log.level)
    assert settings.planner.inputs is not None, "checked before anything was started"
    inputs = FileInputs(settings.planner.inputs.absolute())
    azs = settings.enactors.azs
    watched = tuple(map(endpoint, settings.log.watched))
    polls = dict.fromkeys(azs, settings.enactors.poll_s)
    polls |= {"planner": settings.planner.poll_s, "collector": settings.collector.poll_s}
    troupe = Troupe(show.say)
    try:
        for role, poll_s in polls.items():
            start = azs.index(role) / len(azs) if role in azs else 0.0
            full_every, walkers = settings.planner.full_every, settings.enactors.walkers
            service = RoleService(
                role, world, posture, inputs, start, poll_s, full_every, walkers, configured=True, watched=watched
            )
            troupe.host(role, service)
        for role in polls:
            await troupe.run(role, "enactor" if role in azs else role)
        show.say(f"posture {posture.name}: planner, collector and enactors {', '.join(azs)} run; Ctrl-C stops them")
        while True:
            troupe.check()
            await asyncio.sleep(CHECK_S)
    finally:
        await troupe.close()


async def _first_given_up(parts: list[Supervised]) -> None:
    waits = {asyncio.create_task(part.given_up.wait()): part for part in parts}
    try:
        done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        raise BadEnvironment(waits[done.pop()].events[-1].text)
    finally:
        for wait in waits:
            wait.cancel()
