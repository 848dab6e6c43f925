"""The memory adapters pass the suites that every adapter of these ports has to pass."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from coordination.conformance import authority, claims
from coordination.conformance.world import World
from coordination.memory import MemoryAuthority, MemoryClaims, Store


class MemoryWorld:
    def __init__(self) -> None:
        self._store = Store()
        self.authority = MemoryAuthority(self._store)

    def claims(self) -> MemoryClaims:
        return MemoryClaims(self._store)


@pytest.mark.parametrize("check", [*authority.CHECKS, *claims.CHECKS], ids=lambda check: check.__name__)
def test_memory_conforms(check: Callable[[World], Awaitable[None]]) -> None:
    async def on_a_fresh_world() -> None:
        await check(MemoryWorld())

    asyncio.run(on_a_fresh_world())
