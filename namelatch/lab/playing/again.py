"""A saved schedule against the code as it is: what falls now, beside what fell when it was saved."""

from dataclasses import dataclass, replace

from coordination.postures import Posture
from namelatch.lab.explorer.explore import Start, Step
from namelatch.lab.playing.files import Fell, Replay
from namelatch.lab.playing.schedule import LIVE, Watch, fallen, lost, play
from namelatch.lab.playing.stage import Unplayable
from namelatch.lab.scenario import Scenario, begin


@dataclass(frozen=True, slots=True)
class Compared:
    """One invariant, as it fell when the file was saved and as it falls now; None: it did not, or does not."""

    invariant: str
    was: Fell | None
    now: Fell | None


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of a replay. `off`: at which step it could not be followed any further, and why."""

    replay: Replay
    scenario: Scenario
    posture: Posture
    start: Start
    steps: tuple[Step, ...]
    compared: tuple[Compared, ...]
    off: str | None = None

    @property
    def falls(self) -> bool:
        """Whether anything falls now."""
        return any(one.now is not None for one in self.compared)


def replayed(saved: Replay, scenario: Scenario, posture: Posture, watch: Watch | None = None) -> Replayed:
    """Play a replay of this scenario under this posture, within the bounds that it was found in.

    `watch` is handed the explorer that judges liveness, before it begins.
    """
    within = replace(scenario, budget=saved.bounds)
    start = begin(within, posture)
    steps: list[Step] = []
    off = None
    try:
        steps += play(start, saved.acts)
    except Unplayable as reason:
        off = str(reason)
    now = {one.invariant: one for one in fallen(steps)}
    if off is None:
        for name in (one.invariant for one in saved.fell if one.invariant in LIVE):
            found = lost(start, saved.acts, name, watch)
            now |= {} if found is None else {name: found}
    was = {one.invariant: one for one in saved.fell}
    compared = tuple(Compared(name, was.get(name), now.get(name)) for name in {**was, **now})
    return Replayed(saved, within, posture, start, tuple(steps), compared, off)
