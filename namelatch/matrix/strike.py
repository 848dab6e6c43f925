"""One thing that goes wrong, once, in the process that it happens to: at a call, or at a message of a call.

`fire` is written down before it bites: what a process did last survives it. What is to come late waits here, and comes
after the process's next read.
"""

import json
import os
import signal
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coordination.etcd.errors import ReplyLost
from coordination.ports import Unavailable
from namelatch.matrix.cells import Fault

STRUCK = "struck.jsonl"
ARMED = "armed"


@dataclass(frozen=True, slots=True)
class Aim:
    """At which call what goes wrong: the first `name` after arming (`armed_at_birth`, or once the cell says so).

    `skip` such calls are let pass. A prelude is no cell's fault: it brings about the moment in which that is to bite.
    """

    name: str
    fault: Fault
    armed_at_birth: bool
    prelude: bool = False
    skip: int = 0


class Strike:
    """An aim in one process. `spent` once it has bitten."""

    def __init__(self, aim: Aim, directory: Path, who: str, life: int) -> None:
        self.aim, self.spent = aim, False
        self._directory, self._who, self._life = directory, who, life
        self._armed, self._passed = aim.armed_at_birth, 0

    @property
    def fault(self) -> Fault:
        return self.aim.fault

    @property
    def sends(self) -> bool:
        """Whether what goes wrong goes wrong with a transaction that writes, and not with what is asked on the way."""
        return self.aim.name.startswith(("authority.commit", "claims.acquire", "claims.release"))

    def bites(self, name: str) -> bool:
        """Whether this call is the one."""
        if self.spent or name != self.aim.name:
            return False
        self._armed = self._armed or (self._directory / ARMED).exists()
        self._passed += self._armed
        return self._passed > self.aim.skip

    def fire(self) -> None:
        """Write down that it bites now."""
        self.spent = True
        line = {"at": time.monotonic(), "who": self._who, "life": self._life, "call": self.aim.name, "how": self.fault}
        line["prelude"] = self.aim.prelude
        file = os.open(self._directory / STRUCK, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.write(file, (json.dumps(line) + "\n").encode())
        os.close(file)

    def die(self) -> None:
        """Fire, and be gone."""
        self.fire()
        os.kill(os.getpid(), signal.SIGKILL)

    def stop(self) -> None:
        """Fire, and stand still until somebody says otherwise. All threads do."""
        self.fire()
        os.kill(os.getpid(), signal.SIGSTOP)


CURRENT: ContextVar[Strike | None] = ContextVar("strike", default=None)  # of the port call under way in this task


class Late:
    """What was sent and has not arrived yet."""

    def __init__(self) -> None:
        self._waiting: list[Callable[[], Awaitable[Any]]] = []

    def add(self, send: Callable[[], Awaitable[Any]]) -> None:
        """Let it arrive after the next read."""
        self._waiting.append(send)

    async def arrive(self) -> None:
        """A read was answered: now."""
        while self._waiting:
            try:
                await self._waiting.pop(0)()
            except (Unavailable, ReplyLost):
                continue  # it is lost for good: nobody waits for it
