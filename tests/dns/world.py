"""What several tests of the DNS server start from: one zone with a name in every state, and how to ask it."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import TypeVar

from coordination.feed import Position
from dns_server.answer import answer
from dns_server.client import Response, build_query, parse_response
from dns_server.entry import DANGLING, TOMBSTONE, pack_tree
from dns_server.names import to_wire
from dns_server.snapshot import Snapshot, nothing
from dns_server.wire import compose, make_zone, parse_query, room

T = TypeVar("T")

ZONE = "example.com"
NAMES = {
    "api.eu.example.com": pack_tree(b"A 60 10.0.0.1=1,10.0.0.2=3,10.0.0.3=0|AAAA 30 fd00::1=1"),
    "v4.example.com": pack_tree(b"A 5 10.0.0.4=1"),
    "dark.example.com": DANGLING,
    "empty.example.com": pack_tree(b"-"),
    "weightless.example.com": pack_tree(b"A 60 10.0.0.1=0"),
    "gone.example.com": TOMBSTONE,
    "below.gone.example.com": pack_tree(b"A 60 10.0.0.5=1"),
    "big.example.com": pack_tree(b"AAAA 60 " + b",".join(b"fd00::%x=1" % n for n in range(1, 65))),
}


def snapshot_of(names: Mapping[str, bytes], *zones: str, revision: int = 7) -> Snapshot:
    made = nothing(tuple(make_zone(zone, ("localhost",), 900, 300) for zone in zones or (ZONE,)))
    return made.changed({to_wire(name): entry for name, entry in names.items()}).moved(Position(1, revision), True)


def ask(
    snapshot: Snapshot,
    name: str,
    type: int,
    *,
    answers: int = 1,
    edns: int | None = 1232,
    tcp: bool = False,
) -> Response:
    """Through wire and answer, as a packet goes."""
    query = parse_query(build_query(5, name, type, edns))
    assert query is not None
    found = answer(query.question, snapshot, 0, answers)
    return parse_response(compose(query, found, room(query, tcp)))


def run(coroutine: Coroutine[object, object, T], within_s: float = 30) -> T:
    """asyncio.run with a deadline."""

    async def bounded() -> T:
        async with asyncio.timeout(within_s):
            return await coroutine

    return asyncio.run(bounded())


async def eventually(condition: Callable[[], object], within_s: float = 15) -> None:
    """Wait until `condition` holds; TimeoutError after `within_s`."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110  (it looks at files, processes and other loops' state)
            await asyncio.sleep(0.005)
