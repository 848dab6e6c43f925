"""The inputs of a run: a stream of small changes, some names taken down and brought back, from a seed."""

import random
from pathlib import Path

from coordination.plan import Generation
from coordination.records import Endpoint, Records
from namelatch.chaos.absences import Away
from namelatch.demo.addresses import allocate
from namelatch.demo.inventory import Inventory, inventory
from namelatch.matrix.inputs import Gives, Turned, TurnedHealth

AWAY_MOST = 40  # names that are down at once
CHANGED_MOST = 60  # names of one small plan


def turned_health(directory: Path, records: int) -> TurnedHealth:
    """What a run's planner plans from: so many records, of which the directory's file says what has changed."""
    there = inventory(records)
    return TurnedHealth(directory, there.endpoints, giving(there))


def giving(there: Inventory) -> Gives:
    """What a plan gives each name."""

    def gives(endpoint: Endpoint, generation: Generation) -> Records:
        return allocate(endpoint, generation, there.types(endpoint))

    return gives


class Traffic:
    """One change of the inputs after the other. `away` has every time that a name was taken down."""

    def __init__(self, turned: Turned, inventory: Inventory, seed: int) -> None:
        self.turned = turned
        self.changes = 0
        self.away: list[Away] = []
        self._chance = random.Random(seed)  # noqa: S311  (traffic that can be had again)
        self._names = inventory.endpoints
        self._spared = inventory.regional

    def next(self, now: float) -> None:
        """Change something: mostly a few names, sometimes one goes or comes back."""
        self.changes += 1
        lot = self._chance.random()
        away = list(self.turned.removed)
        if lot < 0.15 and len(away) < AWAY_MOST:
            name = self._chance.choice(self._names)
            if name != self._spared and name not in self.turned.removed:
                self.away.append(Away(name, now))
                self.turned.remove(name)
                return
        if away and lot > 0.85:
            name = self._chance.choice(away)
            revision = self.turned.touch(name)
            last = max(at for at, one in enumerate(self.away) if one.endpoint == name)
            self.away[last] = self.away[last]._replace(back=revision)
            return
        there = [name for name in self._some() if name not in self.turned.removed]
        self.turned.touch(*(there or [self._spared]))

    def _some(self) -> list[Endpoint]:
        most = min(CHANGED_MOST, len(self._names))
        return self._chance.sample(self._names, self._chance.randint(1, most))
