"""Deadlines for coroutines, kept also where one swallows its own cancellation."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def bounded(coroutine: Coroutine[Any, Any, T], seconds: float) -> T:
    """Its result. Raises TimeoutError after so many seconds, however it took that."""
    async with asyncio.timeout(seconds) as deadline:
        result = await coroutine
    if deadline.expired():
        raise TimeoutError(f"ended only because it was told to after {seconds:g} s")
    return result


def run(coroutine: Coroutine[Any, Any, T], timeout_s: float = 60.0) -> T:
    """Run one coroutine to its end in a loop of its own, within a deadline."""
    return asyncio.run(bounded(coroutine, timeout_s))
