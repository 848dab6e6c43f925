"""A plan of faults: what strikes what, when, for how long; read from TOML or JSON, and written down again. Pure.

    [[faults]]
    at_s = 5.0
    fault = "kill"
    target = "a"
    for_s = 4.0

Faults overlap where the plan says so, and nowhere else.
"""

import json
import tomllib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from namelatch.chaos.catalogue import BY_NAME, RAYLETS, targets

FAULTS_MOST = 5_000  # of one plan: an hour has some five hundred
SECONDS_MOST = 6 * 3600.0


class BadPlan(ValueError):
    """No plan that can be run; one line that says why."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One fault. Seconds since the plan began; `for_s` until it heals."""

    at_s: float
    fault: str
    target: str
    for_s: float

    @property
    def until_s(self) -> float:
        """When it heals."""
        return self.at_s + self.for_s

    def __str__(self) -> str:
        return f"{self.fault} {self.target} for {self.for_s:g} s"


def parse(text: str, json_: bool) -> tuple[Planned, ...]:
    """The plan in a file's text, in order of time. Raises BadPlan."""
    try:
        told = json.loads(text) if json_ else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadPlan(str(error)) from None
    listed = told.get("faults") if isinstance(told, dict) else told
    if not isinstance(listed, list) or not listed:
        raise BadPlan("a list `faults` of faults is wanted")
    if len(listed) > FAULTS_MOST:
        raise BadPlan(f"{len(listed)} faults, the most is {FAULTS_MOST}")
    return tuple(sorted((_one(number, one) for number, one in enumerate(listed, 1)), key=lambda one: one.at_s))


def _one(number: int, told: Any) -> Planned:
    if not isinstance(told, dict) or set(told) != {"at_s", "fault", "target", "for_s"}:
        raise BadPlan(f"fault {number}: at_s, fault, target and for_s are what a fault has")
    for key in ("at_s", "for_s"):
        value = told[key]
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= SECONDS_MOST:
            raise BadPlan(f"fault {number}: {key} is {str(value)[:40]!r}, seconds are wanted")
    if not isinstance(told["fault"], str) or told["fault"] not in BY_NAME:
        raise BadPlan(f"fault {number}: no fault {str(told['fault'])[:40]!r}; `namelatch chaos list` names them")
    return Planned(float(told["at_s"]), told["fault"], str(told["target"]), float(told["for_s"]))


def check(plan: Iterable[Planned], members: tuple[str, ...], linked: bool, raylets: tuple[str, ...] = ()) -> None:
    """Raises BadPlan for a target that the run does not have."""
    for one in plan:
        there = targets(BY_NAME[one.fault], members, linked, raylets)
        if one.target not in there:
            by_ray = not there and targets(BY_NAME[one.fault], members, linked)
            which = ", ".join(there) or f"nothing {'with --ray' if by_ray else 'on this backend'}"
            raise BadPlan(f"{one.fault} strikes {which}, not {one.target[:40]!r}{_why(one.target, raylets)}")


def _why(target: str, raylets: tuple[str, ...]) -> str:
    if target in RAYLETS and target not in raylets:
        return ": without redis-server a new head knows nobody" if raylets else ": raylets are there with --ray"
    return ""


def read(path: Path) -> tuple[Planned, ...]:
    """The plan in a file. Raises BadPlan, which names it."""
    try:
        return parse(path.read_text(encoding="utf-8"), path.suffix == ".json")
    except OSError as error:
        raise BadPlan(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise BadPlan(f"{path}: {error}") from None


def text(plan: Iterable[Planned]) -> str:
    """The plan as JSON, which `parse` reads back as it was."""
    return "\n".join(("[", ",\n".join(f"  {json.dumps(asdict(one))}" for one in plan), "]", ""))
