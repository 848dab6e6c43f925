"""The worlds that conformance checks run in: memory, and a real etcd."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from coordination.etcd.authority import EtcdAuthority
from coordination.etcd.claims import EtcdClaims
from coordination.etcd.client import EtcdClient
from coordination.etcd.feed import EtcdFeed
from coordination.etcd.settings import EtcdSettings
from coordination.memory import MemoryAuthority, MemoryClaims, Store


class MemoryWorld:
    """One Store."""

    def __init__(self) -> None:
        self._store = Store()
        self.authority = MemoryAuthority(self._store)

    def claims(self) -> MemoryClaims:
        return MemoryClaims(self._store)


class EtcdWorld:
    """One client of a real etcd, under a prefix of its own."""

    def __init__(self, client: EtcdClient) -> None:
        self._client = client
        self._feeds = 0
        self.authority = EtcdAuthority(client)

    def claims(self) -> EtcdClaims:
        return EtcdClaims(self._client)

    def feed(self) -> EtcdFeed:
        self._feeds += 1
        return EtcdFeed(self._client, f"server-{self._feeds}")


@asynccontextmanager
async def etcd_world(settings: EtcdSettings) -> AsyncIterator[EtcdWorld]:
    """A world in etcd; its connections are closed at the end."""
    async with EtcdClient(settings) as client:
        world = EtcdWorld(client)
        try:
            yield world
        finally:
            await world.authority.close()
