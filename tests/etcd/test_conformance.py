"""The conformance suites, on memory and on a real etcd."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from coordination.conformance import authority, claims, feed
from coordination.conformance.feed import FeedWorld
from coordination.conformance.world import World
from coordination.etcd.settings import EtcdSettings
from tests.bounded import run
from tests.etcd.worlds import MemoryWorld, etcd_world

Check = Callable[[World], Awaitable[None]]
CHECKS = (*authority.CHECKS, *claims.CHECKS)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_memory_conforms(check: Check) -> None:
    async def scenario() -> None:
        await check(MemoryWorld())

    run(scenario())


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_etcd_conforms(check: Check, settings: EtcdSettings) -> None:
    async def scenario() -> None:
        async with etcd_world(settings) as world:
            await check(world)

    run(scenario())


def test_every_check_that_is_written_is_listed() -> None:
    from coordination.conformance import conditions

    for module, listed in ((authority, CHECKS), (claims, CHECKS), (conditions, CHECKS), (feed, feed.CHECKS)):
        written = {value for name, value in vars(module).items() if name.startswith("check_")}
        assert written <= set(listed)


@pytest.mark.parametrize("check", feed.CHECKS, ids=lambda check: check.__name__)
def test_etcd_feeds(check: Callable[[FeedWorld], Awaitable[None]], settings: EtcdSettings) -> None:
    async def scenario() -> None:
        async with etcd_world(replace(settings, beat_s=0.05, stall_s=10)) as world:
            await check(world)

    run(scenario())
