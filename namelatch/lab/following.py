"""Who answers queries, as a process of the lab: the DNS server's own follower over what the authority holds.

It stands at what it was last told, and at any time hears what has changed since then: as one revision's changes, or,
where its watch was compacted away, as a listing that it has to find the differences in itself. After that it must serve
what the authority held at that moment, name by name; `served otherwise` is told where it does not. What it serves
without an address is told too: `served dangling` is an outage and must be seen as one, `served removed` is not.
"""

from collections.abc import Coroutine
from typing import Any

from actors.roles import tell
from coordination import records
from coordination.feed import Changed, FeedEvent, Listed, Position, RootChange, TreeChange
from dns_server.entry import DANGLING, TOMBSTONE
from dns_server.snapshot import Zone, nothing
from namelatch.lab.kernel import Ask, Call
from namelatch.lab.processes import Process, ports_of
from namelatch.lab.world import Standing

_ZONE = Zone(b"\x07example\x00", b"", b"", 0, 0, (), 0)


def follower(compacted: bool = False) -> Process:
    """One who follows roots and trees. `compacted`: whatever it missed is gone from the watch, so it lists anew."""
    ports = ports_of()

    async def act() -> None:
        stood: Standing = await Ask(Call("feed", "stands"))
        while True:
            stands: Standing = await Ask(Call("feed", "stands"))
            if stands == stood:
                await ports.clock.sleep(0.5)
                continue
            news = listed(stands, 2) if compacted else changed(stood, stands)
            served = entries((listed(stood, 1), news))
            if served != entries((listed(stands, 2),)):
                await tell(ports, "follower", "served otherwise")
            if DANGLING in served.values():
                await tell(ports, "follower", "served dangling")
            if TOMBSTONE in served.values():
                await tell(ports, "follower", "served removed")
            await tell(ports, "follower", "followed")
            stood = stands

    return Process("follower", lambda _: act)


def listed(stands: Standing, revision: int) -> Listed:
    """All of it at once, as a feed lists it."""
    packed = {(one, name): records.pack(given) for one, of in stands.trees.items() for name, given in of.items()}
    return Listed(Position(1, revision), dict(stands.roots), packed)


def changed(stood: Standing, stands: Standing) -> Changed:
    """What lies between, as a feed tells it."""
    was, now = listed(stood, 1), listed(stands, 2)
    roots = [RootChange(name, root) for name, root in sorted(now.roots.items()) if was.roots.get(name) != root]
    written = [
        TreeChange(name, one, octets)
        for (one, name), octets in now.trees.items()
        if was.trees.get((one, name)) != octets
    ]
    gone = [TreeChange(name, one, None) for one, name in was.trees if (one, name) not in now.trees]
    return Changed(now.position, (*roots, *written, *gone))


def entries(events: tuple[FeedEvent, ...]) -> dict[bytes, bytes]:
    """What the server's follower serves after these events."""
    from dns_server.follower import Follower  # noqa: PLC0415  # listing scenarios needs no event loop

    follows = Follower(_Nothing(), nothing((_ZONE,)), lambda *_: None, 1.0, lambda: 0.0)
    for event in events:
        _through(follows.take(event))
    return dict(follows.snapshot.entries.items())


def _through(taking: Coroutine[Any, Any, None]) -> None:
    """To its end: it only gives way to others, of whom there are none here."""
    try:
        while True:
            given_way = taking.send(None)
            assert given_way is None, "the follower waits for something"
    except StopIteration:
        return


class _Nothing:
    """A feed that is never followed: events are handed over."""

    def follow(self, since: Position | None) -> Any:
        raise AssertionError(f"nobody follows this feed (since {since})")
