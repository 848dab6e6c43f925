"""Knot Resolver (CZ.NIC), `kresd`: configured in Lua, its cache in a file of its directory.

It iterates to port 53 only, so it is told to forward. `policy.STUB`, the other way to name a port, would not do: it
keeps the answer as a packet without looking for the SOA in it, for 5 s whatever MINIMUM says.
"""

from dataclasses import dataclass

from namelatch.resolvers.kinds.kind import Place, Rendered


@dataclass(frozen=True, slots=True)
class Knot:
    """Serve-stale is a module: what has expired is answered once the servers were tried for three seconds."""

    name: str = "knot"
    package: str = "knot-resolver"
    program: str = "kresd"
    version_argument: str = "--version"
    stale: tuple[str, ...] = ("modules.load('serve_stale < cache')",)
    left: str = "cache.max_ttl (86400 s), cache.min_ttl (5 s)"

    def render(self, place: Place) -> Rendered:
        """One file. What would ask the Internet by itself (priming, trust anchors) is left out."""
        lines = (
            f"net.listen('127.0.0.1', {place.port}, {{ kind = 'dns' }})",
            "net.ipv6 = false",
            "trust_anchors.remove('.')",
            "modules.unload('priming')",
            "modules.unload('ta_signal_query')",
            "modules.unload('ta_update')",
            "modules.unload('detect_time_skew')",
            *(self.stale if place.serve_stale else ()),
            "cache.size = 10 * MB",
            f"policy.add(policy.suffix(policy.FORWARD({{ '127.0.0.1@{place.upstream}' }}), "
            f"policy.todnames({{ '{place.zone}.' }})))",
        )
        configuration = str(place.directory / "kresd.conf")
        return Rendered("kresd.conf", "\n".join(lines) + "\n", ("-n", "-c", configuration, str(place.directory)))
