"""Apache Kafka in one process on loopback: broker and KRaft controller, out of the fetched jars.

The broker advertises its relay's address. Its heap is capped, and the compiler stays at its first tier: these
brokers live for minutes. A message counts as written when the process has it, as everywhere in Kafka: the page cache
survives SIGKILL, and replicas are what protects from more.
"""

import base64
import re
import ssl
import subprocess
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from namelatch.backends.embedded import inherited, own_directory
from namelatch.backends.ports import LOOPBACK, free_ports
from namelatch.backends.probes import broker_is_ready
from namelatch.backends.process import Program
from namelatch.backends.secured import Secured
from namelatch.trouble import BadEnvironment

_FORMAT_S = 120.0
# What a Java properties file and the list `log.dirs` leave as it is: others would end up in other directories.
_PATH = re.compile(r"[^,\\\x00-\x1f\x7f-\U0010ffff]+")
_JVM = ("-Xmx512m", "-Xms128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")
_LOGGING = ("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true")


@dataclass(frozen=True, slots=True)
class BrokerPorts:
    """Where the broker and its controller listen, and where the broker's relay does."""

    client: int
    controller: int
    client_relay: int


def broker_ports() -> BrokerPorts:
    """Free ones."""
    return BrokerPorts(*free_ports(3))


Once = Callable[[tuple[str, ...]], tuple[int, str]]  # runs a command to its end: its exit status, what it printed


def here(argv: tuple[str, ...]) -> tuple[int, str]:
    """Run a command as a process of this machine. Raises OSError, subprocess.TimeoutExpired."""
    done = subprocess.run(  # noqa: S603  (our own arguments, no shell)
        argv,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_FORMAT_S,
        check=False,
        env=inherited(),
    )
    return done.returncode, done.stdout


def program(
    java: str, class_path: str, ports: BrokerPorts, directory: Path, secured: Secured | None, once: Once = here
) -> Program:
    """The broker, its storage formatted (some seconds of a JVM, run here). Raises BadEnvironment."""
    if not _PATH.fullmatch(str(directory)):
        raise BadEnvironment(
            f"Kafka's settings can't name {directory}: take a path of ASCII without commas and backslashes"
        )
    own_directory(directory)
    settings = directory / "server.properties"
    settings.touch(0o600)
    lines = _common(ports, directory) | (_closed(secured, directory) if secured else _open())
    settings.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
    run = (java, *_JVM, *_LOGGING, "-cp", class_path)
    _format(run, settings, directory, once)
    trust = ssl.create_default_context(cafile=str(secured.ca)) if secured else None
    user = (secured.username, secured.password) if secured else None
    return Program(
        "kafka",
        (*run, "kafka.Kafka", str(settings)),
        directory,
        directory / "kafka.log",
        lambda: broker_is_ready(LOOPBACK, ports.client, trust, user),
        inherited(),
        ready_s=120.0,  # three seconds on an idle machine, much more on one that is busy with something else
        stop_s=10.0,
    )


def _common(ports: BrokerPorts, directory: Path) -> dict[str, object]:
    return {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@{LOOPBACK}:{ports.controller}",
        "listeners": f"CLIENT://{LOOPBACK}:{ports.client},CONTROLLER://{LOOPBACK}:{ports.controller}",
        "advertised.listeners": f"CLIENT://{LOOPBACK}:{ports.client_relay}",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "CLIENT",
        "log.dirs": directory / "data",
        "auto.create.topics.enable": "false",
        "offsets.topic.replication.factor": 1,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        # A broker that was killed comes back under the same id once its former session has ended.
        "broker.session.timeout.ms": 3000,
        "broker.heartbeat.interval.ms": 500,
        # One client's worth of threads and buffers, not a data centre's.
        "num.network.threads": 2,
        "num.io.threads": 4,
        "log.cleaner.dedupe.buffer.size": 8 * 1024**2,
    }


def _open() -> dict[str, object]:
    return {"listener.security.protocol.map": "CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT"}


def _closed(secured: Secured, directory: Path) -> dict[str, object]:
    """TLS on both listeners; clients and the broker itself by SASL PLAIN, controllers by certificate."""
    key_store = directory / "server.pem"
    key_store.touch(0o600)
    key_store.write_text(secured.key.read_text() + secured.cert.read_text())
    user, password = secured.username, secured.password
    login = (
        "org.apache.kafka.common.security.plain.PlainLoginModule required "
        f'username="{user}" password="{password}" user_{user}="{password}";'
    )
    return {
        "listener.security.protocol.map": "CLIENT:SASL_SSL,CONTROLLER:SSL",
        "sasl.enabled.mechanisms": "PLAIN",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "listener.name.client.plain.sasl.jaas.config": login,
        "listener.name.controller.ssl.client.auth": "required",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": key_store,
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": secured.ca,
    }


def _format(run: tuple[str, ...], settings: Path, directory: Path, once: Once) -> None:
    identity = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    try:
        status, printed = once(
            (*run, "kafka.tools.StorageTool", "format", f"--cluster-id={identity}", f"--config={settings}")
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BadEnvironment(f"kafka: its storage can't be formatted: {error}") from None
    (directory / "format.log").write_text(printed)
    if status:
        last = printed.strip().splitlines()[-1:] or ["no word"]
        raise BadEnvironment(f"kafka: its storage can't be formatted: {last[0]} (log: {directory / 'format.log'})")
