"""The prober's two files: every probe, and a small live status.

Probes are appended, one JSON line each. The status is replaced whole, so that a reader never sees half of
it: the latest answer of each of the watched name's types, and the counts so far. Both are at most FLUSH_S old.
"""

import json
from collections import Counter
from pathlib import Path

from coordination.records import Endpoint
from namelatch.demo.probes import Probe, to_line

FLUSH_S = 0.2  # what a kill can lose, and how fresh the live status is


class Ledger:
    """Where probes are written down."""

    def __init__(self, out: Path, status: Path | None, watched: Endpoint) -> None:
        self._file = out.open("a", encoding="ascii")
        self._status = status
        self._watched = watched
        self._counts: Counter[str] = Counter()
        self._latest: dict[str, Probe] = {}
        self._flushed_at = 0.0

    def add(self, probes: list[Probe]) -> None:
        """Write down what came to pass."""
        for probe in probes:
            self._file.write(to_line(probe) + "\n")
            self._counts[probe.kind] += 1
            if probe.name == self._watched:
                self._latest[probe.type] = probe

    def flush(self, now: float, skipped: int, final: bool = False) -> None:
        """Hand everything to the operating system, at most every FLUSH_S but for the last time."""
        if not final and now - self._flushed_at < FLUSH_S:
            return
        self._flushed_at = now
        self._file.flush()
        if self._status is not None:
            latest = {
                t: {"at": p.asked_at, "kind": p.kind, "generation": p.generation} for t, p in self._latest.items()
            }
            text = {
                "at": now,
                "name": self._watched,
                "latest": latest,
                "counts": dict(self._counts),
                "skipped": skipped,
            }
            fresh = self._status.with_name(f"{self._status.name}.new")
            fresh.write_text(json.dumps(text) + "\n", encoding="ascii")
            fresh.replace(self._status)

    def close(self) -> None:
        """Close the probes' file."""
        self._file.close()
