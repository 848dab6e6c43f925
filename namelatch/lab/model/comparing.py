"""Code and model held against each other: the counts at each bound, the transitions, the counterexample.

`compare` does it all, and says before each piece what it is about to do. What was recorded is what a search of a bound
that is counted has found, every transition of it, and then walks within wider bounds until there are enough.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain

from namelatch.lab.explorer.explore import Explorer
from namelatch.lab.model.accepting import Accepted, accepted
from namelatch.lab.model.bounds import COUNTED, WALKED, Bound, start
from namelatch.lab.model.counting import EVERY_ORDER, Counted, counted, explored
from namelatch.lab.model.recording import Recording
from namelatch.lab.model.trail import Counterexample, counterexample

COUNT, ACCEPT, REPLAY = PARTS = ("count", "accept", "replay")
TRANSITIONS = 1_000_000
LEAST_WALKED = 50_000  # transitions of walks within each of the wider bounds, whatever the searches gave
EVERYTHING = 10**9

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Judged:
    """The transitions of one bound, as the model judged them. `distinct`: how many different ones there were."""

    bound: Bound
    source: str
    distinct: int
    found: Accepted


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of it. A part that was not asked for is empty."""

    counts: tuple[Counted, ...] = ()
    judged: tuple[Judged, ...] = ()
    example: Counterexample | None = None
    seconds: float = 0.0

    @property
    def recorded(self) -> int:
        """All transitions that were put to the model."""
        return sum(one.found.recorded for one in self.judged)

    @property
    def accepted(self) -> int:
        """Those that it accepted."""
        return sum(one.found.accepted for one in self.judged)

    @property
    def holds(self) -> bool:
        """Whether code and model agree in all that was asked."""
        return (
            all(one.agree for one in self.counts)
            and self.accepted == self.recorded
            and (self.example is None or self.example.agrees)
        )


def compare(
    parts: tuple[str, ...] = PARTS,
    transitions: int = TRANSITIONS,
    say: Say = lambda _: None,
    searched: tuple[Bound, ...] = COUNTED,
    walked: tuple[Bound, ...] = WALKED,
) -> Comparison:
    """Compare. Raises NoSpin, BrokenModel."""
    began = time.perf_counter()
    counts: list[Counted] = []
    judged: list[Judged] = []
    for bound in searched if {COUNT, ACCEPT} & set(parts) else ():
        say(f"searching: {bound}")
        explorer = explored(bound)
        if COUNT in parts:
            say(f"counting {len(explorer.keys):,} states: {bound}")
            counts.append(counted(bound, explorer))
        if ACCEPT in parts:
            say(f"judging {explorer.found.transitions:,} transitions: {bound}")
            judged.append(judge_search(bound, explorer))
        explorer.close()
    if ACCEPT in parts:
        missing = transitions - sum(one.found.recorded for one in judged)
        each = max(LEAST_WALKED, -(-missing // len(walked)))
        for seed, bound in enumerate(walked, start=1):
            say(f"walking {each:,} transitions: {bound}")
            judged.append(judge_walks(bound, each, seed))
    example = None
    if REPLAY in parts:
        say("the model's counterexample for october-2025")
        example = counterexample()
    return Comparison(tuple(counts), tuple(judged), example, time.perf_counter() - began)


def judge_search(bound: Bound, explorer: Explorer, most: int = EVERYTHING) -> Judged:
    """Every transition of a search, put to the model."""
    recording = Recording(bound, explorer)
    return _judged(recording, "search", recording.searched(most))


def judge_walks(bound: Bound, most: int, seed: int) -> Judged:
    """Transitions of walks at random, put to the model."""
    recording = Recording(bound, Explorer(start(bound), EVERY_ORDER))
    found = _judged(recording, "walks", recording.walked(most, seed))
    recording.explorer.close()
    return found


def _judged(recording: Recording, source: str, records: Iterator[bytes]) -> Judged:
    found = accepted(recording.bound, chain((recording.beginning(),), records))
    return Judged(recording.bound, source, len(recording.distinct), found)
