"""An etcd cluster of real processes on loopback, one program a member; fsync is on.

Each member listens on ports of its own and advertises its relays' addresses: to clients and to the other members.
Health is asked for at a third port (etcd's --listen-metrics-urls), which stays plain when the others speak TLS.
"""

from dataclasses import dataclass
from pathlib import Path

from namelatch.backends.embedded import inherited, own_directory
from namelatch.backends.ports import LOOPBACK, free_ports
from namelatch.backends.probes import etcd_is_healthy
from namelatch.backends.process import Program
from namelatch.backends.secured import Secured


@dataclass(frozen=True, slots=True)
class Member:
    """One member's name and ports: where it listens, and where its relays do."""

    name: str
    client: int
    peer: int
    health: int
    client_relay: int
    peer_relay: int


def members(count: int) -> tuple[Member, ...]:
    """`count` members on free ports: etcd-1, etcd-2, ..."""
    ports = free_ports(5 * count)
    return tuple(Member(f"etcd-{number + 1}", *ports[5 * number : 5 * number + 5]) for number in range(count))


def programs(
    binary: str, cluster: tuple[Member, ...], directory: Path, secured: Secured | None, quota_bytes: int = 0
) -> tuple[Program, ...]:
    """A program a member; all of them have to be started for the first to be ready. `quota_bytes` 0: etcd's own."""
    scheme = "https" if secured else "http"
    initial = ",".join(f"{one.name}={scheme}://{LOOPBACK}:{one.peer_relay}" for one in cluster)
    return tuple(
        _program(binary, one, initial, own_directory(directory / one.name), secured, quota_bytes) for one in cluster
    )


def _program(
    binary: str, member: Member, initial: str, directory: Path, secured: Secured | None, quota_bytes: int
) -> Program:
    scheme = "https" if secured else "http"
    flags = {
        "name": member.name,
        "data-dir": str(directory / "data"),
        "listen-client-urls": f"{scheme}://{LOOPBACK}:{member.client}",
        "advertise-client-urls": f"{scheme}://{LOOPBACK}:{member.client_relay}",
        "listen-peer-urls": f"{scheme}://{LOOPBACK}:{member.peer}",
        "initial-advertise-peer-urls": f"{scheme}://{LOOPBACK}:{member.peer_relay}",
        "initial-cluster": initial,
        "initial-cluster-token": "namelatch",
        # Twice etcd's own: leaders should fall by our faults, not by what else the machine has to do.
        "heartbeat-interval": "200",
        "election-timeout": "2000",
        "listen-metrics-urls": f"http://{LOOPBACK}:{member.health}",
        "experimental-initial-corrupt-check": "true",
        "logger": "zap",
        "log-level": "warn",
    }
    if quota_bytes:
        flags["quota-backend-bytes"] = str(quota_bytes)
    if secured:
        # Members prove themselves to one another by certificate; clients by name and password.
        flags |= {
            "cert-file": str(secured.cert),
            "key-file": str(secured.key),
            "peer-cert-file": str(secured.cert),
            "peer-key-file": str(secured.key),
            "peer-trusted-ca-file": str(secured.ca),
            "peer-client-cert-auth": "true",
        }
    return Program(
        member.name,
        (binary, *(f"--{name}={value}" for name, value in flags.items())),
        directory,
        directory / f"{member.name}.log",
        lambda: etcd_is_healthy(LOOPBACK, member.health),
        inherited(),
        ready_s=60.0,  # an election and its reads, on a machine that is busy with something else
    )
