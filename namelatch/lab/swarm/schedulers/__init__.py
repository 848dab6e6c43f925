"""Who goes on next. One file a scheduler, one entry here for each that can be asked for by name.

A scheduler says the next turn; None when nobody can go on any more. Those by name only pick among the ready, and the
weather says what goes wrong (`struck.py`); `scripted.py` and `replay.py` say both themselves; `twice.py` plays every
schedule of another a second time.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from namelatch.lab.swarm.schedulers.pct import Pct
from namelatch.lab.swarm.schedulers.round_robin import RoundRobin
from namelatch.lab.swarm.schedulers.uniform import Uniform
from namelatch.lab.swarm.simulation import Simulation
from namelatch.lab.swarm.source import Source
from namelatch.lab.swarm.turns import Turn


class Scheduler(Protocol):
    """Who says the next turn."""

    def turn(self, simulation: Simulation) -> Turn | None:
        """The next turn; None when nobody can go on any more."""
        ...


class Picker(Protocol):
    """Who only says who."""

    def pick(self, ready: Sequence[str]) -> str:
        """One of those who may go on, of whom there is at least one."""
        ...


PICKERS: tuple[tuple[str, Callable[[Source], Picker]], ...] = (
    ("random", Uniform),
    ("pct", Pct),
    ("round-robin", lambda _: RoundRobin()),
)
NAMES = tuple(name for name, _ in PICKERS)


def picker(name: str, source: Source) -> Picker:
    """The picker of that name."""
    return dict(PICKERS)[name](source)


def drawn(source: Source) -> str:
    """Which picker a seed has where none is asked for: mostly chance, often priorities, sometimes turn by turn."""
    return source.pick(("random", "random", "random", "random", "random", "pct", "pct", "pct", "pct", "round-robin"))
