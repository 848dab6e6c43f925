"""What many seeds came to, added up. Sums and firsts alone, so that the order in which parts come does not matter."""

from collections import Counter
from dataclasses import dataclass, field

from namelatch.lab.playing.files import Fell
from namelatch.lab.swarm.trial import Trial


@dataclass(slots=True)
class Tally:
    """`healed`: the most steps that any seed took to come to rest after healing. `first`: by invariant, the lowest
    seed under which it fell, and how; `fell`: under how many."""

    seeds: int = 0
    steps: int = 0
    healed: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    exercised: Counter[str] = field(default_factory=Counter)
    schedulers: Counter[str] = field(default_factory=Counter)
    fell: Counter[str] = field(default_factory=Counter)
    first: dict[str, tuple[int, Fell]] = field(default_factory=dict)

    def add(self, trial: Trial) -> None:
        """One more seed."""
        self.seeds += 1
        self.steps += trial.steps
        self.healed = max(self.healed, trial.healed)
        self.schedulers[trial.scheduler] += 1
        self.faults.update(trial.faults)
        self.seen.update(trial.seen)
        self.exercised.update(trial.exercised)
        for one in trial.fell:
            self.fell[one.invariant] += 1
            self._first(one.invariant, trial.seed, one)

    def join(self, other: "Tally") -> None:
        """The seeds of another part."""
        self.seeds += other.seeds
        self.steps += other.steps
        self.healed = max(self.healed, other.healed)
        for mine, its in (
            (self.faults, other.faults),
            (self.seen, other.seen),
            (self.exercised, other.exercised),
            (self.schedulers, other.schedulers),
            (self.fell, other.fell),
        ):
            mine.update(its)
        for name, (seed, fell) in other.first.items():
            self._first(name, seed, fell)

    def _first(self, name: str, seed: int, fell: Fell) -> None:
        if name not in self.first or seed < self.first[name][0]:
            self.first[name] = seed, fell
