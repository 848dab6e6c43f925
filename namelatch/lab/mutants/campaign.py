"""A whole run: the unmutated protocol first, which must pass; then mutants, each to its first kill; then the sums."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from namelatch.lab.mutants.book import Book
from namelatch.lab.mutants.bound import Bound
from namelatch.lab.mutants.kills import sound
from namelatch.lab.mutants.mutant import Made, Mutant
from namelatch.lab.mutants.reasons import REASONS, Reason, reason
from namelatch.lab.mutants.trial import Real, Tried, real, tried


class Unsound(Exception):
    """The unmutated protocol does not pass, so that nothing can be said of mutants. The text says where."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A run's outcome: every mutant's end in the order of the text, what was left out, how long it took."""

    tried: tuple[Tried, ...]
    left_out: Counter[str]
    bounds: int
    seconds: float
    cpu_s: float
    reasons: tuple[Reason, ...] = REASONS

    @property
    def survivors(self) -> tuple[Tried, ...]:
        """Those that no search noticed by more than its numbers."""
        return tuple(one for one in self.tried if one.kill is None)

    @property
    def unexplained(self) -> tuple[Mutant, ...]:
        """Survivors for which nobody has said why."""
        return tuple(one.mutant for one in self.survivors if reason(one.mutant, self.reasons) is None)


Told = Callable[[int, int, int], None]


def run(
    made: Made,
    bounds: Sequence[Bound],
    processes: int,
    told: Told,
    book: Book,
    anew: bool = True,
    everywhere: bool = True,
    reasons: tuple[Reason, ...] = REASONS,
) -> Ended:
    """Try the mutants, or those of which the book does not say how they end; write down in it how they do.

    Not `everywhere`, but in some bounds only, one that lives has not come to its end: it is not written down.
    `told` hears how many are done, of how many, and how many of them live. Raises Unsound.
    """
    began = time.monotonic()
    ends = {} if anew else {one.key: end for one in made.mutants if (end := book.of(one)) is not None}
    # First those of which nothing is known: a run that is stopped has then added most to the page.
    left = sorted((one for one in made.mutants if one.key not in ends), key=lambda one: book.last(one) is not None)
    cpu_s = 0.0
    if left:
        reals = controls(bounds, processes)
        cpu_s += sum(one.cpu_s for one in reals.values())
        bounds = [one for one in bounds if reals[one.name].found.exhausted]
        alive = sum(one.kill is None for one in ends.values())
        for one in tried(left, bounds, reals, processes, book.hints()):
            ends[one.mutant.key] = one
            if everywhere or one.kill is not None:
                book.add(one)
            cpu_s += one.cpu_s
            alive += one.kill is None
            told(len(ends), len(made.mutants), alive)
    ordered = tuple(ends[one.key] for one in made.mutants)
    return Ended(ordered, made.left_out, len(bounds), time.monotonic() - began, cpu_s, reasons)


def controls(bounds: Sequence[Bound], processes: int) -> dict[str, Real]:
    """The unmutated protocol through all bounds. Raises Unsound when the lab would take it for a mutant.

    Of what it does not come to the end of, only spare bounds are forgiven.
    """
    reals = real(bounds, processes)
    for bound in bounds:
        found = reals[bound.name].found
        if found.exhausted and (wrong := sound(bound, found)):
            raise Unsound(wrong)
        if found.error or not (found.exhausted or bound.spare):
            raise Unsound(f"{bound.name}: {found.error or f'not exhausted within {bound.states:,} states'}")
    return reals


def sampled(mutants: Sequence[Mutant], count: int, seed: int) -> list[Mutant]:
    """So many of them, the same for the same seed; in their order."""
    if count >= len(mutants):
        return list(mutants)
    chosen = sorted(Random(seed).sample(range(len(mutants)), count))  # noqa: S311 (a choice, not a secret)
    return [mutants[at] for at in chosen]
