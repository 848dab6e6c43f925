"""A Ray cluster of real processes on this machine, and commands beside it. What a node is stands in
`namelatch.backends.ray_nodes`."""

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from namelatch.backends import ray_nodes
from tests.front.waiting import until

ROOT = Path(__file__).parents[2]
PATIENCE_S = 90.0


class Redis:
    """Where a head keeps what it must not forget: a real server. Ends with its block."""

    program = ray_nodes.redis_program()

    def __init__(self) -> None:
        self.where = ray_nodes.new_redis()
        self._directory = Path(tempfile.mkdtemp(prefix="nl-", dir="/tmp"))
        self._process = subprocess.Popen(
            self.where.argv(self._directory), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until(lambda: ray_nodes.answers(self.where.port), "redis", PATIENCE_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self._directory, ignore_errors=True)


class Nodes:
    """The head at `address`, and workers by their az. With a `redis`, a new head knows what the one before knew."""

    def __init__(self, redis: Redis | None = None) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="nl-", dir="/tmp"))  # short: sockets have 107 bytes
        self._nodes = ray_nodes.new_nodes(self._directory, redis.where if redis else None)
        self.address, self.client = self._nodes.address, self._nodes.client
        self.environment = self._nodes.environment(str(ROOT))
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._trees: dict[str, ray_nodes.Tree] = {}

    def __enter__(self) -> Self:
        try:
            self.start_head()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """Kill what runs and forget it."""
        for name in list(self._running):
            self.kill(name)
        shutil.rmtree(self._directory, ignore_errors=True)

    def start_head(self) -> None:
        """The head, again on the same ports; returns when it says that it runs."""
        self._nodes.forget_address()
        self._begin("head", self._nodes.head_environment(), self._nodes.head())

    def start_worker(self, az: str) -> None:
        self._begin(az, {}, self._nodes.worker(az))

    def kill(self, name: str) -> None:
        """SIGKILL for a node and everything on it."""
        self._trees.pop(name).kill()
        self._running.pop(name).wait()

    def said(self) -> str:
        """The end of what the nodes said, and of what the servers of clients at the head complained of."""
        complained = sorted(self._directory.glob("r/session_2*/logs/ray_client_server*"))
        return "\n".join(
            [self._whole()[-3000:], *(f"{one.name}: {one.read_text(errors='replace')[-1500:]}" for one in complained)]
        )

    def _whole(self) -> str:
        log = self._directory / "log"
        return log.read_text() if log.exists() else ""

    def _begin(self, name: str, more: dict[str, str], argv: tuple[str, ...]) -> None:
        """Start a node until it runs."""
        for _ in range(ray_nodes.STARTS):
            before = self._whole().count(ray_nodes.STARTED)
            started = self._start(name, more, argv)

            def has_ended(started: subprocess.Popen[bytes] = started) -> bool:
                self._trees[name].look()
                return started.poll() is not None

            until(
                lambda before=before: has_ended() or self._whole().count(ray_nodes.STARTED) > before, name, PATIENCE_S
            )
            if started.poll() is None:
                return
            self.kill(name)
        raise AssertionError(f"node {name} does not start: {self.said()}")

    def _start(self, name: str, more: dict[str, str], argv: tuple[str, ...]) -> subprocess.Popen[bytes]:
        with (self._directory / "log").open("ab") as log:
            started = subprocess.Popen(
                argv,
                env={**self.environment, **more},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._running[name], self._trees[name] = started, ray_nodes.Tree(started.pid)
        return started


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended. As text: its last complaint first, since of a failed test that line is seen everywhere."""

    words: tuple[str, ...]
    status: int
    out: str
    complaints: str

    @property
    def last(self) -> str:
        """The last line that it complained with."""
        return (self.complaints.splitlines() or [""])[-1]

    def __str__(self) -> str:
        head = f"namelatch {' '.join(self.words)} ended with status {self.status}: {self.last or 'without a word'}"
        return f"{head}\nout: {self.out}\ncomplaints: {self.complaints}"


class Commands:
    """`namelatch` commands in one process that has Ray in it: importing it takes seconds, and pytest's must not."""

    def __init__(self, environment: dict[str, str], directory: Path = ROOT) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("commands.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=directory,  # Ray has actors import from it, too
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()

    @staticmethod
    def alone(environment: dict[str, str], address: str) -> Ended:
        """`logs` in a process of its own, whose token Ray reads when it is imported."""
        words = ("logs", "--ray", address)
        done = subprocess.run(
            [sys.executable, "-m", "namelatch", *words],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Ended(words, done.returncode, done.stdout, done.stderr)

    def run(self, *arguments: str, **variables: str) -> Ended:
        """The command with these variables, in its process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([arguments, variables]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the process with the commands has ended, asked for {arguments}"
        return Ended(arguments, *json.loads(line))
