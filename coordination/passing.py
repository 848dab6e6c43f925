"""Ports that pass every call on to another: what a wrapper is that changes one call and leaves the others alone.

A subclass overrides the calls that it has something to do with. Of the authority, `_passed` is every call's way: who
only counts, times or refuses all of them alike overrides that.
"""

from collections.abc import Awaitable
from typing import TypeVar

from coordination.intents import Batch, Outcome
from coordination.plan import Generation, Manifest, Plan
from coordination.ports import Authority, ClaimSeen, Head, PlanLog, Progress, Reading, Report, Seen, silent
from coordination.records import Endpoint

T = TypeVar("T")


class PassingAuthority:
    """`ports.Authority`: another one's answers."""

    def __init__(self, inner: Authority) -> None:
        self._inner = inner

    async def _passed(self, call: Awaitable[T]) -> T:
        return await call

    async def head(self) -> Head:
        return await self._passed(self._inner.head())

    async def read(self, endpoints: tuple[Endpoint, ...]) -> Reading:
        return await self._passed(self._inner.read(endpoints))

    async def commit(self, batch: Batch) -> Outcome:
        return await self._passed(self._inner.commit(batch))

    async def survivor(self, endpoint: Endpoint) -> Generation | None:
        return await self._passed(self._inner.survivor(endpoint))

    async def generations(self) -> tuple[Generation, ...]:
        return await self._passed(self._inner.generations())

    async def trees(self, generation: Generation, after: Endpoint | None, limit: int) -> tuple[Endpoint, ...]:
        return await self._passed(self._inner.trees(generation, after, limit))

    async def roots(self, after: Endpoint | None, limit: int) -> tuple[Seen, ...]:
        return await self._passed(self._inner.roots(after, limit))

    async def manifests(self) -> tuple[Manifest, ...]:
        return await self._passed(self._inner.manifests())

    async def claims(self) -> tuple[ClaimSeen, ...]:
        return await self._passed(self._inner.claims())


class PassingLog:
    """`ports.PlanLog`: another one's plans and news."""

    def __init__(self, inner: PlanLog) -> None:
        self._inner = inner

    async def report(self, report: Report) -> None:
        await self._inner.report(report)

    async def append(self, plan: Plan, progress: Progress = silent) -> Manifest:
        return await self._inner.append(plan, progress)

    async def fetch(self, manifest: Manifest, progress: Progress = silent) -> Plan:
        return await self._inner.fetch(manifest, progress)

    async def holds(self, manifest: Manifest) -> bool:
        return await self._inner.holds(manifest)

    async def announce(self, generation: Generation) -> None:
        await self._inner.announce(generation)

    async def heard(self, beyond: Generation | None, timeout_s: float) -> Generation | None:
        return await self._inner.heard(beyond, timeout_s)
