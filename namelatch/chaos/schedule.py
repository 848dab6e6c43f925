"""Runs a plan of faults: each at its time, for its time, and keeps what was really done and when.

A kind that is to be `alone` waits until nothing else is broken, and what comes later is put off by as long as it took.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from math import inf

from coordination.ports import Unavailable
from namelatch.chaos.catalogue import BY_NAME
from namelatch.chaos.plan import Planned
from namelatch.trouble import BadEnvironment

Strike = Callable[[Planned], AbstractAsyncContextManager[str]]
LOOK_S = 0.1


@dataclass(slots=True)
class Done:
    """One fault as it came about. Monotonic seconds; `until` when it had healed; `failed`: why it could not be done."""

    planned: Planned
    since: float
    until: float = inf
    told: str = ""
    failed: str = ""


async def run(plan: Sequence[Planned], strike: Strike, say: Callable[[str], None]) -> list[Done]:
    """Every fault of the plan; returns when the last one has healed. What can't be done is said, and kept as failed."""
    schedule = _Schedule(strike, say)
    try:
        async with asyncio.TaskGroup() as group:
            for planned in plan:
                group.create_task(schedule.one(planned))
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return schedule.done


class _Schedule:
    def __init__(self, strike: Strike, say: Callable[[str], None]) -> None:
        self.done: list[Done] = []
        self._strike, self._say = strike, say
        self._began = time.monotonic()
        self._active = 0
        self._open = asyncio.Event()
        self._open.set()

    async def one(self, planned: Planned) -> None:
        """Wait for its turn, and let it happen."""
        alone = BY_NAME[planned.fault].alone
        await self._turn(planned, alone)
        done = Done(planned, time.monotonic())
        self.done.append(done)
        self._active += 1
        if alone:
            self._open.clear()
        try:
            async with self._strike(planned) as done.told:
                self._say(f"{planned}: {done.told}")
                await asyncio.sleep(planned.for_s)
        except (Unavailable, BadEnvironment, TimeoutError) as failure:
            done.failed = str(failure) or type(failure).__name__
            self._say(f"{planned} could not be done: {done.failed}")
        finally:
            done.until = time.monotonic()
            self._active -= 1
            if alone:
                self._began += done.until - done.since - planned.for_s
                self._open.set()

    async def _turn(self, planned: Planned, alone: bool) -> None:
        while True:
            await self._open.wait()
            wait_s = self._began + planned.at_s - time.monotonic()
            if wait_s <= 0 and not (alone and self._active):
                return
            await asyncio.sleep(wait_s if wait_s > 0 else LOOK_S)
