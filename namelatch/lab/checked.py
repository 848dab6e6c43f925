"""A search and all that is to be said of it: what was asked, the verdict, and each trace played again."""

from dataclasses import dataclass, fields

from coordination.postures import Posture
from namelatch.lab.check import Verdict, check
from namelatch.lab.explorer.explore import Reductions, Start
from namelatch.lab.playing.schedule import LIVE, Watch
from namelatch.lab.playing.traces import Trace, traces
from namelatch.lab.rules import FREE
from namelatch.lab.scenario import Scenario, begin


@dataclass(frozen=True, slots=True)
class Checked:
    """A verdict and what it is about. `scenario` has the bounds of the search; `own_bounds`: they are its own."""

    scenario: Scenario
    posture: Posture
    start: Start
    most_states: int
    own_bounds: bool
    reductions: Reductions
    verdict: Verdict
    traces: tuple[Trace, ...]

    def ending(self, invariant: str) -> str:
        """`fell`, `held`, or why neither can be said."""
        if invariant in self.verdict.falls:
            return "fell"
        if self.verdict.exhausted:
            return "held"
        return "not judged" if invariant in LIVE else "held so far"

    @property
    def expected(self) -> frozenset[str] | None:
        """What the scenario says must fall here; None where it says nothing, or about other bounds than these."""
        return self.scenario.expects.get(self.posture.name) if self.own_bounds else None

    @property
    def unproven(self) -> tuple[str, ...]:
        """Why what held proves less than it seems."""
        found = [f"never seen: {one}" for one in self.verdict.vacuous]
        if not self.verdict.bit:
            found.insert(0, "the scenario's rule never bit")
        return tuple(found)

    @property
    def reduced(self) -> tuple[str, ...]:
        """The reductions in force, by name."""
        named = [one.name for one in fields(Reductions) if getattr(self.reductions, one.name)]
        names = [one.replace("_", " ") for one in named if one != "late_reads" or self.start.rule is FREE]
        return (*names, f"numbering {self.start.setting.numbering.value}")


def checked(
    scenario: Scenario,
    posture: Posture,
    most_states: int,
    own_bounds: bool,
    watch: Watch | None = None,
) -> Checked:
    """Search, and play what fell. `watch` is handed the explorer before it begins."""
    reductions = Reductions()
    verdict = check(scenario, posture, most_states, reductions=reductions, watch=watch)
    start = begin(scenario, posture)
    played = tuple(traces(start, verdict))
    return Checked(scenario, posture, start, most_states, own_bounds, reductions, verdict, played)
