"""The supervisor of Ray actors: starts shells, keeps their parts running, and says what it did.

A part that ends because its actor's process died is awaited again as soon as Ray has restarted the actor: at
most MOST_RESTARTS times in WITHIN_S, then it gives up loudly. A part that ends with an error of its own is
restarted by the same rule: crash-only, for the services hold no truth. Waiting is by condition, not by time.
A part that was told to leave is not restarted, however it ends; one that does not end dies with its process.

Services are small and name other actors by Address: what Ray can't carry in the call that creates an actor (a
handle, too) goes to its object store, is gone after the first restart, and the second one never ends.
"""

import asyncio
import time
import uuid
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import ray
import structlog
from ray import cloudpickle
from ray.exceptions import RayActorError

from actors.on_ray.deployment import BACK_S, FAILED, LEAVE_S
from actors.on_ray.shell import Service, Shell

MOST_RESTARTS = 10  # of one part within WITHIN_S: more means that restarting does not help
WITHIN_S = 60.0
FIRST_PAUSE_S = 0.05  # before the first restart; doubles
MOST_PAUSE_S = 2.0
SERVICE_BYTES = 50_000  # pickled: half of what Ray carries in a call
CALLS_AT_ONCE = 100  # of one actor: an async actor's calls are coroutines, most of which wait

OnEvent = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Address:
    """An actor's name, unique in this Ray. Reaches it from any other actor."""

    name: str


class GaveUp(Exception):
    """An actor kept dying."""


class Troupe:
    """Named shells on a running Ray, and their parts. Names are unique within this troupe."""

    def __init__(self, on_event: OnEvent | None = None) -> None:
        self._shells: dict[str, Any] = {}
        self._parts: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._leaving: set[tuple[str, str]] = set()
        self._on_event = on_event
        self._log = structlog.get_logger("namelatch.actors")

    def host(self, name: str, service: Service) -> Address:
        """Create the actor; returns where it is, which may be given to other services."""
        assert name not in self._shells, f"{name} is hosted already"
        assert len(cloudpickle.dumps(service)) <= SERVICE_BYTES, f"{name} is too large to be created twice"
        address = Address(f"{name}-{uuid.uuid4().hex}")
        options = {"name": address.name, "num_cpus": 0, "max_restarts": -1, "max_concurrency": CALLS_AT_ONCE}
        self._shells[name] = Shell.options(**options).remote(service)
        return address

    async def run(self, name: str, part: str) -> None:
        """Begin to await one part of an actor, and keep awaiting it."""
        assert (name, part) not in self._parts, f"{part} of {name} runs already"
        self._parts[name, part] = asyncio.create_task(self._keep(name, part), name=f"{name}.{part}")

    async def leave(self, name: str, part: str, within_s: float = LEAVE_S) -> None:
        """Let a part end in its own time, and wait until it has; after `within_s` its process is killed."""
        kept = self._parts.pop((name, part))
        self._leaving.add((name, part))
        told = asyncio.create_task(self._tell_to_leave(name, part))
        try:
            if not (await asyncio.wait({kept}, timeout=within_s))[0]:
                self._say(f"killed actor {name}: its {part} did not leave within {within_s:g} s")
                ray.kill(self._shells[name], no_restart=False)
            async with asyncio.timeout(BACK_S):
                await kept
        finally:
            told.cancel()
            kept.cancel()
            self._leaving.discard((name, part))

    async def _tell_to_leave(self, name: str, part: str) -> None:
        with suppress(RayActorError):  # its process has died, and the part with it
            await self._shells[name].leave.remote(part)

    async def call(self, name: str, method: str, *args: Any) -> Any:
        """Call the service itself. Raises RayActorError while the actor is being restarted."""
        return await self._shells[name].call.remote(method, *args)

    async def pid(self, name: str) -> int:
        """The process that the actor lives in now."""
        return int(await self._shells[name].pid.remote())

    def check(self) -> None:
        """Raises what ended a part for good."""
        for kept in self._parts.values():
            if kept.done() and not kept.cancelled():
                kept.result()

    async def close(self) -> None:
        """End all actors at once."""
        for kept in self._parts.values():
            kept.cancel()
        await asyncio.gather(*self._parts.values(), return_exceptions=True)
        for shell in self._shells.values():
            ray.kill(shell, no_restart=True)
        self._parts.clear()
        self._shells.clear()

    async def _keep(self, name: str, part: str) -> None:
        restarts: deque[float] = deque()
        while (name, part) not in self._leaving:
            try:
                await self._shells[name].run.remote(part)
                return
            except RayActorError as error:
                reason = f"its process died ({type(error).__name__})"
            except ray.exceptions.RayTaskError as error:
                reason = f"{type(error.cause).__name__}: {error.cause}"
                self._log.error(FAILED, actor=name, part=part, reason=str(error))
            if (name, part) in self._leaving:
                return
            now = time.monotonic()
            while restarts and now - restarts[0] > WITHIN_S:
                restarts.popleft()
            restarts.append(now)
            if len(restarts) > MOST_RESTARTS:
                self._say(f"gave up on {name}: {len(restarts)} ends within {WITHIN_S:.0f} s, the last: {reason}")
                raise GaveUp(f"{name}.{part} kept dying: {reason}")
            await asyncio.sleep(min(FIRST_PAUSE_S * 2 ** (len(restarts) - 1), MOST_PAUSE_S))
            await self._back(name)
            self._say(f"restarted actor {name} ({part}): {reason}, attempt {len(restarts)}")

    async def _back(self, name: str) -> None:
        """Return when the actor answers: until Ray has restarted its process, every call fails at once."""
        deadline = time.monotonic() + BACK_S
        while True:
            try:
                await self._shells[name].pid.remote()
                return
            except RayActorError as error:
                if time.monotonic() > deadline:
                    self._say(f"gave up on {name}: not back within {BACK_S:.0f} s")
                    raise GaveUp(f"{name} was not restarted within {BACK_S:.0f} s: {error}") from error
            await asyncio.sleep(FIRST_PAUSE_S)

    def _say(self, text: str) -> None:
        self._log.warning(text)
        if self._on_event is not None:
            self._on_event(text)


def remote(address: Address, method: str) -> Callable[..., Awaitable[Any]]:
    """A method of a hosted service as an async callable, for use in another actor."""
    handle = ray.get_actor(address.name)

    async def call(*args: Any) -> Any:
        return await handle.call.remote(method, *args)

    return call
