"""A Ray cluster of real processes on this machine: a head and labelled workers, under a token of their own.

The head keeps its memory in a directory (Ray's embedded store), so that it finds it again when it was killed. Some of
Ray's servers listen on every interface and can't be told otherwise: hence the token. A node ends with all that it
started, by process id.
"""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from namelatch.backends.ports import free_ports
from tests.front.waiting import until

ROOT = Path(__file__).parents[2]
PATIENCE_S = 90.0
_STARTED = "Ray runtime started"  # what `ray start` says


class Nodes:
    """The head at `address`, and workers by their az."""

    def __init__(self) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="nl-", dir="/tmp"))  # short: sockets have 107 bytes
        (self._directory / "store").mkdir()
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
        }
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._seen: list[psutil.Process] = []

    def __enter__(self) -> Self:
        self.start_head()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in list(self._running):
            self.kill(name)
        for process in self._seen:  # what left its parent before it was counted
            if process.is_running():
                process.kill()
        shutil.rmtree(self._directory, ignore_errors=True)

    def start_head(self) -> None:
        """The head, new or with what its predecessor kept; returns when it says that it runs."""
        before = self._whole().count(_STARTED)
        stored = {"RAY_gcs_storage": "rocksdb", "RAY_gcs_storage_path": str(self._directory / "store")}
        self._start(
            "head",
            stored,
            "--head",
            f"--port={self._port}",
            f"--ray-client-server-port={self._client_port}",
            "--num-cpus=0",
            "--include-dashboard=false",
            f"--temp-dir={self._directory / 'r'}",
        )
        until(lambda: self._whole().count(_STARTED) > before, "the head", PATIENCE_S)

    def start_worker(self, az: str) -> None:
        self._start(az, {}, f"--address={self.address}", "--num-cpus=1", f"--labels=az={az}")

    def kill(self, name: str) -> None:
        """SIGKILL for a node and everything on it."""
        started = self._running.pop(name)
        tree = [psutil.Process(started.pid), *self._tree(started.pid)]
        self._seen += tree
        for process in tree:
            try:
                process.send_signal(signal.SIGKILL)
            except psutil.NoSuchProcess:
                continue
        started.wait()

    def said(self) -> str:
        """The end of what the nodes said."""
        return self._whole()[-3000:]

    def _whole(self) -> str:
        log = self._directory / "log"
        return log.read_text() if log.exists() else ""

    def _tree(self, pid: int) -> list[psutil.Process]:
        try:
            return psutil.Process(pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def _start(self, name: str, more: dict[str, str], *arguments: str) -> None:
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


class Commands:
    """`namelatch` commands in one process that has Ray in it: importing it takes seconds, and pytest's must not."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("commands.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()

    def run(self, *arguments: str, **variables: str) -> Any:
        """Its exit status, what it wrote, and what it complained of."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([arguments, variables]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the process with the commands has ended"
        return json.loads(line)
