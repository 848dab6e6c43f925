"""A program, and how it is started: ready means that it answered its own protocol, not that it has a process id.

Whatever interrupts us, no process is left: cancellation kills, and the kernel kills what we could not.
"""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from namelatch.backends.child import Child
from namelatch.trouble import BadEnvironment

_PROBE_EVERY_S = 0.02
_PROBE_TIMEOUT_S = 2.0
_LOG_TAIL_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Program:
    """What to run and how to tell that it is ready. `ready` may raise OSError for "not yet"."""

    name: str
    argv: tuple[str, ...]
    directory: Path
    log: Path
    ready: Callable[[], Awaitable[bool]]
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    ready_s: float = 20.0
    stop_s: float = 5.0


class NotReady(BadEnvironment):
    """The program ended, or did not answer in time. The text quotes the last line of its log."""


Launch = Callable[[Program], Child]


def as_child(program: Program) -> Child:
    """Start the program as a process of this machine, its output in its log."""
    return Child(program.argv, program.directory, program.log, program.env)


async def launched(program: Program, hold: Callable[[Child], None], launch: Launch) -> Child:
    """Start a program and return when it is ready; `hold` gets it at once. Raises NotReady, and has killed it then."""
    child = launch(program)
    hold(child)
    ready = False
    try:
        async with asyncio.timeout(program.ready_s):
            while not (ready := await answers(program)):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_PROBE_EVERY_S):
                        await child.exited.wait()
                if child.exited.is_set():
                    raise NotReady(f"{program.name} ended with {child.status} on start{_last_words(program)}")
    except TimeoutError:
        raise NotReady(f"{program.name} did not answer within {program.ready_s:g} s{_last_words(program)}") from None
    finally:
        if not ready:
            child.kill()
    return child


async def answers(program: Program) -> bool:
    """Whether it says that it is ready, within a bound: one that takes a connection and then says nothing does not."""
    try:
        async with asyncio.timeout(_PROBE_TIMEOUT_S):
            return await program.ready()
    except (OSError, EOFError):
        return False


def _last_words(program: Program) -> str:
    """The last line of the program's log, for error texts."""
    with contextlib.suppress(OSError), program.log.open("rb") as log:
        log.seek(max(0, log.seek(0, os.SEEK_END) - _LOG_TAIL_BYTES))
        lines = log.read().decode("utf-8", "replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        if said:
            return f": {said[-1][:300]} (log: {program.log})"
    return f" (log: {program.log})"
