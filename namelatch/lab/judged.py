"""What the lab judges of every committed batch: safety, and what is promised beside it. Liveness is judged at rest."""

from collections import Counter
from collections.abc import Iterator

from coordination.invariants import SAFETY, Fall, Invariant
from coordination.promises import APART
from namelatch.lab.world import Transition

JUDGED: tuple[Invariant, ...] = (*SAFETY, *APART)


class Judging:
    """The lab's judge, and how many distinct writes exercised each invariant."""

    def __init__(self) -> None:
        self.exercised: Counter[str] = Counter()

    def __call__(self, transition: Transition) -> Iterator[Fall]:
        of = transition.before, transition.batch, transition.after
        for invariant in JUDGED:
            self.exercised[invariant.id] += invariant.exercised(*of)
            yield from invariant.falls(*of)
