"""The roles as detached actors in a Ray cluster of their own: a Redis, a head, and a worker an az, on this machine.

They are posted by the code of `namelatch up --ray`, and Ray alone restarts them. Which process is whose is seen from
outside, whatever state the cluster is in: a role's process has that role's history open. A process that ends although
no fault has touched it, nor its node, has fallen.
"""

import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import psutil

import namelatch
from coordination.ports import Unavailable
from namelatch.backends import ray_nodes
from namelatch.backends.packages import version
from namelatch.backends.part import Part
from namelatch.backends.process import Program
from namelatch.backends.ray_nodes import is_running
from namelatch.chaos.catalogue import HEAD, RAYLETS, ROLES
from namelatch.chaos.raylet import Raylet, Struck
from namelatch.lab.histories.recorded import SUFFIX
from namelatch.trouble import BadEnvironment

REDIS = "redis"
POSTING = "posting"
LOOK_S = 1.0  # between two looks at who lives
POSTED_S = 600.0  # for everything to be posted: each post has two minutes to reach etcd
AT_REST_S = 60.0  # for Ray to have restarted whom a fault has ended


class Actor:
    """A role's process, wherever Ray runs it. Raises Unavailable while Ray has none."""

    def __init__(self, name: str, rays: "Rays") -> None:
        self.name = name
        self._rays = rays
        self._stopped: list[psutil.Process] = []

    @property
    def pid(self) -> int | None:
        """The newest one's: one that is frozen with its node may live beside it."""
        lives = self._rays.lives(self.name)
        return lives[-1].pid if lives else None

    async def start(self, ready: bool = True) -> None:  # noqa: ARG002  (as parts do)
        """Ray does."""
        self.resume()

    def kill(self) -> None:
        """SIGKILL."""
        self._rays.struck.kill([self._one()])

    def suspend(self) -> None:
        """SIGSTOP."""
        one = self._one()
        self._rays.struck.freeze([one])
        self._stopped.append(one)

    def resume(self) -> None:
        """SIGCONT."""
        self._rays.struck.thaw(self._stopped)
        self._stopped = []

    async def is_ready(self) -> bool:
        """Whether there is one."""
        return self.pid is not None

    def _one(self) -> psutil.Process:
        lives = self._rays.lives(self.name)
        if not lives:
            raise Unavailable(f"Ray has no process of {self.name} now")
        return lives[-1]


async def at_once() -> bool:
    """Ready when it runs."""
    return True


class Rays:
    """`parts` are started again by whoever struck them, `actors` by Ray."""

    def __init__(self, directory: Path, records: int, environment: Mapping[str, str]) -> None:
        self._directory, self._records, self._variables = directory.resolve(), records, environment
        self._where = Path(tempfile.mkdtemp(prefix="nl-", dir="/tmp"))
        root = str(Path(namelatch.__file__).parent.parent)
        self._path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH")) if part)
        redis = ray_nodes.new_redis() if ray_nodes.redis_program() else None
        self._nodes = ray_nodes.new_nodes(self._where, redis)
        self.struck = Struck()
        azs = (None, *(name.removeprefix("raylet-") for name in RAYLETS if name != HEAD))
        self.raylets = {
            name: Raylet(name, self._nodes, az, directory, self._path, self.struck)
            for name, az in zip(RAYLETS, azs, strict=True)
        }
        self.parts: dict[str, Part] = {REDIS: Part(self._redis(redis))} if redis else {}
        self.parts |= self.raylets
        self.actors = {name: Actor(name, self) for name in ROLES}
        self._lives: dict[psutil.Process, str] = {}
        self._looked = 0.0
        self._is_open = True

    @property
    def banner(self) -> str:
        """One line for people."""
        head = "a head with Redis" if self._nodes.redis else "a head that forgets"
        return f"the roles on Ray {version('ray')}: {head}, a worker for each of a and b"

    async def open(self, say: Callable[[str], None]) -> None:
        """Start everything and post the roles. Raises BadEnvironment."""
        for name, part in self.parts.items():
            await part.start()
            say(f"{name} runs")
        await self._post(say)

    async def close(self) -> None:
        """Nothing is left of it but its logs."""
        if not self._is_open:
            return
        self._is_open = False
        for raylet in self.raylets.values():
            raylet.kill()
        for part in reversed(self.parts.values()):
            await part.close()
        with suppress(OSError):
            for logs in self._where.glob("r/session_2*/logs"):
                shutil.copytree(logs, self._directory / "ray", dirs_exist_ok=True)
        shutil.rmtree(self._where, ignore_errors=True)

    def kill(self) -> None:
        """At once, whatever else goes wrong."""
        self._is_open = False
        for part in self.parts.values():
            part.kill()
        shutil.rmtree(self._where, ignore_errors=True)

    def lives(self, role: str) -> list[psutil.Process]:
        """The processes of a role now, the newest last. More than one while Ray has given up on a node that is frozen,
        and that has not found out yet."""
        self._look()
        return [one for one, whose in self._lives.items() if whose == role and is_running(one)]

    def ended(self) -> Iterator[str]:
        """Who has ended since the last look though no fault has touched it: a sentence each."""
        if not self._is_open or time.monotonic() - self._looked < LOOK_S:
            return
        self._look()
        for one, role in list(self._lives.items()):
            if not is_running(one):
                del self._lives[one]
                if not self.struck.excuses(one):
                    yield f"actor {role} ended by itself: it was process {one.pid}"

    async def at_rest(self) -> None:
        """Return once each role has one process, on nodes that run. Raises Unavailable."""
        try:
            async with asyncio.timeout(AT_REST_S):
                while True:
                    counts = {role: len(self.lives(role)) for role in ROLES}
                    if set(counts.values()) == {1} and not any(one.is_dying() for one in self.raylets.values()):
                        return
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            raise Unavailable(f"Ray has processes of {counts}, and should have one of each") from None

    def _look(self) -> None:
        """Note who lives: processes of the nodes that have a role's history open."""
        self._looked = time.monotonic()
        found: dict[psutil.Process, str] = {}
        for raylet in self.raylets.values():
            for one in raylet.processes():
                if one not in self._lives and (role := self._role_of(one)) is not None:
                    found[one] = role
        self._lives |= dict(sorted(found.items(), key=lambda known: known[0].create_time()))

    def _role_of(self, process: psutil.Process) -> str | None:
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            for file in process.open_files():
                path = Path(file.path)
                if path.parent == self._directory and path.name.endswith(SUFFIX):
                    return path.name.partition(".")[0]
        return None

    def _redis(self, redis: ray_nodes.Redis) -> Program:
        async def answers() -> bool:
            return ray_nodes.answers(redis.port)

        return Program(REDIS, redis.argv(self._where), self._directory, self._directory / f"{REDIS}.log", answers)

    async def _post(self, say: Callable[[str], None]) -> None:
        log = self._directory / f"{POSTING}.log"
        argv = (sys.executable, "-m", "namelatch.chaos.posting", self._nodes.address, str(self._records))
        environment = {**self._nodes.environment(self._path), **self._variables}
        posting = Part(Program(POSTING, argv, self._directory, log, at_once, environment))
        try:
            await posting.start(ready=False)
            async with asyncio.timeout(POSTED_S):
                while posting.pid is not None:  # noqa: ASYNC110  (another process says)
                    await asyncio.sleep(LOOK_S / 4)
        except TimeoutError:
            raise BadEnvironment(f"the roles were not posted within {POSTED_S:.0f} s: {log}") from None
        finally:
            posting.kill()
        lines = log.read_text(errors="replace").splitlines()
        posted = [line for line in lines if line.startswith("posted ")]
        for line in posted:
            say(line)
        if len(posted) < len(ROLES):
            raise BadEnvironment(f"the roles could not be posted: {(lines or ['not a word'])[-1]}")
