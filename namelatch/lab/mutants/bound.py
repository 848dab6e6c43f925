"""One search that a mutant has to pass: a beginning, what falls and what must be seen, and how far it may go.

A scenario under one of the postures it speaks of is a bound; others are made for mutants (`bounds.py`). A search stops
at once when something falls that should not.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from coordination import limits
from namelatch.lab.check import LIVENESS
from namelatch.lab.explorer.explore import Explorer, Start
from namelatch.lab.explorer.recovery import Recovery
from namelatch.lab.judged import Judging
from namelatch.lab.mutants.effort import NoEnd, effort
from namelatch.lab.mutants.tidy import restless, tidy
from namelatch.lab.world import World


@dataclass(frozen=True, slots=True)
class Bound:
    """`falls`: what has to fall, no less and no more. `sometimes`: what has to be seen; `never`: what must not.

    `tidy`: at rest nothing may be left that nobody needs, nor anybody be restless. `rest`: what else must be so at a
    rest that can always be come to. `every`: what has to be so in every world that is come to. `limits`: other limits
    than the product's, so that what takes thousands of names there takes three here. `quick`: most mutants fall by it,
    so it comes first. `states`: the unmutated protocol is searched for so many, and comes to its end; where it does
    not, it is an error, or, if the bound is `spare`, the bound is left out. `effort`: what an undisturbed run from
    there costs (`effort.py`); nothing else is searched then.
    """

    name: str
    begin: Callable[[], Start]
    falls: frozenset[str] = frozenset()
    sometimes: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    tidy: bool = False
    rest: Callable[[World], bool] | None = None
    every: Callable[[World], bool] | None = None
    limits: Mapping[str, int] = field(default_factory=dict)
    states: int = 40_000
    quick: bool = False
    spare: bool = False
    effort: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """What one search found. `error`: what the protocol raised, if it did."""

    states: int
    transitions: int
    exhausted: bool
    bit: bool
    fallen: frozenset[str]
    seen: frozenset[str]
    error: str = ""
    effort: Mapping[str, str] = field(default_factory=dict)


def searched(bound: Bound, most_states: int) -> Found:
    """Search a bound's every schedule, `most_states` at most."""
    with _limited(bound.limits):
        try:
            return _undisturbed(bound) if bound.effort else _searched(bound, most_states)
        except Exception as error:  # whatever a broken protocol may raise: it was noticed
            return Found(0, 0, False, False, frozenset(), frozenset(), f"{type(error).__name__}: {error}"[:200])


def _searched(bound: Bound, most_states: int) -> Found:
    start = bound.begin()
    explorer = Explorer(start, judge=Judging())
    found = explorer.run(most_states, lambda fallen: not bound.falls.issuperset(fallen))
    fallen = set(explorer.fallen)
    if found.exhausted and bound.falls.issuperset(fallen):
        goals: list[tuple[str, Callable[[World], bool]]] = []
        for name, good in (*((name, good) for name, _, good in LIVENESS), *([("tidy", tidy)] if bound.tidy else [])):
            goals.append((name, partial(good, start.setting)))
        goals += [("rest", bound.rest)] if bound.rest is not None else []
        fallen.update(name for name, good in goals if Recovery(explorer, good).first_lost() is not None)
        if bound.tidy and restless(explorer):
            fallen.add("restless")
        if bound.every is not None and not all(map(bound.every, explorer.worlds.values)):
            fallen.add("every")
    bit = any(rule.bit for rule in explorer.rules.values)
    explorer.close()
    return Found(found.states, found.transitions, found.exhausted, bit, frozenset(fallen), frozenset(found.seen))


def _undisturbed(bound: Bound) -> Found:
    nothing: frozenset[str] = frozenset()
    try:
        return Found(1, 0, True, False, nothing, nothing, effort=effort(bound.begin()))
    except NoEnd:
        return Found(1, 0, False, False, nothing, nothing)


@contextmanager
def _limited(others: Mapping[str, int]) -> Iterator[None]:
    were = {name: getattr(limits, name) for name in others}
    for name, value in others.items():
        setattr(limits, name, value)
    try:
        yield
    finally:
        for name, value in were.items():
            setattr(limits, name, value)
