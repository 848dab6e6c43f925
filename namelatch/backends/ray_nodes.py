"""A Ray cluster of several raylets on this machine: what starts each node, and the processes that a node consists of.

Some of Ray's servers listen on every interface and can't be told otherwise: hence a token that is made anew for each
cluster. With a Redis a new head knows what the one before knew; its password is among the head's arguments, since Ray
takes it from nowhere else: whoever may list this machine's processes can read it. A node ends with all that it started,
by process id.
"""

import os
import secrets
import shutil
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from namelatch.backends.ports import LOOPBACK, free_ports

OBJECT_STORE_BYTES = 78_643_200  # the least that Ray takes; calls carry names and numbers
STARTED = "Ray runtime started"  # what `ray start` says
STARTS = 3  # Ray's gives up after 30 s, and whoever runs one starts it again
READY_S = 90.0  # for a node to say that it runs
_REDIS = "redis-server"


def redis_program() -> str | None:
    """The Redis of this machine, None without one."""
    return shutil.which(_REDIS)


@dataclass(frozen=True, slots=True)
class Redis:
    """Where a head keeps what it must not forget: a server on loopback, under a password of its own."""

    port: int
    password: str = field(repr=False)

    @property
    def address(self) -> str:
        """host:port."""
        return f"{LOOPBACK}:{self.port}"

    def argv(self, directory: Path) -> tuple[str, ...]:
        """The program and its arguments; the password is in a file of `directory`, which nobody else may read."""
        program = redis_program()
        assert program is not None, "whoever wants a Redis has looked for it"
        path = directory / "redis.conf"
        lines = (f"bind {LOOPBACK}", f"port {self.port}", f"requirepass {self.password}", "save ''", f"dir {directory}")
        path.touch(mode=0o600)
        path.write_text("\n".join((*lines, "")), encoding="ascii")
        return program, str(path)


def new_redis() -> Redis:
    """One at a free port."""
    (port,) = free_ports(1)
    return Redis(port, secrets.token_hex(16))


@dataclass(frozen=True, slots=True)
class Nodes:
    """The head, at `address`, and workers by their az; all under `directory`, a short path: sockets have 107 bytes."""

    directory: Path
    port: int
    client_port: int
    token: str = field(repr=False)
    redis: Redis | None = None

    @property
    def address(self) -> str:
        """host:port of the head."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def client(self) -> str:
        """The address of the head's server of clients."""
        return f"ray://{LOOPBACK}:{self.client_port}"

    def environment(self, path: str) -> dict[str, str]:
        """Of every node, and of whoever joins; `path` is what they import from (PYTHONPATH)."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(("RAY_", "NAMELATCH_"))},
            "PYTHONPATH": path,
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": self.token,
            # A dead node is missed after seconds: the default is for networks, this is one machine.
            "RAY_health_check_period_ms": "1000",
            "RAY_health_check_failure_threshold": "8",
            # And a busy one: a node gives up, for good, when its agents have not begun within this.
            "RAY_agent_register_timeout_ms": "90000",
        }

    def head_environment(self) -> dict[str, str]:
        """What the head has besides."""
        return {} if self.redis is None else {"RAY_REDIS_ADDRESS": self.redis.address}

    def head(self) -> tuple[str, ...]:
        """What starts a head, again and again on the same ports."""
        said = () if self.redis is None else (f"--redis-password={self.redis.password}",)
        return (
            *_START,
            "--head",
            *said,
            f"--port={self.port}",
            f"--ray-client-server-port={self.client_port}",
            "--num-cpus=0",
            "--include-dashboard=false",
            f"--temp-dir={self.directory / 'r'}",
        )

    def worker(self, az: str) -> tuple[str, ...]:
        """What starts a worker of an az."""
        return (*_START, f"--address={self.address}", "--num-cpus=1", f"--labels=az={az}")

    def forget_address(self) -> None:
        """Before a head starts: Ray's note of the address, which beside workers of the same cluster says that a head
        runs here. A head on a machine of its own has neither."""
        (self.directory / "r" / "ray_current_cluster").unlink(missing_ok=True)


_START = (
    sys.executable,
    "-m",
    "ray.scripts.scripts",
    "start",
    "--block",
    f"--node-ip-address={LOOPBACK}",
    f"--object-store-memory={OBJECT_STORE_BYTES}",
    "--min-worker-port=0",
    "--max-worker-port=0",
)


def new_nodes(directory: Path, redis: Redis | None = None) -> Nodes:
    """A cluster at free ports, none of it running."""
    port, client_port = free_ports(2)
    return Nodes(directory, port, client_port, secrets.token_hex(32), redis)


def answers(port: int) -> bool:
    """Whether somebody accepts connections there."""
    with suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1):
        return True
    return False


class Tree:
    """A process and whatever it started, as far as it was looked at: what outlives its parent is still known.

    psutil tells a process from a later one with its id.
    """

    def __init__(self, pid: int) -> None:
        self._known: list[psutil.Process] = []
        with suppress(psutil.NoSuchProcess):
            self._known.append(psutil.Process(pid))

    def look(self) -> tuple[psutil.Process, ...]:
        """Note what is new; those that run now, the oldest first."""
        running = [one for one in self._known if is_running(one)]
        for one in running[:1] if running[:1] == self._known[:1] else list(running):
            with suppress(psutil.NoSuchProcess):
                running += [new for new in one.children(recursive=True) if new not in running]
        self._known = running
        return tuple(running)

    def kill(self) -> tuple[psutil.Process, ...]:
        """SIGKILL for all; says whom."""
        found = self.look()
        for one in found:
            signalled(one, signal.SIGKILL)
        return found


def is_running(process: psutil.Process) -> bool:
    """Whether it runs; stopped ones do, zombies don't."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def signalled(process: psutil.Process, number: signal.Signals) -> None:
    """The signal, unless it has ended."""
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)
