"""What a DNS follower showed, held against what was committed: never empty, never back, never late. Pure.

A follower owes an acknowledged generation `bound_s` after the acknowledgement, or after it was back if it was dead or
stopped then. Where a name is meant to be gone it may be; a name that somebody harmed on purpose is not judged.
"""

import json
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from coordination.history import NOTHING
from coordination.lines import Line
from coordination.records import Endpoint


@dataclass(frozen=True, slots=True)
class Shown:
    """`falls` are sentences; `slowest_s` is the longest time from an acknowledgement to when it was shown."""

    publishes: int
    falls: tuple[str, ...]
    slowest_s: float


def read(path: Path) -> list[Line]:
    """What a follower wrote, in order; a line that a kill cut short is left out."""
    found = []
    for text in path.read_text(encoding="utf-8").split("\n") if path.exists() else ():
        try:
            found.append(json.loads(text))
        except ValueError:
            continue
    return found


def standing(told: Iterable[Line]) -> dict[Endpoint, int | str]:
    """What is shown last of each name."""
    found: dict[Endpoint, int | str] = {}
    for line in told:
        found |= {Endpoint(name): value for name, value in line.get("shown", {}).items()}
    return found


def judge(
    told: Sequence[Line],
    history: Iterable[Line],
    away: Sequence[tuple[float, float]],
    bound_s: float,
    removed: Container[Endpoint],
    harmed: Container[Endpoint] = NOTHING,
) -> Shown:
    """`away` are the spans in which the follower was dead or stopped; `removed`, the names ever taken down."""
    falls: list[str] = []
    publishes = [line for line in told if "shown" in line]
    last: dict[str, int] = {}
    when: dict[str, list[tuple[float, int]]] = {}
    for line in publishes:
        for name, value in line["shown"].items():
            if name in harmed:
                continue
            if value == "empty":
                falls.append(f"never-empty: {name} was shown empty at revision {line['revision']}")
            elif value == "gone":
                if name not in removed:
                    falls.append(f"never-empty: {name} was shown as gone at revision {line['revision']}")
            else:
                if value < last.get(name, 0):
                    falls.append(f"shown-only-grows: {name} went from generation {last[name]} back to {value}")
                last[name] = value
                when.setdefault(name, []).append((line["at"], value))
    slowest = 0.0
    for line in history:
        if line.get("out") != "committed" or line["who"] == "leases":
            continue
        for change in line["changes"]:
            if change[0] != "enact" or change[3] is None or change[1] in harmed:
                continue
            name, generation = change[1], change[2]
            shown = next((at for at, value in when.get(name, ()) if value >= generation), None)
            if shown is None:
                if name not in removed:
                    falls.append(f"shown-in-time: {name} was never shown at generation {generation}")
                continue
            owed = line["answered"]
            for since, until in away:
                if since <= owed <= until or (owed < since < owed + bound_s):
                    owed = max(owed, until)
            slowest = max(slowest, shown - owed)
            if shown - owed > bound_s:
                falls.append(f"shown-in-time: {name} at generation {generation} took {shown - owed:.1f} s to be shown")
    return Shown(len(publishes), _by_rule(falls), slowest)


def _by_rule(falls: Iterable[str]) -> tuple[str, ...]:
    """The first fall of each rule, with how many there were."""
    found: dict[str, list[str]] = {}
    for fall in falls:
        rule, _, how = fall.partition(": ")
        found.setdefault(rule, []).append(how)
    return tuple(f"{rule}: {len(hows)} x as shown, first {hows[0]}" for rule, hows in found.items())
