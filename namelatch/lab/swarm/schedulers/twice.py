"""Twice: every schedule is run a second time from its seed, and the two histories are compared, call by call.

What differs was decided by something that is no port: a clock, a hash, an address, a thing left over from another run.
Hash order is the same twice in one process; another process with another hash seed is what finds that (a test does).
"""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from itertools import zip_longest
from typing import Any

from namelatch.lab.explorer.explore import Step
from namelatch.lab.playing.files import Fell
from namelatch.lab.swarm.simulation import Told
from namelatch.lab.swarm.trial import Trial

SAME = "same-history", "A seed has one history: run twice, it is the same call by call."
Run = Callable[[Told], Trial]
Line = tuple[str, str, tuple[Any, ...]]


def twice(run: Run) -> Trial:
    """The trial of the first run, in which SAME falls where the second does otherwise."""
    first, second = history(run), history(run)
    trial = first[0]
    for step, (one, other) in enumerate(zip_longest(first[1], second[1]), start=1):
        if one != other:
            how = f"first {_told(one)}, then {_told(other)}"
            return replace(trial, fell=(*trial.fell, Fell(SAME[0], step, (one or other or ("?",))[0], how)))
    return replace(trial, exercised={**trial.exercised, SAME[0]: len(first[1])})


def history(run: Run) -> tuple[Trial, list[Line]]:
    """A trial, and all that was asked and answered in it."""
    lines: list[Line] = []

    def watch(step: Step) -> None:
        lines.append((step.who, step.fault, step.calls))

    trial = run(watch)
    return trial, lines


def digest(lines: list[Line]) -> str:
    """One short text for a whole history, to compare across processes and machines."""
    return sha256("\n".join(map(repr, lines)).encode()).hexdigest()[:16]


def _told(line: Line | None) -> str:
    return "nothing" if line is None else f"{line!r:.120}"
