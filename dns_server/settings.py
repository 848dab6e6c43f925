"""What the operator may set. Frozen, checked when made, no environment: whoever composes the server reads that."""

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from coordination.limits import MAX_TARGETS, MAX_TTL_S
from dns_server.limits import WORKERS_MOST
from dns_server.names import to_wire


class BadSettings(ValueError):
    """A setting that no server can run with; the text says which."""


@dataclass(frozen=True, slots=True)
class DnsSettings:
    """`port` 0 lets the kernel choose, `host` is a numeric address; bind each address of a host by itself.

    `answers` targets of an RRset go into one response. `soa_minimum_s` bounds how long resolvers keep a negative
    answer. `stall_s` without a sign from the feed and it is followed anew. Without `snapshot_path` nothing is kept
    on disk; it is written when something changed, at most every `snapshot_every_s`, and at the end. `status_path`
    is a JSON file, written twice a second.
    """

    zones: tuple[str, ...]
    host: str = "127.0.0.1"
    port: int = 0
    workers: int = 2
    answers: int = 1
    nameservers: tuple[str, ...] = ("localhost",)
    soa_ttl_s: int = 900
    soa_minimum_s: int = 900
    stall_s: float = 15.0
    snapshot_path: Path | None = None
    snapshot_every_s: float = 10.0
    status_path: Path | None = None
    tcp_connections: int = 256
    tcp_idle_s: float = 10.0

    def __post_init__(self) -> None:
        try:
            ip_address(self.host)
            for name in (*self.zones, *self.nameservers):
                to_wire(name)
        except ValueError as error:
            raise BadSettings(str(error)) from None
        bounds = {
            "port": (0, self.port, 65_535),
            "workers": (1, self.workers, WORKERS_MOST),
            "answers": (1, self.answers, MAX_TARGETS),
            "soa_ttl_s": (0, self.soa_ttl_s, MAX_TTL_S),
            "soa_minimum_s": (0, self.soa_minimum_s, MAX_TTL_S),
            "tcp_connections": (1, self.tcp_connections, 65_535),
            "number of zones": (1, len(self.zones), 10_000),
            "number of nameservers": (1, len(self.nameservers), 13),
        }
        for what, (least, value, most) in bounds.items():
            if not least <= value <= most:
                raise BadSettings(f"{what} is {value}, outside {least} to {most}")
        if min(self.stall_s, self.snapshot_every_s, self.tcp_idle_s) <= 0:
            raise BadSettings("stall_s, snapshot_every_s and tcp_idle_s must be above 0")
