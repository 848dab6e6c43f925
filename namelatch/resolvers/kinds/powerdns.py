"""PowerDNS Recursor: `recursor.conf` as 4.x reads it, in a directory that it is pointed to."""

from dataclasses import dataclass

from namelatch.resolvers.kinds.kind import Place, Rendered


@dataclass(frozen=True, slots=True)
class PowerDns:
    """Serve-stale extends what has expired by 30 s at a time, 1,440 times: half a day, as its manual advises."""

    name: str = "powerdns"
    package: str = "pdns-recursor"
    program: str = "pdns_recursor"
    version_argument: str = "--version"
    stale: tuple[str, ...] = ("serve-stale-extensions=1440",)
    left: str = "max-negative-ttl (3600 s), packetcache-servfail-ttl (60 s), server-down-throttle-time (60 s)"

    def render(self, place: Place) -> Rendered:
        """One file; it stays in the foreground and asks nobody but the one server."""
        lines = (
            f"local-address=127.0.0.1:{place.port}",
            "socket-dir=.",  # it runs there; a path of a UNIX socket has 107 bytes, and a directory may be longer
            "daemon=no",
            "write-pid=no",
            "disable-syslog=yes",
            "loglevel=4",
            "threads=1",
            "dnssec=off",
            "hint-file=no",  # the root is never asked
            "security-poll-suffix=",
            "dont-query=",  # else loopback is no server
            f"forward-zones={place.zone}=127.0.0.1:{place.upstream}",
            *(self.stale if place.serve_stale else ()),
        )
        return Rendered("recursor.conf", "\n".join(lines) + "\n", (f"--config-dir={place.directory}",))
