"""Where etcd is and how to speak to it: values only.

Endpoints are `host:port`, without a scheme: TLS is on when `ca_file` is given. The password is in no repr.
All times are seconds on the monotonic clock. Call timeouts bound one attempt at one endpoint.
"""

import re
from dataclasses import dataclass, field

from coordination.limits import PREFIX_BYTES

_ADDRESS = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+):[0-9]{1,5}")
_PREFIX = re.compile(rf"[A-Za-z0-9._/-]{{1,{PREFIX_BYTES}}}")


@dataclass(frozen=True, slots=True)
class EtcdSettings:
    """One etcd cluster. `lease_ttl_s` is in whole seconds (etcd's unit); etcd raises it to its own minimum.

    `cert_file` and `key_file` go together (client certificate); `username` and `password` too.
    """

    endpoints: tuple[str, ...] = ("127.0.0.1:2379",)
    prefix: str = "namelatch"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    connect_timeout_s: float = 3.0
    call_timeout_s: float = 5.0
    lease_ttl_s: int = 10
    beat_s: float = 1.0
    stall_s: float = 5.0

    def __post_init__(self) -> None:
        if not self.endpoints:
            raise ValueError("etcd needs at least one endpoint")
        for address in self.endpoints:
            if not _ADDRESS.fullmatch(address):
                raise ValueError(
                    f"etcd endpoint {address!r} is not host:port (TLS is asked for by ca_file, not by https)"
                )
        if not _PREFIX.fullmatch(self.prefix) or self.prefix.startswith("/") or self.prefix.endswith("/"):
            raise ValueError(
                f"etcd prefix {self.prefix!r} must be 1 to {PREFIX_BYTES} of A-Z a-z 0-9 . _ - and inner /"
            )
        if (self.username is None) != (self.password is None):
            raise ValueError("etcd username and password go together")
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("etcd cert_file and key_file go together")
        if self.cert_file is not None and self.ca_file is None:
            raise ValueError("an etcd client certificate needs ca_file: without it nothing is encrypted")
        if min(self.connect_timeout_s, self.call_timeout_s, self.beat_s, self.lease_ttl_s) <= 0:
            raise ValueError("etcd timeouts, beat and lease TTL must be above zero")
        if self.stall_s < 2 * self.beat_s:
            raise ValueError("stall_s must be at least twice beat_s, or every late beat would be a stall")
