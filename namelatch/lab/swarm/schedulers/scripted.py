"""Scripted: who goes on until what, as a script of the lab tells it (`playing/script.py`). Everybody else waits.

Where the one whose turn it is sleeps, time passes. A turn that can't be, or does not end as it says, is OffScript.
"""

from collections.abc import Sequence

from namelatch.lab.playing.script import ENDINGS, TURN_STEPS, OffScript
from namelatch.lab.playing.script import Turn as Line
from namelatch.lab.swarm.simulation import Simulation
from namelatch.lab.swarm.turns import Turn


class Scripted:
    """A script's lines, one after the other; the schedule ends with them."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines, self._at, self._steps = lines, 0, 0

    def turn(self, simulation: Simulation) -> Turn | None:
        self._end(simulation)
        if self._at == len(self._lines):
            return None
        who = self._lines[self._at].who
        if self._steps == TURN_STEPS:
            raise OffScript(f"turn {self._at + 1}: {who} does nothing of the kind in {TURN_STEPS} steps")
        while who not in simulation.ready():
            if not simulation.pass_time():
                raise OffScript(f"turn {self._at + 1}: {who} can't go on any more")
        self._steps += 1
        return Turn(who)

    def _end(self, simulation: Simulation) -> None:
        """Go over to the next line, when the last call was what this one waited for."""
        if not self._steps or simulation.last is None:
            return
        line, (who, call, reply) = self._lines[self._at], simulation.last
        if not line.until.matches(line.who, call, reply):
            return
        if not isinstance(reply, ENDINGS[line.ends]):
            raise OffScript(f"turn {self._at + 1}: {who}'s {call.name!r} is not {line.ends} but {reply!r:.80}")
        self._at, self._steps = self._at + 1, 0
