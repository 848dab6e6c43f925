"""The backend `docker`: etcd and Apache Kafka as containers, where a Docker engine answers.

Images are pinned by tag. Their digests are not: this was never run where an engine could tell them.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from coordination.etcd.settings import EtcdSettings
from coordination.kafka.settings import KafkaSettings
from namelatch.backends.packages import require
from namelatch.backends.ports import LOOPBACK, free_ports
from namelatch.backends.probes import broker_is_ready, etcd_is_healthy
from namelatch.backends.running import Running
from namelatch.trouble import BadEnvironment

ETCD_IMAGE = "quay.io/coreos/etcd:v3.5.21"
KAFKA_IMAGE = "apache/kafka:4.1.0"
_READY_S = 90.0
_ASK_AGAIN_S = 0.2


@asynccontextmanager
async def docker() -> AsyncIterator[Running]:
    """One etcd member and one broker in containers. Raises BadEnvironment when no engine answers."""
    require("testcontainers", "testcontainers", "dev")
    await asyncio.to_thread(_require_engine)
    etcd_port, kafka_port = free_ports(2)
    async with AsyncExitStack() as stack:
        for container in (_etcd(etcd_port), _kafka(kafka_port)):
            await asyncio.to_thread(container.start)
            stack.push_async_callback(asyncio.to_thread, container.stop)
        await _answering(etcd_port, kafka_port)
        yield Running(
            f"containers: {ETCD_IMAGE} (one member), {KAFKA_IMAGE} (one broker)",
            EtcdSettings((f"{LOOPBACK}:{etcd_port}",)),
            KafkaSettings(f"{LOOPBACK}:{kafka_port}"),
        )


def _require_engine() -> None:
    import docker as client  # noqa: PLC0415  (comes with testcontainers, which only developers have)

    try:
        client.from_env(timeout=5).ping()
    except client.errors.DockerException:
        raise BadEnvironment("backend docker: no Docker engine answers, start one or take another backend") from None


def _etcd(port: int) -> Any:
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415

    return (
        DockerContainer(ETCD_IMAGE)
        .with_bind_ports(2379, port)
        .with_command(
            "/usr/local/bin/etcd --name etcd-1 --listen-client-urls http://0.0.0.0:2379 "
            f"--advertise-client-urls http://{LOOPBACK}:{port}"
        )
    )


def _kafka(port: int) -> Any:
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415

    settings = {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LISTENERS": "CLIENT://0.0.0.0:9092,CONTROLLER://localhost:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"CLIENT://{LOOPBACK}:{port}",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "KAFKA_INTER_BROKER_LISTENER_NAME": "CLIENT",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
    }
    container = DockerContainer(KAFKA_IMAGE).with_bind_ports(9092, port)
    for name, value in settings.items():
        container = container.with_env(name, value)
    return container


async def _answering(etcd_port: int, kafka_port: int) -> None:
    """Return once both answer. Raises BadEnvironment when they take too long."""
    try:
        async with asyncio.timeout(_READY_S):
            for ask in (lambda: etcd_is_healthy(LOOPBACK, etcd_port), lambda: broker_is_ready(LOOPBACK, kafka_port)):
                while not await _answers(ask):  # noqa: ASYNC110  (the world outside sets no Event)
                    await asyncio.sleep(_ASK_AGAIN_S)
    except TimeoutError:
        raise BadEnvironment(f"backend docker: no answer from the containers within {_READY_S:g} s") from None


async def _answers(ask: Any) -> bool:
    try:
        return bool(await ask())
    except (OSError, EOFError):
        return False
