"""The prober's two files: every probe, and a small live status.

Probes are appended, one JSON line each. The status is replaced whole, so that a reader never sees half of
it: the latest answer of each of the watched name's types, and the counts so far. Both are at most FLUSH_S old.
What a kill cut short is ended by whoever goes on in the same file, so that it costs no line but itself.
"""

import json
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from coordination.records import Endpoint
from namelatch.demo.probes import Probe, to_line

FLUSH_S = 0.2  # what a kill can lose, and how fresh the live status is


@dataclass(frozen=True, slots=True)
class Live:
    """The status as its reader gets it. `latest` has (type, kind, generation) of each type asked so far."""

    at: float
    latest: tuple[tuple[str, str, int | None], ...]
    counts: tuple[tuple[str, int], ...]
    skipped: int


def read_status(path: Path) -> Live | None:
    """The newest status; None before there is one."""
    try:
        told = json.loads(path.read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
    latest = tuple((type_, one["kind"], one["generation"]) for type_, one in sorted(told["latest"].items()))
    return Live(told["at"], latest, tuple(sorted(told["counts"].items())), told["skipped"])


class Ledger:
    """Where probes are written down."""

    def __init__(self, out: Path, status: Path | None, watched: Endpoint) -> None:
        self._file = out.open("a", encoding="ascii")
        if _is_cut(out):
            self._file.write("\n")
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


def _is_cut(out: Path) -> bool:
    with out.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 1))
        return file.read(1) not in {b"", b"\n"}
