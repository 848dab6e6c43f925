"""Services that do next to nothing, for what hosts them. Each tells in a file that it began, and where."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

TICK_S = 0.005


class Toy:
    """Parts by name: `work` runs until told to leave, `once` ends by itself, `fail` fails, `slow` takes its time to
    leave, `deaf` never does. `directory` gets one line a beginning and a line an end of each part."""

    def __init__(self, directory: Path, friend: Any = None, ballast: bytes = b"") -> None:
        self._directory, self._friend, self._ballast = directory, friend, ballast
        self._count = 0

    async def run(self, part: str, running: Callable[[], bool]) -> None:
        self._note(part, "began")
        match part:
            case "once":
                pass
            case "fail":
                raise ValueError("the toy is broken")
            case _:
                while running() or part == "deaf":  # noqa: ASYNC110  (what a loop of ours is told is asked for, never set)
                    await asyncio.sleep(TICK_S)
        if part == "slow":
            for _ in range(50):
                await asyncio.sleep(TICK_S)
        self._note(part, "ended")

    async def count(self, by: int) -> int:
        """A state that dies with the process."""
        self._count += by
        return self._count

    async def count_at_friend(self, by: int) -> int:
        """The same at the other actor."""
        from actors.on_ray.troupe import remote  # Ray is there by now; the driver has to set its environment first

        return int(await remote(self._friend, "count")(by))

    async def ballast(self) -> int:
        return len(self._ballast)

    def _note(self, part: str, word: str) -> None:
        with (self._directory / f"{part}.{word}").open("a") as file:
            file.write(f"{os.getpid()}\n")
