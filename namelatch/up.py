"""`namelatch up`: everything running, until told to stop."""

import asyncio
import shutil
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from namelatch.backends.dns import EmbeddedDns
from namelatch.backends.embedded import EmbeddedBroker, EmbeddedEtcd, banner
from namelatch.backends.process import Supervised
from namelatch.config import Settings
from namelatch.demo.options import Progress
from namelatch.trouble import BadEnvironment


async def run(settings: Settings, ephemeral: bool, show: Progress) -> None:
    """Start the parts and wait. Raises BadEnvironment when one of them can't be kept running."""
    async with AsyncExitStack() as stack:
        directory = Path(tempfile.mkdtemp(prefix="namelatch-"))
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        parts: list[Supervised] = []
        if ephemeral:
            show.say(banner())
            etcd = await stack.enter_async_context(EmbeddedEtcd(directory / "etcd"))
            broker = await stack.enter_async_context(EmbeddedBroker(directory / "broker"))
            settings = settings.model_copy(
                update={
                    "etcd": settings.etcd.model_copy(update={"endpoints": (etcd.endpoint,)}),
                    "kafka": settings.kafka.model_copy(update={"bootstrap": (broker.endpoint,)}),
                }
            )
            parts += [etcd, broker]
        server = await stack.enter_async_context(EmbeddedDns(directory / "dns", settings))
        parts.append(server)
        show.say(f"etcd at {', '.join(settings.etcd.endpoints)}, brokers at {', '.join(settings.kafka.bootstrap)}")
        show.say(
            f"DNS at {server.host} port {server.port}: dig @{server.host} -p {server.port} {settings.dns.zones[0]} SOA"
        )
        await _first_given_up(parts)


async def _first_given_up(parts: list[Supervised]) -> None:
    waits = {asyncio.create_task(part.given_up.wait()): part for part in parts}
    try:
        done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        raise BadEnvironment(waits[done.pop()].events[-1].text)
    finally:
        for wait in waits:
            wait.cancel()
