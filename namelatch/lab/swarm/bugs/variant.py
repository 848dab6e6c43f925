"""How a bug is switched on: another cast, and a town in which it can show. Without either it is the build as it is."""

from collections.abc import Callable
from dataclasses import dataclass

from coordination.postures import Posture
from namelatch.lab.processes import Process
from namelatch.lab.swarm import town as towns
from namelatch.lab.swarm.town import Town


def _as_drawn(town: Town) -> Town:
    return town


@dataclass(frozen=True, slots=True)
class Variant:
    """`adapt` the drawn town, then `cast` who takes part in it under a bound posture."""

    adapt: Callable[[Town], Town] = _as_drawn
    cast: Callable[[Town, Posture], tuple[Process, ...]] = towns.cast
