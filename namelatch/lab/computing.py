"""Computes the lattice and the postures' rows on all cores: one task a scenario and composition, or posture.

A task is given by names and a fresh process finds the rest, so that nothing of a search has to travel.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Any

from coordination.postures import POSTURES, posture
from namelatch.lab.check import check
from namelatch.lab.lattice import COMPOSITIONS, MOST_STATES, UNKNOWN, lattice
from namelatch.lab.scenarios import SCENARIOS, scenario
from namelatch.lab.table import to_json

Task = tuple[str, str, str]  # "cells" or "postures", the composition's or posture's name, the scenario's id
Told = Callable[[Task, int, int], None]


def core() -> tuple[str, ...]:
    """The scenarios that the lattice is made of."""
    return tuple(one.id for one in SCENARIOS if one.core)


def compute(scenarios: Sequence[str], told: Told, processes: int | None = None) -> dict[str, Any]:
    """The lattice's data, laid out as `page.py` says. `told` hears of each task done: which, how many, of how many."""
    tasks: list[Task] = [("cells", one.name, id) for id in scenarios for one in COMPOSITIONS]
    tasks += [("postures", one.name, id) for id in scenarios for one in POSTURES]
    done: dict[Task, Any] = {}
    with ProcessPoolExecutor(processes or os.cpu_count()) as pool:
        waiting = {pool.submit(_computed, task): task for task in tasks}
        for future in as_completed(waiting):
            done[waiting[future]] = future.result()
            told(waiting[future], len(done), len(tasks))
    return {
        kind: {name: {id: done[kind, name, id] for id in scenarios} for name in every}
        for kind, every in (
            ("cells", [one.name for one in COMPOSITIONS]),
            ("postures", [one.name for one in POSTURES]),
        )
    }


def _computed(task: Task) -> Any:
    kind, name, id = task
    if kind == "postures":
        return fallen(name, id)
    composition = next(one for one in COMPOSITIONS if one.name == name)
    return to_json({id: list(lattice(scenario(id), composition))})[id]


def fallen(name: str, id: str) -> list[str]:
    """What falls for a named posture; "unknown" when the search was not exhausted."""
    verdict = check(scenario(id), posture(name), MOST_STATES)
    return sorted(verdict.fallen) if verdict.exhausted or verdict.fallen else [UNKNOWN]


def stale(stored: dict[str, Any], scenarios: Sequence[str], told: Told) -> Iterator[str]:
    """What of the stored data is not what comes out today, one line each; nothing when it is fresh."""
    today = compute(scenarios, told)
    for kind, every in today.items():
        for name, by_scenario in every.items():
            for id, found in by_scenario.items():
                if stored.get(kind, {}).get(name, {}).get(id) != found:
                    yield f"{kind} of {name} in {id}"
