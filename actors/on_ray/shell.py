"""A Ray actor that hosts one service: it builds the service's ports where it runs, and awaits its parts.

The shell holds no truth and knows no role. Ray restarts it when its process dies; its parts are then awaited
anew by the supervisor. A part is one loop (`enactor`, `planner`, ...); it ends when it is told to leave.
"""

import os
from collections.abc import Callable
from typing import Any, Protocol

import ray


class Service(Protocol):
    """What a shell hosts: built in the driver, pickled, opened where it runs."""

    async def run(self, part: str, running: Callable[[], bool]) -> None:
        """Await one part until it ends by itself or `running` turns false."""
        ...


class _Shell:
    def __init__(self, service: Service) -> None:
        self._service = service
        self._leaving: set[str] = set()

    async def run(self, part: str) -> None:
        try:
            await self._service.run(part, lambda: part not in self._leaving)
        finally:
            self._leaving.discard(part)

    async def leave(self, part: str) -> None:
        self._leaving.add(part)

    async def call(self, method: str, *args: Any) -> Any:
        return await getattr(self._service, method)(*args)

    async def pid(self) -> int:
        return os.getpid()


Shell = ray.remote(_Shell)
