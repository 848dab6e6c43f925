"""The roles' reports, read while they are being written: whole lines only, and what a kill cut short left out."""

import json
from collections import Counter
from pathlib import Path

from coordination.ports import Report


class Trail:
    """All `*.reports.jsonl` of one directory; each `fresh` tells what has come since the one before."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._offsets: Counter[Path] = Counter()

    def fresh(self) -> list[Report]:
        """New reports of all roles, in order of time."""
        found: list[tuple[float, Report]] = []
        for path in sorted(self._directory.glob("*.reports.jsonl")):
            with path.open("rb") as file:
                file.seek(self._offsets[path])
                text = file.read()
            whole = text[: text.rfind(b"\n") + 1]
            self._offsets[path] += len(whole)
            for line in whole.splitlines():
                try:
                    fields = json.loads(line)
                except ValueError:
                    continue
                at = float(fields.pop("at"))
                counts = tuple((name, number) for name, number in fields.pop("counts"))
                found.append((at, Report(**fields, counts=counts)))
        return [report for _, report in sorted(found, key=lambda one: one[0])]
