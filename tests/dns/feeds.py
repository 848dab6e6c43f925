"""A feed in memory: what a test puts in comes out, in order; an exception put in is raised."""

import asyncio
from collections.abc import AsyncIterator, Mapping

from coordination.feed import Beat, Changed, FeedEvent, Listed, Position, RootChange, TreeChange
from coordination.plan import Generation
from coordination.ports import Root
from coordination.records import Endpoint

CLUSTER = 0xC0FFEE


class MemoryFeed:
    """`followed` keeps what each stream was asked to begin after; None put in ends the stream."""

    def __init__(self, *events: FeedEvent | Exception | None) -> None:
        self._events: asyncio.Queue[FeedEvent | Exception | None] = asyncio.Queue()
        self.followed: list[Position | None] = []
        self.say(*events)

    def say(self, *events: FeedEvent | Exception | None) -> None:
        for event in events:
            self._events.put_nowait(event)

    async def follow(self, since: Position | None) -> AsyncIterator[FeedEvent]:
        self.followed.append(since)
        while (event := await self._events.get()) is not None:
            if isinstance(event, Exception):
                raise event
            yield event


def root(generation: int, rollback: int | None = None, tombstone: bool = False) -> Root:
    return Root(Generation(generation), None if rollback is None else Generation(rollback), tombstone, 1)


def listed(revision: int, names: Mapping[str, tuple[int, bytes | None]], cluster: int = CLUSTER) -> Listed:
    """`names` gives each endpoint its generation and tree; a tree of None leaves the root dangling."""
    roots = {Endpoint(name): root(generation) for name, (generation, _) in names.items()}
    trees = {(Generation(g), Endpoint(name)): tree for name, (g, tree) in names.items() if tree is not None}
    return Listed(Position(cluster, revision), roots, trees)


def to_root(name: str, value: Root | None) -> RootChange:
    return RootChange(Endpoint(name), value)


def to_tree(name: str, generation: int, packed: bytes | None) -> TreeChange:
    return TreeChange(Endpoint(name), Generation(generation), packed)


def changed(revision: int, *changes: RootChange | TreeChange, cluster: int = CLUSTER) -> Changed:
    return Changed(Position(cluster, revision), changes)


def beat(revision: int, cluster: int = CLUSTER) -> Beat:
    return Beat(Position(cluster, revision))
