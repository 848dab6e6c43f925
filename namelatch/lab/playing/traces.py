"""The traces of a verdict, each played again on the stage: what falls in a table has fallen twice.

`traces` is an error of ours where the stage does not see what the explorer saw: then a reduction, or a table, is wrong.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from namelatch.lab.check import LIVENESS, Verdict
from namelatch.lab.explorer.explore import Start, Step
from namelatch.lab.judged import JUDGED
from namelatch.lab.playing.files import Fell
from namelatch.lab.playing.schedule import LIVE, acts, fallen, play, stuck
from namelatch.lab.playing.stage import Act

SENTENCES: dict[str, str] = {one.id: one.sentence for one in JUDGED} | {name: text for name, text, _ in LIVENESS}


@dataclass(frozen=True, slots=True)
class Trace:
    """The shortest way to one invariant's fall. `fell`: this one first, then all that fall on the way."""

    invariant: str
    acts: tuple[Act, ...]
    steps: tuple[Step, ...]
    fell: tuple[Fell, ...]


def traces(start: Start, verdict: Verdict) -> Iterator[Trace]:
    """A trace for each invariant that fell, in the order of the catalogue."""
    for invariant in SENTENCES:
        if invariant in verdict.falls:
            schedule = acts(start, verdict.falls[invariant])
            steps = tuple(play(start, schedule))
            yield Trace(invariant, schedule, steps, _fell(invariant, steps))


def _fell(invariant: str, steps: tuple[Step, ...]) -> tuple[Fell, ...]:
    on_the_way = {one.invariant: one for one in fallen(steps)}
    if invariant in LIVE:
        return (stuck(invariant, len(steps)), *on_the_way.values())
    mine = on_the_way.pop(invariant, None)
    assert mine is not None, f"{invariant} fell in the search, and does not fall on the stage"
    assert mine.step == len(steps), f"{invariant} falls on the stage at step {mine.step} of {len(steps)}"
    return (mine, *on_the_way.values())
