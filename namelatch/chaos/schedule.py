"""Runs a plan of faults: each at its time, for its time, and keeps what was really done and when."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from math import inf

from coordination.ports import Unavailable
from namelatch.chaos.plan import Planned
from namelatch.trouble import BadEnvironment

Strike = Callable[[Planned], AbstractAsyncContextManager[str]]


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
    began = time.monotonic()
    found: list[Done] = []

    async def one(planned: Planned) -> None:
        await asyncio.sleep(began + planned.at_s - time.monotonic())
        done = Done(planned, time.monotonic())
        found.append(done)
        try:
            async with strike(planned) as done.told:
                say(f"{planned}: {done.told}")
                await asyncio.sleep(planned.for_s)
        except (Unavailable, BadEnvironment, TimeoutError) as failure:
            done.failed = str(failure) or type(failure).__name__
            say(f"{planned} could not be done: {done.failed}")
        finally:
            done.until = time.monotonic()

    try:
        async with asyncio.TaskGroup() as group:
            for planned in plan:
                group.create_task(one(planned))
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return found
