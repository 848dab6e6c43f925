"""A detached Ray actor that hosts one service and keeps its one part running, with nobody to await it.

`shell` is awaited by a supervisor, which may go. A post begins by itself, also after Ray has restarted it on whichever
node is left, and holds no truth. A part that fails is begun again, after a pause that grows to a bound: for ever, since
what it waits for may be an etcd that comes back tomorrow. What failed last, and how often, is told to whoever asks.
"""

import asyncio
import os
import time
from collections.abc import Callable
from typing import Any, Protocol

import ray
import structlog

from actors.on_ray.deployment import FAILED

FIRST_PAUSE_S = 0.1  # before a failed part is begun again; doubles
MOST_PAUSE_S = 10.0  # and stops growing here
FORGET_S = 60.0  # a part that ran this long begins again after the first pause


class Posted(Protocol):
    """What a post hosts: pickled where it is made, opened where it runs. Its values are for JSON."""

    async def run(self, running: Callable[[], bool]) -> None:
        """Await the part until `running` turns false."""
        ...

    def told(self) -> dict[str, Any]:
        """What it does now."""
        ...

    def lines(self, most: int) -> list[str]:
        """What it decided last, the newest at the end."""
        ...


class _Post:
    def __init__(self, service: Posted) -> None:
        self._service = service
        self._leaving = False
        self._failures = 0
        self._trouble = ""
        self._began = time.monotonic()
        self._log = structlog.get_logger("namelatch.actors")
        self._kept = asyncio.get_running_loop().create_task(self._keep())  # an async actor is made within its loop

    async def _keep(self) -> None:
        pause_s = FIRST_PAUSE_S
        while not self._leaving:
            began = time.monotonic()
            try:
                await self._service.run(lambda: not self._leaving)
            except Exception as error:
                self._failures += 1
                self._trouble = f"{type(error).__name__}: {error}"
                self._log.error(FAILED, reason=self._trouble, failures=self._failures)
            else:
                return
            if time.monotonic() - began > FORGET_S:
                pause_s = FIRST_PAUSE_S
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, MOST_PAUSE_S)

    async def leave(self) -> None:
        """End in its own time: an enactor finishes the plan that it has in hand."""
        self._leaving = True
        await asyncio.wait({self._kept})

    async def told(self) -> dict[str, Any]:
        context = ray.get_runtime_context()
        return {
            "pid": os.getpid(),
            "node": context.get_node_id(),
            "labels": dict(context.get_node_labels()),
            "since_s": round(time.monotonic() - self._began, 1),
            "leaving": self._leaving,
            "failures": self._failures,
            "trouble": self._trouble,
            **self._service.told(),
        }

    async def lines(self, most: int) -> list[str]:
        return self._service.lines(most)


Post = ray.remote(_Post)
