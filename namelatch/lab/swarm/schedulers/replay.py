"""Replay: turns as they were taken before. The schedule ends with them.

A turn is only taken where it could have been: by somebody who is ready then. The protocol that has come to ask for
something else is not noticed here; the history that comes out says so.
"""

from collections.abc import Sequence

from namelatch.lab.playing.stage import Unplayable
from namelatch.lab.swarm.simulation import Simulation
from namelatch.lab.swarm.turns import LOG, Turn


class Replay:
    """A schedule on record."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self._turns, self._at = turns, 0

    def turn(self, simulation: Simulation) -> Turn | None:
        if self._at == len(self._turns):
            return None
        turn = self._turns[self._at]
        self._at += 1
        if turn.who != LOG and turn.who not in simulation.ready():
            raise Unplayable(f"turn {self._at}: {turn.who} can't go on there")
        return turn
