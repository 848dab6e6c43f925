"""Unbound (NLnet Labs): a stub zone, asked as an authority is. unbound.conf(5) has every option."""

from dataclasses import dataclass

from namelatch.resolvers.kinds.kind import Place, Rendered


@dataclass(frozen=True, slots=True)
class Unbound:
    """Serve-stale as RFC 8767 has it: refresh first, and answer with what has expired when that takes 1.8 s."""

    name: str = "unbound"
    package: str = "unbound"
    program: str = "unbound"
    version_argument: str = "-V"
    stale: tuple[str, ...] = ("serve-expired: yes", "serve-expired-ttl: 86400", "serve-expired-client-timeout: 1800")
    left: str = "cache-max-negative-ttl (3600 s), cache-min-ttl (0), infra-host-ttl (900 s)"

    def render(self, place: Place) -> Rendered:
        """One file; no chroot, no change of user, no remote control."""
        server = (
            f'directory: "{place.directory}"',
            'username: ""',
            'chroot: ""',
            'pidfile: ""',
            "use-syslog: no",
            "do-daemonize: no",
            "interface: 127.0.0.1",
            f"port: {place.port}",
            "do-ip6: no",
            "do-not-query-localhost: no",
            'module-config: "iterator"',  # without the validator there is no DNSSEC
            *(self.stale if place.serve_stale else ("serve-expired: no",)),
        )
        lines = (
            "server:",
            *(f"    {line}" for line in server),
            "stub-zone:",
            f'    name: "{place.zone}"',
            f"    stub-addr: 127.0.0.1@{place.upstream}",
            "remote-control:",
            "    control-enable: no",
        )
        return Rendered("unbound.conf", "\n".join(lines) + "\n", ("-d", "-c", str(place.directory / "unbound.conf")))
