"""Words that the tests of etcd share."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from coordination.conformance.world import ONE, g
from coordination.etcd.client import EtcdClient
from coordination.etcd.settings import EtcdSettings
from coordination.intents import Batch, Change, Condition, Enact, Proposal
from coordination.records import Endpoint
from tests.etcd.proxy import Proxy, misbehaving


@asynccontextmanager
async def proxied(settings: EtcdSettings, **others: object) -> AsyncIterator[tuple[Proxy, EtcdClient]]:
    """A proxy before the etcd of `settings`, and a client that talks to the proxy."""
    async with misbehaving(settings.endpoints[0]) as proxy:
        through = replace(settings, endpoints=(proxy.address,), **others)  # type: ignore[arg-type]
        async with EtcdClient(through) as client:
            yield proxy, client


def batch(*changes: Change, given: tuple[Condition, ...] = ()) -> Batch:
    """Changes under shared conditions."""
    return Batch(tuple(Proposal(change) for change in changes), given)


def enact(name: str, generation: int = 1) -> Enact:
    """A plain enactment by hand x, without rollback."""
    return Enact(Endpoint(name), g(generation), ONE, None, "x")


async def eventually(condition: Callable[[], Awaitable[bool]], within_s: float = 15.0) -> None:
    """Ask until it is true; fail after a deadline."""
    async with asyncio.timeout(within_s):
        while not await condition():  # noqa: ASYNC110 - the world outside sets no Event
            await asyncio.sleep(0.02)


class HandClock:
    """Monotonic time that moves when told."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now
