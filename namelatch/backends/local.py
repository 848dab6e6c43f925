"""The backend `local`: Apache Kafka and an etcd cluster as real processes on this machine, behind relays.

Whatever way the block is left, no process is: parts are stopped in turn, and the kernel ends them with us.
"""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from coordination.etcd.settings import EtcdSettings
from coordination.kafka.settings import KafkaSettings
from namelatch.backends import apache_kafka, etcd_cluster
from namelatch.backends.callers import caller
from namelatch.backends.etcd_cluster import Member
from namelatch.backends.ground import Ground, machine
from namelatch.backends.part import Part, silence, together
from namelatch.backends.ports import LOOPBACK
from namelatch.backends.relay import Link, Relay
from namelatch.backends.running import CLIENT, Running
from namelatch.backends.secured import Secured

MEMBERS = 3


@asynccontextmanager
async def local(
    directory: Path | None = None,
    *,
    members: int = MEMBERS,
    kafka: bool = True,
    secured: Secured | None = None,
    quota_bytes: int = 0,
    ground: Ground | None = None,
    say: Callable[[str], None] = silence,
) -> AsyncIterator[Running]:
    """A cluster for the time of the block. Raises BadEnvironment for what is missing or does not start.

    `directory` None: a temporary one, removed at the end. `members` 0 and `kafka` False leave those out; their
    settings then name addresses where nobody listens. `secured`: etcd's user is the caller's to create. `ground`
    None: processes out of what is installed here. `say` hears how the start comes along: it takes a while.
    """
    if ground is None:
        ground = await asyncio.to_thread(machine, members, kafka)
    async with AsyncExitStack() as stack:
        if directory is None:
            directory = Path(tempfile.mkdtemp(prefix="namelatch-local-"))
            stack.callback(shutil.rmtree, directory, ignore_errors=True)
        cluster = etcd_cluster.members(members)
        ports = apache_kafka.broker_ports()
        programs = list(etcd_cluster.programs(ground.etcd, cluster, directory, secured, quota_bytes))
        said = [f"{members} etcd members"] * (members > 0) + ["Apache Kafka"] * kafka
        say(f"{' and '.join(said)} are starting")
        if kafka:
            where = (ports, directory / "kafka", secured, ground.once)
            programs.append(await asyncio.to_thread(apache_kafka.program, ground.java, ground.class_path, *where))
        parts = {program.name: Part(program, ground.launch) for program in programs}
        links: dict[str, Link] = {}
        for relay, callers in _relays(cluster, ports.client_relay, ports.client, parts):
            await stack.enter_async_context(relay)
            links |= {link.name: link for link in map(relay.link, callers)}
        await stack.enter_async_context(together(parts.values(), say))
        addresses = tuple(f"{LOOPBACK}:{one.client_relay}" for one in cluster) or (f"{LOOPBACK}:9",)
        broker = f"{LOOPBACK}:{ports.client_relay}"
        yield Running(ground.banner(members, kafka), *_settings(addresses, broker, secured), parts, links, directory)


def _relays(
    cluster: tuple[Member, ...], broker_relay: int, broker: int, parts: Mapping[str, Part]
) -> list[tuple[Relay, list[str]]]:
    """The relays, each with the callers that are known beforehand."""

    def pids() -> dict[str, int]:
        return {name: part.pid for name, part in parts.items() if part.pid is not None}

    peer = caller(pids)
    relays: list[tuple[Relay, list[str]]] = []
    for one in cluster:
        others = [other.name for other in cluster if other != one]
        relays.append((Relay(one.client_relay, one.client, one.name, _client), [CLIENT]))
        relays.append((Relay(one.peer_relay, one.peer, one.name, peer), others))
    if "kafka" in parts:
        relays.append((Relay(broker_relay, broker, "kafka", _client), [CLIENT]))
    return relays


def _client(_source: int, _target: int) -> str:
    return CLIENT


def _settings(addresses: tuple[str, ...], broker: str, secured: Secured | None) -> tuple[EtcdSettings, KafkaSettings]:
    if secured is None:
        return EtcdSettings(addresses), KafkaSettings(broker)
    return (
        EtcdSettings(addresses, username=secured.username, password=secured.password, ca_file=str(secured.ca)),
        KafkaSettings(
            broker,
            security_protocol="SASL_SSL",
            ssl_cafile=str(secured.ca),
            sasl_mechanism="PLAIN",
            sasl_username=secured.username,
            sasl_password=secured.password,
        ),
    )
