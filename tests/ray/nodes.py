"""A Ray cluster of real processes on this machine: a head and labelled workers, under a token of their own.

Some of Ray's servers listen on every interface and can't be told otherwise: hence the token. A node ends with all
that it started, by process id.
"""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from types import TracebackType
from typing import Self

import psutil

from namelatch.backends.ports import free_ports
from tests.front.waiting import until

ROOT = Path(__file__).parents[2]
PATIENCE_S = 90.0
STARTS = 3
_STARTED = "Ray runtime started"  # what `ray start` says


class Redis:
    """Where a head keeps what it must not forget: a real server, under a password of its own. Ends with its block."""

    program = shutil.which("redis-server")

    def __init__(self) -> None:
        (port,) = free_ports(1)
        password = secrets.token_hex(16)
        self.address, self.option = f"127.0.0.1:{port}", f"--redis-password={password}"
        assert self.program is not None, "skipped without one"
        self._process = subprocess.Popen(
            [self.program, "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdin is not None
        self._process.stdin.write(f"bind 127.0.0.1\nport {port}\nrequirepass {password}\nsave ''\ndir {gettempdir()}\n")
        self._process.stdin.close()
        until(lambda: answers("127.0.0.1", port), "redis", PATIENCE_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()


def answers(host: str, port: int) -> bool:
    """Whether somebody accepts connections there."""
    with suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


class Nodes:
    """The head at `address`, and workers by their az. With a `redis`, a new head knows what the one before knew."""

    def __init__(self, redis: Redis | None = None) -> None:
        self._redis = redis
        self._directory = Path(tempfile.mkdtemp(prefix="nl-", dir="/tmp"))  # short: sockets have 107 bytes
        self._port, self._client_port = free_ports(2)
        self.address, self.client = f"127.0.0.1:{self._port}", f"ray://127.0.0.1:{self._client_port}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("RAY_", "NAMELATCH_"))},
            "PYTHONPATH": str(ROOT),
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": secrets.token_hex(32),
            # A dead node is missed after seconds: the default is for networks, this is one machine.
            "RAY_health_check_period_ms": "1000",
            "RAY_health_check_failure_threshold": "8",
            # And a busy one: a node gives up, for good, when its agents have not begun within this.
            "RAY_agent_register_timeout_ms": "90000",
        }
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._trees: dict[str, list[psutil.Process]] = {}  # of each node, what was seen of it

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
        # Ray's note of its address, which beside workers of the same cluster says that a head runs here: a head on a
        # machine of its own has neither.
        (self._directory / "r" / "ray_current_cluster").unlink(missing_ok=True)
        more, said = ({"RAY_REDIS_ADDRESS": self._redis.address}, [self._redis.option]) if self._redis else ({}, [])
        self._begin(
            "head",
            more,
            "--head",
            *said,
            f"--port={self._port}",
            f"--ray-client-server-port={self._client_port}",
            "--num-cpus=0",
            "--include-dashboard=false",
            f"--temp-dir={self._directory / 'r'}",
        )

    def start_worker(self, az: str) -> None:
        self._begin(az, {}, f"--address={self.address}", "--num-cpus=1", f"--labels=az={az}")

    def kill(self, name: str) -> None:
        """SIGKILL for a node and everything on it."""
        started = self._running.pop(name)
        self._see(name, started.pid)
        started.kill()
        for process in self._trees.pop(name):
            with suppress(psutil.NoSuchProcess):  # psutil tells a process from a later one with its id
                process.kill()
        started.wait()

    def said(self) -> str:
        """The end of what the nodes said, and of what the servers of clients at the head complained of."""
        complained = sorted(self._directory.glob("r/session_2*/logs/ray_client_server*"))
        return "\n".join(
            [self._whole()[-3000:], *(f"{one.name}: {one.read_text(errors='replace')[-1500:]}" for one in complained)]
        )

    def _whole(self) -> str:
        log = self._directory / "log"
        return log.read_text() if log.exists() else ""

    def _see(self, name: str, pid: int) -> None:
        """Note what the node has started: what outlives it has no parent to be found by."""
        known = self._trees.setdefault(name, [])
        with suppress(psutil.NoSuchProcess):
            known += [one for one in psutil.Process(pid).children(recursive=True) if one not in known]

    def _begin(self, name: str, more: dict[str, str], *arguments: str) -> None:
        """Start a node until it runs: Ray's gives up after 30 s, and whoever runs one starts it again."""
        for _ in range(STARTS):
            before = self._whole().count(_STARTED)
            started = self._start(name, more, *arguments)

            def has_ended(started: subprocess.Popen[bytes] = started) -> bool:
                self._see(name, started.pid)
                return started.poll() is not None

            until(lambda before=before: has_ended() or self._whole().count(_STARTED) > before, name, PATIENCE_S)
            if started.poll() is None:
                return
            self.kill(name)
        raise AssertionError(f"node {name} does not start: {self.said()}")

    def _start(self, name: str, more: dict[str, str], *arguments: str) -> subprocess.Popen[bytes]:
        common = (
            "--block",
            "--node-ip-address=127.0.0.1",
            "--object-store-memory=78643200",
            "--min-worker-port=0",
            "--max-worker-port=0",
        )
        with (self._directory / "log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-m", "ray.scripts.scripts", "start", *common, *arguments],
                env={**self.environment, **more},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self._running[name]


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
