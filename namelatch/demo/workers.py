"""Restarts of DNS workers, as the DNS server's status tells them: the server restarts them itself and goes on."""

import json
from pathlib import Path
from typing import Any


class WorkerWatch:
    """Reads the status file again and again; each restart is told once, when the new process serves."""

    def __init__(self, status: Path) -> None:
        self._status = status
        self._told: dict[tuple[int, int], int] = {}

    def pid(self) -> int | None:
        """The first worker's process."""
        workers = self._read().get("workers") or [{}]
        pid = workers[0].get("pid")
        return None if pid is None else int(pid)

    def revived(self) -> list[str]:
        """A line for each restart since the last look."""
        status = self._read()
        lines = []
        for index, worker in enumerate(status.get("workers", ())):
            key, restarts = (int(status["pid"]), index), int(worker["restarts"])
            if restarts > self._told.get(key, 0) and worker["serving"]:
                lines.append(f"restarted dns worker {index}: process {worker['pid']} serves, attempt {restarts}")
                self._told[key] = restarts
        return lines

    def _read(self) -> dict[str, Any]:
        try:
            return dict(json.loads(self._status.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return {}
