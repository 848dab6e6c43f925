"""The backends by their word: `embedded`, `local`, `docker`, `external`."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path

from coordination.etcd.settings import EtcdSettings
from coordination.kafka.settings import KafkaSettings
from namelatch.backends import embedded
from namelatch.backends.embedded import EmbeddedBroker, EmbeddedEtcd
from namelatch.backends.ground import machine
from namelatch.backends.installed import installed
from namelatch.backends.local import MEMBERS, local
from namelatch.backends.names import NAMES
from namelatch.backends.part import silence, together
from namelatch.backends.running import Running
from namelatch.config import Settings, defaults
from namelatch.translate import etcd_settings, kafka_settings
from namelatch.trouble import Misuse

_OF_ETCD = ("username", "password", "ca_file", "cert_file", "key_file")  # how one gets in at one's own
_OF_KAFKA = (*_OF_ETCD[2:], "tls", "replication_factor", "sasl_mechanism", "sasl_username", "sasl_password")


def opened(
    name: str,
    settings: Settings,
    directory: Path | None = None,
    *,
    quota_bytes: int = 0,
    say: Callable[[str], None] = silence,
) -> AbstractAsyncContextManager[Running]:
    """The backend of that name for the time of a block. Raises Misuse.

    `settings` count for `external` alone, the others for backends of ours: `directory` for data and logs (None: a
    temporary one, removed at the end), `quota_bytes` of an etcd member's data (0: its own), `say` for progress.
    """
    match name:
        case "embedded":
            return _embedded(directory)
        case "local":
            return local(directory, quota_bytes=quota_bytes, say=say)
        case "docker":
            from namelatch.backends.docker import docker  # noqa: PLC0415  (testcontainers: for developers only)

            return docker(directory, quota_bytes=quota_bytes, say=say)
        case "external":
            return _external(settings)
        case _:
            raise Misuse(f"backend {name!r}: there are {', '.join(NAMES)}")


def banner(name: str) -> str:
    """What `Running.banner` of a backend of ours will say. Raises BadEnvironment for what is missing."""
    match name:
        case "local":
            return machine(MEMBERS, True).banner(MEMBERS, True)
        case "docker":
            from namelatch.backends.docker import ground  # noqa: PLC0415  (testcontainers: for developers only)

            return ground().banner(MEMBERS, True)
        case _:
            return embedded.banner()


def require(name: str) -> None:
    """Raise BadEnvironment with the first thing that a backend of ours needs and that is missing, and what mends it."""
    match name:
        case "local":
            installed().require()
        case "docker":
            from namelatch.backends.docker import answering  # noqa: PLC0415  (testcontainers: for developers only)

            answering().close()
        case _:
            embedded.require()


def addressed(settings: Settings, running: Running) -> Settings:
    """The settings with the addresses of a backend of ours, with no passwords and one broker, whatever yours has."""
    plain = defaults()
    etcd = {name: getattr(plain.etcd, name) for name in _OF_ETCD} | {"endpoints": running.etcd.endpoints}
    kafka = {name: getattr(plain.kafka, name) for name in _OF_KAFKA}
    kafka["bootstrap"] = tuple(running.kafka.bootstrap.split(","))
    changed = {"etcd": settings.etcd.model_copy(update=etcd), "kafka": settings.kafka.model_copy(update=kafka)}
    return settings.model_copy(update=changed)


@asynccontextmanager
async def _embedded(directory: Path | None) -> AsyncIterator[Running]:
    async with AsyncExitStack() as stack:
        if directory is None:
            directory = Path(tempfile.mkdtemp(prefix="namelatch-embedded-"))
            stack.callback(shutil.rmtree, directory, ignore_errors=True)
        etcd, broker = EmbeddedEtcd(directory / "etcd"), EmbeddedBroker(directory / "broker")
        parts = {"etcd-1": etcd.part, "kafka": broker.part}
        await stack.enter_async_context(together(parts.values()))
        where = EtcdSettings((etcd.endpoint,)), KafkaSettings(broker.endpoint)
        yield Running(embedded.banner(), *where, parts, directory=directory)


@asynccontextmanager
async def _external(settings: Settings) -> AsyncIterator[Running]:
    if not settings.etcd.endpoints or not settings.kafka.bootstrap:
        raise Misuse("backend external: name your own in etcd.endpoints and kafka.bootstrap")
    where = f"etcd at {', '.join(settings.etcd.endpoints)}, brokers at {', '.join(settings.kafka.bootstrap)}"
    yield Running(f"parts of your own: {where}", etcd_settings(settings.etcd), kafka_settings(settings.kafka))
