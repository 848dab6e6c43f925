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
from namelatch.lab.check import check
from namelatch.lab.lattice.backfires import schedule
from namelatch.lab.lattice.cells import COMPOSITIONS, MOST_STATES, UNKNOWN, lattice
from namelatch.lab.lattice.sources import brief, closure, digest
from namelatch.lab.lattice.stored import FORM, Data, States, states
from namelatch.lab.lattice.table import Table, to_json
from namelatch.lab.scenarios import SCENARIOS, scenario

CELLS, ROW = "cells", "row"
Task = tuple[str, str, str]  # CELLS or ROW, the composition's or posture's name, the scenario's id
Told = Callable[[Task | None, int, int], None]
QUIET_S = 15.0  # after which it is said that work goes on
EVERYWHERE = ("namelatch.lab.lattice.cells", "namelatch.lab.check", "namelatch.lab.lattice.backfires")


def core() -> tuple[str, ...]:
    """The scenarios that the lattice is made of."""
    return tuple(one.id for one in SCENARIOS if one.core)


def sources(id: str) -> str:
    """The digest of all that a scenario's cells depend on: explorer, protocol, safeguards, its story, compositions."""
    modules = closure((*EVERYWHERE, f"namelatch.lab.scenarios.{id.replace('-', '_')}"))
    return brief(f"{digest(modules)} {COMPOSITIONS!r}")


def bound(name: str) -> str:
    """The digest of a named posture, all of which is in its representation."""
    return brief(repr(posture(name)))


def tasks_of(scenarios: Collection[str]) -> list[Task]:
    """All that there is to compute of these scenarios."""
    tasks = [(CELLS, one.name, id) for id in scenarios for one in COMPOSITIONS]
    return tasks + [(ROW, one.name, id) for id in scenarios for one in POSTURES]


def stale(stored: Data) -> Iterator[Task]:
    """What of the core scenarios is missing, or was computed from other sources, or for another posture, than today's.

    A posture that has changed makes its own rows stale and nothing else.
    """
    for id in core():
        part = stored["scenarios"].get(id, {})
        fresh = part.get("sources") == sources(id)
        for task in tasks_of((id,)):
            kind, name, _ = task
            if not fresh or (kind == ROW and part["rows"].get(name) != bound(name)):
                yield task


def renewed(stored: Data, anew: Collection[Task], told: Told, processes: int | None = None) -> Data:
    """What is fresh of the stored data, and what the tasks of `anew` give now. A scenario is whole, or left out."""
    old = {*stale(stored), *anew}
    done = compute(_longest_first(anew, states(stored)), told, processes)
    parts = {}
    for id in (one.id for one in SCENARIOS):
        was, tasks = stored["scenarios"].get(id), tasks_of((id,))
        if (was is not None or done.keys() >= set(tasks)) and not old.intersection(tasks) - done.keys():
            parts[id] = _part(id, was or {}, done)
    return {"form": FORM, "scenarios": parts}


def _part(id: str, was: dict[str, Any], done: dict[Task, Any]) -> dict[str, Any]:
    """A scenario's part of the data: what was done now, and else what was there."""
    cells: dict[str, Any] = {"cells": {}, "backfires": {}}
    for one in COMPOSITIONS:
        both = done.get((CELLS, one.name, id))
        for at, kind in enumerate(cells):
            cells[kind][one.name] = was[kind][one.name] if both is None else both[at]
    rows = {one.name: done.get((ROW, one.name, id)) for one in POSTURES}
    fell = {name: was["postures"][name] if row is None else row for name, row in rows.items()}
    return {"sources": sources(id), "rows": {name: bound(name) for name in rows}, **cells, "postures": fell}


def compute(tasks: Sequence[Task], told: Told, processes: int | None = None) -> dict[Task, Any]:
    """What these tasks give, begun in their order.

    `told` hears of each that is done: which, how many are, of how many; and, with None, that nothing came for a while.
    """
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
    return done


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


def _longest_first(tasks: Collection[Task], took: States) -> Sequence[Task]:
    """By the states that they took when last computed. What never was may be the longest of all."""
    order = sorted((-took.get(task, 1 << 40) if task[0] == CELLS else 0, at) for at, task in enumerate(tasks))
    listed = list(tasks)
    return [listed[at] for _, at in order]


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
