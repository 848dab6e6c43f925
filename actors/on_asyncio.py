"""All roles in one process, on asyncio: the monotonic clock, and the loops as tasks of one group.

For small installations and for tests on real backends; the protocol is the same as on Ray.
"""

import asyncio
import time
from collections.abc import Sequence

from actors.roles import CollectorSettings, EnactorSettings, PlannerPorts, PlannerSettings, Ports
from actors.service import Running, serve_collector, serve_enactor, serve_planner


class MonotonicClock:
    """`ports.Clock` of the operating system."""

    def now(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


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
