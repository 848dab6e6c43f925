"""Everything the server knows at one revision: immutable, and cheap to follow with the next one.

An entry per endpoint (see `entry`), keyed by wire name in lower case. A name *exists* when it has an entry
that is no tombstone, when something exists below it (an empty non-terminal: RFC 8020), or when it is a zone's
apex. Ancestors are counted, so that the last name below an empty non-terminal takes it along.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from coordination.feed import Position
from dns_server.entry import DANGLING, TOMBSTONE
from dns_server.layered import Layered, empty
from dns_server.names import suffixes

Changes = Mapping[bytes, bytes | None]


@dataclass(frozen=True, slots=True)
class Zone:
    """An apex with its SOA and NS, rdata ready to copy; the SOA's serial goes between head and tail.

    TTLs in seconds; `negative_ttl` is min(SOA TTL, MINIMUM) (RFC 2308, 3).
    """

    key: bytes
    soa_head: bytes
    soa_tail: bytes
    soa_ttl: int
    negative_ttl: int
    ns: tuple[bytes, ...]
    ns_ttl: int

    def soa(self, serial: int) -> bytes:
        """The SOA's rdata under a serial (32 bits, RFC 1982)."""
        return self.soa_head + serial.to_bytes(4, "big") + self.soa_tail


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`position` is where the feed stood; `serial` the revision of the last change that was seen here, 32 bits."""

    zones: Mapping[bytes, Zone]
    position: Position | None
    serial: int
    entries: Layered[bytes]
    ancestors: Layered[int]
    dangling: int
    tombstones: int

    def zone_of(self, key: bytes) -> Zone | None:
        """The deepest zone that holds `key`."""
        for suffix in suffixes(key):
            zone = self.zones.get(suffix)
            if zone is not None:
                return zone
        return None

    def exists(self, key: bytes) -> bool:
        """Whether a question about `key` inside a zone is answered NOERROR."""
        entry = self.entries.get(key)
        return (entry is not None and entry != TOMBSTONE) or key in self.zones or self.ancestors.get(key) is not None

    def moved(self, position: Position, serial: bool) -> "Snapshot":
        """The same at another position; `serial` when what is served differs from there (not so for a heartbeat)."""
        return replace(self, position=position, serial=position.revision & 0xFFFFFFFF if serial else self.serial)

    def changed(self, changes: Changes) -> "Snapshot":
        """The snapshot with some entries replaced; None removes one. Every key must lie in a zone. Say `moved` too."""
        counts: dict[bytes, int] = {}
        dangling, tombstones = self.dangling, self.tombstones
        for key, entry in changes.items():
            before = self.entries.get(key)
            dangling += (entry == DANGLING) - (before == DANGLING)
            tombstones += (entry == TOMBSTONE) - (before == TOMBSTONE)
            step = (entry is not None and entry != TOMBSTONE) - (before is not None and before != TOMBSTONE)
            if step:
                self._count(key, step, counts)
        return Snapshot(
            self.zones,
            self.position,
            self.serial,
            self.entries.updated(changes),
            self.ancestors.updated({key: self._below(key, step) for key, step in counts.items()}),
            dangling,
            tombstones,
        )

    def _count(self, key: bytes, step: int, counts: dict[bytes, int]) -> None:
        """Note in `counts` that every ancestor of `key` below its zone's apex has `step` more names below."""
        if key in self.zones:
            return
        for suffix in suffixes(key):
            if suffix in self.zones:
                return
            if len(suffix) < len(key):
                counts[suffix] = counts.get(suffix, 0) + step
        raise AssertionError("an entry outside the zones")

    def _below(self, key: bytes, step: int) -> int | None:
        return (self.ancestors.get(key) or 0) + step or None


def nothing(zones: tuple[Zone, ...]) -> Snapshot:
    """A snapshot of empty zones. A zone inside another makes the names between their apexes exist."""
    by_key = {zone.key: zone for zone in zones}
    between: dict[bytes, int | None] = {}
    for zone in zones:
        above = list(suffixes(zone.key))[1:]
        outer = next((at for at, suffix in enumerate(above) if suffix in by_key), 0)
        for suffix in above[:outer]:
            between[suffix] = (between.get(suffix) or 0) + 1
    return Snapshot(by_key, None, 0, empty(), Layered[int]({}, {}, 0).updated(between), 0, 0)
