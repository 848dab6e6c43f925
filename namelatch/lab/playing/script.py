"""A scripted schedule: who goes on until what. For the one run that a story tells, however long it is.

A script binds nobody but the schedule: the processes are the scenario's, and no rule holds them back. It says at each
turn how the turn must end, so that a script which no longer tells its story is an error and not another story.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from coordination.intents import Committed, Conflict
from coordination.postures import posture
from namelatch.lab.explorer.explore import Start, Step
from namelatch.lab.playing.asks import asks
from namelatch.lab.playing.stage import GOES_ON, Act, Stage
from namelatch.lab.processes import Process
from namelatch.lab.rules import FREE, When
from namelatch.lab.scenario import Scenario, begin

TURN_STEPS = 100  # until a turn's event: an enactment of a few endpoints takes some ten
ENDINGS: dict[str, type] = {"committed": Committed, "refused": Conflict, "read": object}


class OffScript(Exception):
    """A turn did not end as the script says. The text names it."""


@dataclass(frozen=True, slots=True)
class Turn:
    """`who` goes on until a call of its own that `until` describes is answered; `ends`: a word of ENDINGS.

    `chapters`: what this turn's last step shows, as (number of the chapter, words).
    """

    who: str
    until: When
    ends: str = "committed"
    chapters: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Script:
    """A story in turns. `chapters`: what the record says, in order; `others`: who takes part besides the scenario's."""

    scenario: Scenario
    posture: str
    title: str
    source: str
    chapters: tuple[str, ...]
    turns: tuple[Turn, ...]
    others: tuple[Process, ...] = ()


@dataclass(frozen=True, slots=True)
class Performance:
    """A script's run. `notes`: by the step's number, the chapters that it shows."""

    start: Start
    acts: tuple[Act, ...]
    steps: tuple[Step, ...]
    notes: dict[int, tuple[str, ...]]


def perform(script: Script) -> Performance:
    """Run a script. Raises OffScript where the protocol does otherwise."""
    scenario = replace(script.scenario, rule=FREE)
    start = begin(scenario, posture(script.posture))
    start = replace(start, processes=(*start.processes, *script.others))
    stage = Stage(start)
    acts: list[Act] = []
    steps: list[Step] = []
    notes: dict[int, tuple[str, ...]] = {}
    for number, turn in enumerate(script.turns, start=1):
        taken = _turn(stage, number, turn)
        acts += (act for act, _ in taken)
        steps += (step for _, step in taken)
        if turn.chapters:
            notes[len(steps)] = tuple(f"[{chapter}] {words}" for chapter, words in turn.chapters)
    return Performance(start, tuple(acts), tuple(steps), notes)


def _turn(stage: Stage, number: int, turn: Turn) -> Sequence[tuple[Act, Step]]:
    taken = []
    for _ in range(TURN_STEPS):
        call = stage.pending(turn.who)
        act = Act(turn.who, GOES_ON, asks(call))
        step = stage.take(act)
        taken.append((act, step))
        reply = step.calls[0][1]
        if turn.until.matches(turn.who, call, reply):
            if not isinstance(reply, ENDINGS[turn.ends]):
                raise OffScript(f"turn {number}: {turn.who}'s {act.asks!r} is not {turn.ends} but {reply!r:.80}")
            return taken
    raise OffScript(f"turn {number}: {turn.who} does nothing like {turn.until} in {TURN_STEPS} steps")
