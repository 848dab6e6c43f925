"""A whole matrix, or a part of it: record what each role calls, lay out the cells, run them, many at once.

A cell that was not reached is tried again, TRIES times in all, and is then said not to have been reached. One that fell
is not tried again: what fell once, fell. But where etcd itself died under it, it is void: that etcd may have lost what
it had acknowledged (the embedded one does), and no protocol survives that. Void runs are counted, told, and repeated.
"""

import asyncio
import json
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from namelatch.matrix import catalogue, stories, verdict
from namelatch.matrix.cells import MOMENTS, ROLES, Call, Cell, Role
from namelatch.matrix.grounds import Grounds, Say
from namelatch.matrix.processes import Nursery
from namelatch.matrix.trial import Asked, begun
from namelatch.matrix.variant import Variant

# The moments that are recorded for a role: the plain story (as `running`, which has `start` in it), and those that
# bring about what the plain one does not.
RECORDED: Mapping[Role, tuple[str, ...]] = {
    "planner": ("running", "behind"),
    "enactor": ("running", "reborn", "unsure", "harmed"),
    "collector": ("running", "laggard"),
    "follower": ("running",),
}
PLAIN = ("start", "running", "alone", "rival")
AS_RUNNING: Mapping[Role, tuple[str, ...]] = {  # the plain story's calls are made in these, too
    "planner": ("rival",),
    "enactor": ("alone", "rival"),
    "collector": ("rival",),
    "follower": (),
}
TRIES = 3

Reached = Mapping[str, frozenset[str]]  # the calls of one role, by moment


@dataclass(frozen=True, slots=True)
class Layout:
    """`cells` in order; `unreached`, the calls in a role's code that no recorded story makes."""

    cells: tuple[Cell, ...]
    unreached: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """One cell's outcome: `held`, `fell`, `not reached`, `void`. `kept` is where its files are, when they were kept.

    `voided` has what fell in runs under which etcd died.
    """

    cell: Cell
    outcome: str
    tries: int
    falls: tuple[str, ...]
    verdict: verdict.Verdict
    kept: str = ""
    voided: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """As JSON has it."""
        call = self.cell.call
        return {
            "cell": self.cell.id,
            "role": call.role,
            "call": str(call),
            "moment": self.cell.moment,
            "fault": self.cell.fault,
            "outcome": self.outcome,
            "tries": self.tries,
            "falls": list(self.falls),
            "kept": self.kept,
            "voided": list(self.voided),
            "verdict": asdict(self.verdict) | {"exercised": dict(self.verdict.exercised)},
        }


def laid_out(role: Role, reached: Reached, variant: Variant) -> Layout:
    """A role's cells: each call of its code and of recorded runs, in each plain moment with it or else in another."""
    reached = {**dict.fromkeys(AS_RUNNING[role], reached.get("running", frozenset())), **reached}
    recorded = {name for names in reached.values() for name in names}
    calls = set(catalogue.calls(role, variant.posture())) | {_call(role, name) for name in recorded}
    cells: list[Cell] = []
    unreached: list[Call] = []
    for call in sorted(calls):
        there = [moment for moment in MOMENTS if str(call) in reached.get(moment, ())]
        moments = [moment for moment in there if moment in PLAIN] or there[:1]
        cells += [Cell(call, moment, fault) for moment in moments for fault in catalogue.faults_of(call)]
        if not moments:
            unreached.append(call)
    return Layout(tuple(cells), tuple(unreached))


def _call(role: Role, name: str) -> Call:
    port, _, rest = name.partition(".")
    method, _, kind = rest.partition("[")
    return Call(role, port, method, kind.rstrip("]"))


class Campaign:
    """Runs cells on common grounds. `directory` is for their files, which are deleted unless something fell."""

    def __init__(
        self, grounds: Grounds, nursery: Nursery, directory: Path, variant: Variant, at_once: int, skip: int = 0
    ) -> None:
        self._grounds, self._nursery, self._directory, self._variant = grounds, nursery, directory, variant
        self._skip = skip
        self._slots = asyncio.Semaphore(at_once)
        self._numbers = count()

    async def layout(self, roles: Iterable[Role] = ROLES) -> Layout:
        """Record what these roles call, and lay out their cells."""
        asked = [Asked(role, moment, None, self._variant) for role in roles for moment in RECORDED[role]]
        told = await asyncio.gather(*map(self._recorded, asked))
        layouts = []
        for role in roles:
            reached: dict[str, frozenset[str]] = {}
            for one, found in zip(asked, told, strict=True):
                if one.role == role:
                    reached |= found
            layouts.append(laid_out(role, reached, self._variant))
        return Layout(
            tuple(cell for one in layouts for cell in one.cells),
            tuple(call for one in layouts for call in one.unreached),
        )

    async def _recorded(self, asked: Asked) -> dict[str, frozenset[str]]:
        async with self._slots:
            directory, grounds = self._place()
            async with begun(asked, grounds, self._nursery, directory) as trial:
                await stories.tell(trial)
        noted = [json.loads(line) for path in directory.glob("*.calls.jsonl") for line in path.read_text().splitlines()]
        shutil.rmtree(directory)
        if asked.moment != "running":
            return {asked.moment: frozenset(one["call"] for one in noted)}
        return {
            "start": frozenset(one["call"] for one in noted if not one["armed"]),
            "running": frozenset(one["call"] for one in noted if one["armed"]),
        }

    async def run(self, cells: Sequence[Cell], say: Say, done: Callable[[Result], None] | None = None) -> list[Result]:
        """All of these, as many at once as there are slots; results in the cells' order."""
        finished = count(1)

        async def one(cell: Cell) -> Result:
            async with self._slots:
                result = await self._tried(cell)
            say(f"{next(finished)} of {len(cells)}: {cell.id} {result.outcome} in {result.verdict.seconds:.1f} s")
            for fall in result.falls if result.outcome == "fell" else ():
                say(f"    {fall}")
            if done is not None:
                done(result)
            return result

        try:
            async with asyncio.TaskGroup() as group:  # what is no cell's affair (the nursery is gone) ends them all
                running = [group.create_task(one(cell)) for cell in cells]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        return [task.result() for task in running]

    async def _tried(self, cell: Cell) -> Result:
        voided: tuple[str, ...] = ()
        for tries in range(1, TRIES + 1):
            result = await self._once(cell, tries)
            if result.outcome == "void":
                voided += result.falls
            elif result.outcome != "not reached":
                break
        return replace(result, voided=voided)

    async def _once(self, cell: Cell, tries: int) -> Result:
        directory, grounds = self._place()
        deaths = grounds.deaths()
        asked = Asked(cell.call.role, cell.moment, cell, self._variant, self._skip)
        async with begun(asked, grounds, self._nursery, directory) as trial:
            await stories.tell(trial)
        # Nobody writes any more: what etcd says now is all.
        found = await verdict.reach(trial.evidence, grounds.etcd, trial.has_struck)
        outcome = "fell" if found.falls else "held" if found.struck else "not reached"
        if outcome == "fell" and grounds.deaths() > deaths:
            outcome = "void"
        if outcome == "fell":
            return Result(cell, outcome, tries, found.falls, found, str(directory))
        shutil.rmtree(directory)
        return Result(cell, outcome, tries, found.falls, found)

    def _place(self) -> tuple[Path, Grounds]:
        name = f"m{next(self._numbers)}"
        return self._directory / name, self._grounds.of_cell(name)
