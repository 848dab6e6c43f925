"""The backends by their word: `embedded`, `local`, `docker`, `external`."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Literal, get_args

from coordination.etcd.settings import EtcdSettings
from coordination.kafka.settings import KafkaSettings
from namelatch.backends.embedded import EmbeddedBroker, EmbeddedEtcd, banner
from namelatch.backends.local import local
from namelatch.backends.part import Part
from namelatch.backends.running import Running
from namelatch.config import Settings
from namelatch.translate import etcd_settings, kafka_settings
from namelatch.trouble import Misuse

Name = Literal["embedded", "local", "docker", "external"]
NAMES: tuple[str, ...] = get_args(Name)


def opened(name: str, settings: Settings) -> AbstractAsyncContextManager[Running]:
    """The backend of that name for the time of a block; `settings` count for `external` alone. Raises Misuse."""
    match name:
        case "embedded":
            return _embedded()
        case "local":
            return local()
        case "docker":
            from namelatch.backends.docker import docker  # noqa: PLC0415  (testcontainers: for developers only)

            return docker()
        case "external":
            return _external(settings)
        case _:
            raise Misuse(f"backend {name!r}: there are {', '.join(NAMES)}")


@asynccontextmanager
async def _embedded() -> AsyncIterator[Running]:
    async with AsyncExitStack() as stack:
        directory = Path(tempfile.mkdtemp(prefix="namelatch-embedded-"))
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        etcd, broker = EmbeddedEtcd(directory / "etcd"), EmbeddedBroker(directory / "broker")
        parts = {"etcd-1": Part(etcd.program), "kafka": Part(broker.program)}
        for part in parts.values():
            stack.push_async_callback(part.close)
            await part.start()
        yield Running(
            banner(), EtcdSettings((etcd.endpoint,)), KafkaSettings(broker.endpoint), parts, directory=directory
        )


@asynccontextmanager
async def _external(settings: Settings) -> AsyncIterator[Running]:
    if not settings.etcd.endpoints or not settings.kafka.bootstrap:
        raise Misuse("backend external: name your own in etcd.endpoints and kafka.bootstrap")
    where = f"etcd at {', '.join(settings.etcd.endpoints)}, brokers at {', '.join(settings.kafka.bootstrap)}"
    yield Running(f"parts of your own: {where}", etcd_settings(settings.etcd), kafka_settings(settings.kafka))
