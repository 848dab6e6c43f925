"""A gate that holds port calls back as a rule says: the asynchronous shell around a pure Crossing.

`GatedAuthority` and `GatedClaims` wrap any ports; calls that the rule could not care about go through
without asking. The gate itself may live in another process: it is reached through the two callables.
"""

import asyncio
from collections.abc import Awaitable, Callable

from coordination.intents import (
    Batch,
    Committed,
    Condition,
    Outcome,
    Proposal,
    TakeClaim,
    TakeLeadership,
)
from coordination.passing import PassingAuthority
from coordination.plan import Generation
from coordination.ports import Authority, Claims
from coordination.records import Endpoint
from coordination.seen import Head
from namelatch.lab.crossing import Crossing, Step, steps

Before = Callable[[tuple[Step, ...]], Awaitable[None]]
After = Callable[[tuple[Step, ...], bool], Awaitable[None]]


class Gate:
    """One rule, shared by all actors. Waiting calls are woken by every event."""

    def __init__(self, rule: Crossing) -> None:
        self.rule = rule
        self._moved = asyncio.Condition()

    async def before(self, taken: tuple[Step, ...]) -> None:
        """Return when all steps may be taken. Under cause pause, not before the process is (about to be) stopped."""
        async with self._moved:
            for step in taken:
                self.rule = self.rule.arrive(step)
            self._moved.notify_all()
            await self._moved.wait_for(lambda: all(self.rule.may(step) for step in taken))

    async def after(self, taken: tuple[Step, ...], committed: bool) -> None:
        """Tell how it ended."""
        async with self._moved:
            for step in taken:
                self.rule = self.rule.took(step, committed)
            self._moved.notify_all()

    async def until(self, reached: Callable[[Crossing], bool], timeout_s: float) -> bool:
        """Wait until the rule has come that far; False when it has not within `timeout_s` seconds."""
        async with self._moved:
            try:
                async with asyncio.timeout(timeout_s):
                    await self._moved.wait_for(lambda: reached(self.rule))
            except TimeoutError:
                return False
            return True


class GatedAuthority(PassingAuthority):
    """`ports.Authority` behind a gate."""

    def __init__(self, inner: Authority, who: str, slow: str, endpoint: Endpoint, before: Before, after: After) -> None:
        super().__init__(inner)
        self._who, self._slow, self._endpoint = who, slow, endpoint
        self._before, self._after = before, after

    async def commit(self, batch: Batch) -> Outcome:
        taken = steps(self._who, batch, self._endpoint)
        if not taken:
            return await self._inner.commit(batch)
        await self._before(taken)
        outcome = await self._inner.commit(batch)
        await self._after(taken, isinstance(outcome, Committed))
        return outcome

    async def generations(self) -> tuple[Generation, ...]:
        found = await self._inner.generations()
        await self._after((Step(self._who, "list"),), True)
        return found

    async def head(self) -> Head:
        if self._who == self._slow:
            await self._after((Step(self._who, "head"),), True)
        return await self._inner.head()


class GatedClaims:
    """`ports.Claims` behind a gate: only beginnings are told."""

    def __init__(self, inner: Claims, who: str, after: After) -> None:
        self._inner, self._who, self._after = inner, who, after

    async def acquire(self, key: TakeClaim | TakeLeadership, conditions: tuple[Condition, ...]) -> Outcome:
        outcome = await self._inner.acquire(key, conditions)
        taken = steps(self._who, Batch((Proposal(key),)), Endpoint(""))
        if taken:
            await self._after(taken, isinstance(outcome, Committed))
        return outcome

    async def renew(self, key: TakeClaim | TakeLeadership) -> bool:
        return await self._inner.renew(key)

    async def release(self, key: TakeClaim | TakeLeadership) -> Outcome:
        return await self._inner.release(key)
