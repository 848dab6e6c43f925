"""All roles in one process, on asyncio: the monotonic clock, a crew of tasks, and the loops as tasks of one group.

`serve_all` is for small installations and for tests on real backends; the protocol is the same as on Ray, whose
shells use the clock and the crew of this file.
"""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from actors.roles import CollectorSettings, EnactorSettings, PlannerPorts, PlannerSettings, Ports
from actors.service import Running, serve_collector, serve_enactor, serve_planner

T = TypeVar("T")


class MonotonicClock:
    """`ports.Clock` of the operating system."""

    def now(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class AllAtOnce:
    """`ports.Crew` of asyncio's tasks."""

    async def together(self, parts: Sequence[Coroutine[Any, Any, T]]) -> tuple[T, ...]:
        if len(parts) == 1:
            return (await parts[0],)
        tasks = [asyncio.create_task(part) for part in parts]
        try:
            await asyncio.wait(tasks)
        finally:
            for task in tasks:  # only when we are cancelled ourselves does any of them still run
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return tuple(task.result() for task in tasks)


async def serve_all(
    planner: tuple[PlannerPorts, PlannerSettings],
    enactors: Sequence[tuple[Ports, EnactorSettings]],
    collector: tuple[Ports, CollectorSettings],
    running: Running,
) -> None:
    """Every role until `running` turns false. One role's failure ends all: who started them restarts them."""
    async with asyncio.TaskGroup() as group:
        group.create_task(serve_planner(*planner, running))
        for ports, settings in enactors:
            group.create_task(serve_enactor(ports, settings, running))
        group.create_task(serve_collector(*collector, running))
