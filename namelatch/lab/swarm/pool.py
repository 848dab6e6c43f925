"""Seeds on all cores: chunks of them, each to a process that finds by name what to run. Sums alone travel back."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context

from coordination.postures import posture
from namelatch.lab.scenarios import scenario
from namelatch.lab.swarm.asked import Asked, trial
from namelatch.lab.swarm.bugs import Bug, bug
from namelatch.lab.swarm.tally import Tally
from namelatch.lab.swarm.trial import Trial

CHUNK = 200  # seeds: some two seconds
Told = Callable[[int], None]  # how many seeds are done


@dataclass(frozen=True, slots=True)
class Named:
    """What to run, by names: a posture, a scenario or none, a scheduler or none."""

    posture: str
    scenario: str | None = None
    scheduler: str | None = None

    def asked(self) -> Asked:
        """The same as values."""
        within = None if self.scenario is None else scenario(self.scenario)
        return Asked(posture(self.posture), within, self.scheduler)


def run(named: Named, seeds: range, told: Told, processes: int | None = None) -> Tally:
    """All these seeds, added up."""
    chunks = [seeds[at : at + CHUNK] for at in range(0, len(seeds), CHUNK)]
    workers = min(processes or os.cpu_count() or 1, len(chunks))
    tally = Tally()
    if workers == 1:
        for chunk in chunks:
            tally.join(part(named, chunk))
            told(tally.seeds)
        return tally
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        for future in as_completed([pool.submit(part, named, chunk) for chunk in chunks]):
            tally.join(future.result())
            told(tally.seeds)
    return tally


def part(named: Named, seeds: range) -> Tally:
    """One chunk, in this process."""
    asked, tally = named.asked(), Tally()
    for seed in seeds:
        tally.add(trial(asked, seed))
    return tally


# --- known bugs --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hunt:
    """What became of one bug: the first seed under which it fell, as a trial, and whether it falls without the bug.

    `tried`: how many seeds, the last included. `found` is None where the bound was reached. `without`: under how many
    of as many seeds, and at least CONTROL, anything fell without the bug.
    """

    bug: Bug
    tried: int
    found: Trial | None
    control: int
    without: int


CONTROL = 50


def hunt(id: str, most: int, first: int = 0) -> Hunt:
    """Run seeds until the bug's invariant falls, `most` of them; then the same seeds without the bug."""
    sought = bug(id)
    found, tried = None, 0
    for seed in range(first, first + most):
        tried += 1
        tried_trial = trial(sought.on, seed)
        if any(one.invariant == sought.falls for one in tried_trial.fell):
            found = tried_trial
            break
    control = max(tried, CONTROL)
    without = sum(bool(trial(sought.without, seed).fell) for seed in range(first, first + control))
    return Hunt(sought, tried, found, control, without)


def hunts(ids: tuple[str, ...], most: int, first: int = 0, processes: int | None = None) -> Iterator[Hunt]:
    """All these bugs, each in the order in which it is done."""
    workers = min(processes or os.cpu_count() or 1, len(ids))
    if workers == 1:
        yield from (hunt(id, most, first) for id in ids)
        return
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        for future in as_completed([pool.submit(hunt, id, most, first) for id in ids]):
            yield future.result()
