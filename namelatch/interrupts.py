"""Ends a run from outside: Ctrl-C, SIGTERM and SIGHUP cancel it, so that whatever it started is stopped.

The first signal cancels and lets the clean-up take its bounded time; a further one cancels the clean-up's
current wait, which kills what it was waiting for. Should even that hang, the kernel kills our children
when the process is killed.
"""

import asyncio
import signal
from collections.abc import Coroutine
from types import FrameType
from typing import Any, TypeVar

from namelatch.trouble import Interrupted

T = TypeVar("T")
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """The signals seen while one task runs. Python-level handlers: they run even where the loop is kept busy."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()

    def install(self) -> None:
        """Take the signals. Call again after a library (Ray does) has taken them for itself."""
        for number in _SIGNALS:
            signal.signal(number, self._note)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.seen.append(number)
        if self._task is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._task.cancel)


_active: list[Interrupts] = []


def retake() -> None:
    """Take the signals again, if `run` is under way: for whoever has started a library that took them."""
    for interrupts in _active:
        interrupts.install()


def run(main: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run`, ended by signals. Raises Interrupted once everything is cleaned up."""
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    seen: list[int] = []

    async def guarded() -> T:
        interrupts = Interrupts()
        interrupts.seen = seen
        interrupts.install()
        _active.append(interrupts)
        try:
            return await main
        finally:
            _active.remove(interrupts)

    try:
        return asyncio.run(guarded())
    except BaseException as error:
        if seen:  # whatever broke while it was being taken down, it was the signal that ended it
            raise Interrupted(seen[0]) from error
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
