"""One scenario under one posture: all schedules searched, every invariant judged, what was never seen said."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from coordination.postures import Posture
from namelatch.lab.explorer.explore import ALL, Explorer, Reductions, Step, never
from namelatch.lab.explorer.recovery import GaveUp, Recovery
from namelatch.lab.judged import Judging
from namelatch.lab.scenario import Scenario, begin
from namelatch.lab.world import World, all_applied, converged

MOST_STATES = 5_000_000
Trace = tuple[Step, ...]
LIVENESS = (
    ("not-wedged", "While plans come and one enactor lives, a later plan gets applied.", all_applied),
    ("converges", "When quiet: answered = applied = intended.", converged),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a search found. `falls`: by invariant, the shortest trace. `vacuous`: what was to be seen and never was.

    `exercised`: how many distinct writes each invariant had something to say about. `forbidden`: what was seen under
    `hardened` and must never be.
    """

    scenario: str
    posture: str
    states: int
    transitions: int
    depth: int
    exhausted: bool
    bit: bool
    seconds: float
    falls: dict[str, tuple[Step, ...]] = field(default_factory=dict)
    seen: frozenset[str] = frozenset()
    vacuous: tuple[str, ...] = ()
    exercised: Mapping[str, int] = field(default_factory=dict)
    forbidden: tuple[str, ...] = ()

    @property
    def fallen(self) -> frozenset[str]:
        """The ids of the invariants that fell."""
        return frozenset(self.falls)


def check(
    scenario: Scenario,
    posture: Posture,
    most_states: int = MOST_STATES,
    until: frozenset[str] | None = None,
    reductions: Reductions = ALL,
    watch: Callable[[Explorer], None] | None = None,
) -> Verdict:
    """Search until exhausted, `most_states` are seen, or every safety invariant in `until` has fallen.

    `watch` is handed the explorer before it begins, for whoever wants to tell how far it has come.
    """
    began = time.perf_counter()
    start = begin(scenario, posture)
    judging = Judging()
    explorer = Explorer(start, reductions, judging)
    if watch is not None:
        watch(explorer)
    found = explorer.run(most_states, never if until is None else until.issubset)
    falls = {invariant: explorer.trace(invariant) for invariant in sorted(explorer.fallen)}
    seen = frozenset(found.seen)  # before liveness is judged: that plays on without rules, and sees more
    if found.exhausted:
        try:
            falls |= _never_rests_well(explorer, reductions, most_states)
        except GaveUp:
            found.exhausted = False
    explorer.close()
    return Verdict(
        scenario.id,
        posture.name,
        found.states,
        found.transitions,
        found.depth,
        found.exhausted,
        any(rule.bit for rule in explorer.rules.values),
        time.perf_counter() - began,
        falls,
        seen,
        tuple(one for one in scenario.sometimes if one not in seen) if posture.name == "hardened" else (),
        dict(judging.exercised),
        tuple(one for one in scenario.never if one in seen) if posture.name == "hardened" else (),
    )


def _never_rests_well(explorer: Explorer, reductions: Reductions, most_states: int) -> Iterator[tuple[str, Trace]]:
    """Each liveness invariant that falls, with a shortest trace to a state that no way leads from to a good rest.

    Raises GaveUp when that takes a look at more states.
    """
    setting = explorer.start.setting
    if Recovery(explorer, partial(converged, setting), most_states).first_lost() is None:
        return  # who rests converged rests with all applied
    for name, _, good in LIVENESS:
        is_good = partial(good, setting)
        lost = Recovery(explorer, is_good, most_states).first_lost()
        if lost is not None:
            yield name, _shortest_to(explorer, lost, is_good, reductions, most_states)


def _shortest_to(
    explorer: Explorer, lost: int, good: Callable[[World], bool], reductions: Reductions, most_states: int
) -> Trace:
    """Late reads leave out states: some of those may be lost, and reached sooner."""
    if explorer.late_reads is None:
        return explorer.trace_to(lost)
    whole = Explorer(explorer.start, replace(reductions, late_reads=False))
    whole.run(most_states, most_depth=explorer.depth(lost))
    sooner = Recovery(whole, good, most_states).first_lost()
    return explorer.trace_to(lost) if sooner is None else whole.trace_to(sooner)
