"""Computes the lattice on all cores: for each scenario every composition's cells, what backfires, the postures' rows.

A task is given by names and a fresh process finds the rest, so that nothing of a search has to travel. What comes out
depends on the sources alone: bounds are counts of states, and results are put in the catalogue's order.
"""

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait as ready
from threading import Thread
from typing import Any

from coordination.postures import POSTURES, posture
from namelatch.lab.backfires import schedule
from namelatch.lab.check import check
from namelatch.lab.lattice import COMPOSITIONS, MOST_STATES, UNKNOWN, lattice
from namelatch.lab.scenarios import SCENARIOS, scenario
from namelatch.lab.sources import closure, digest
from namelatch.lab.stored import FORM, Data, States, states
from namelatch.lab.table import Table, to_json

CELLS, ROW = "cells", "row"
Task = tuple[str, str, str]  # CELLS or ROW, the composition's or posture's name, the scenario's id
Told = Callable[[Task | None, int, int], None]
QUIET_S = 15.0  # after which it is said that work goes on
EVERYWHERE = ("namelatch.lab.lattice", "namelatch.lab.check", "namelatch.lab.backfires")


def core() -> tuple[str, ...]:
    """The scenarios that the lattice is made of."""
    return tuple(one.id for one in SCENARIOS if one.core)


def sources(id: str) -> str:
    """The digest of all that a scenario's part of the lattice depends on: explorer, protocol, safeguards, its story."""
    return digest(closure((*EVERYWHERE, f"namelatch.lab.scenarios.{id.replace('-', '_')}")))


def stale(stored: Data) -> Iterator[str]:
    """The core scenarios whose part is missing, or was computed from other sources than today's."""
    for id in core():
        if stored["scenarios"].get(id, {}).get("sources") != sources(id):
            yield id


def renewed(stored: Data, anew: Collection[str], told: Told, processes: int | None = None) -> Data:
    """What is fresh of the stored data, and the parts of `anew`, computed now. What was not fresh is not kept."""
    old = {*stale(stored), *anew}
    parts = {id: part for id, part in stored["scenarios"].items() if id not in old}
    parts |= compute(anew, told, processes, states(stored))
    return {"form": FORM, "scenarios": {id: parts[id] for id in core() if id in parts}}


def compute(
    scenarios: Collection[str], told: Told, processes: int | None = None, took: States | None = None
) -> dict[str, Any]:
    """The parts of these scenarios.

    `told` hears of each task done: which, how many are, of how many; and, with None, that nothing came for a while.
    `took`: how many states a task took when it was last computed, so that the longest can begin first.
    """
    tasks = _longest_first(scenarios, took or {})
    done: dict[Task, Any] = {}
    context = get_context("forkserver")
    with ProcessPoolExecutor(processes or os.cpu_count(), context, initializer=_dies_with_its_parent) as pool:
        try:
            for task, result in _as_they_end({pool.submit(computed, task): task for task in tasks}):
                if task is not None:
                    done[task] = result
                told(task, len(done), len(tasks))
        except BaseException:
            pool.shutdown(cancel_futures=True)  # what has not begun need not begin
            raise
    return {
        id: {
            "sources": sources(id),
            "cells": {one.name: done[CELLS, one.name, id][0] for one in COMPOSITIONS},
            "backfires": {one.name: done[CELLS, one.name, id][1] for one in COMPOSITIONS},
            "postures": {one.name: done[ROW, one.name, id] for one in POSTURES},
        }
        for id in scenarios
    }


def _dies_with_its_parent() -> None:
    """In a worker: a search goes on for minutes, and nobody hears of it when whoever asked for it has been killed."""
    parent = parent_process()
    assert parent is not None, "a worker is another's child"

    def follow() -> None:
        ready([parent.sentinel])
        os._exit(1)

    Thread(target=follow, daemon=True).start()


def _as_they_end(left: dict[Future[Any], Task]) -> Iterator[tuple[Task | None, Any]]:
    """Each task with its result; None whenever nothing came for a while."""
    while left:
        ended, _ = wait(left, QUIET_S, FIRST_COMPLETED)
        if not ended:
            yield None, None
        for future in ended:
            yield left.pop(future), future.result()


def _longest_first(scenarios: Collection[str], took: States) -> Sequence[Task]:
    """What was never computed may be the longest of all."""
    tasks = [(CELLS, one.name, id) for id in scenarios for one in COMPOSITIONS]
    tasks += [(ROW, one.name, id) for id in scenarios for one in POSTURES]
    order = sorted((-took.get(task, 1 << 40) if task[0] == CELLS else 0, at) for at, task in enumerate(tasks))
    return [tasks[at] for _, at in order]


def computed(task: Task) -> Any:
    """What one task is for: cells and backfires, or what falls for a named posture; as JSON has it."""
    kind, name, id = task
    if kind == ROW:
        return fallen(name, id)
    composition, story = next(one for one in COMPOSITIONS if one.name == name), scenario(id)
    cells = list(lattice(story, composition))
    backfires = [
        [
            one.added,
            one.fell,
            one.count,
            one.vacuous,
            one.safe,
            [[act.who, act.fault, act.asks] for act in schedule(story, composition, one.unsafe, one.fell)],
        ]
        for one in Table({id: cells}).backfires(id)
    ]
    return to_json(cells), backfires


def fallen(name: str, id: str) -> list[str]:
    """What falls for a named posture, and "unknown" when not all was searched."""
    verdict = check(scenario(id), posture(name), MOST_STATES)
    return [*sorted(verdict.fallen), *([] if verdict.exhausted else [UNKNOWN])]
