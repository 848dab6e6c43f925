"""A picker says who goes on, the weather what goes wrong there."""

from typing import Protocol

from namelatch.lab.kernel import Call
from namelatch.lab.swarm.schedulers import Picker
from namelatch.lab.swarm.simulation import Simulation
from namelatch.lab.swarm.turns import Turn


class Strikes(Protocol):
    """Who says what goes wrong."""

    def turn(self, who: str, call: Call, lease: str | None) -> Turn:
        """How this process goes on with this call."""
        ...


class Struck:
    """Both together. `first`: turns to begin with."""

    def __init__(self, picker: Picker, weather: Strikes, first: tuple[Turn, ...] = ()) -> None:
        self._picker, self._weather, self._first = picker, weather, list(first)

    def turn(self, simulation: Simulation) -> Turn | None:
        if self._first:
            return self._first.pop(0)
        ready = simulation.ready()
        if not ready:
            return None
        who = self._picker.pick(ready)
        player = simulation.players[who]
        return self._weather.turn(who, player.continuation.pending, player.process.lease)
