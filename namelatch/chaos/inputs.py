"""The inputs of a run: what the inventory has, less what was taken down, as the file of `matrix.inputs` tells it.

And who turns them: a steady stream of small changes, some names taken down and brought back, from a seed of its own.
"""

import json
import random
from pathlib import Path

from coordination.plan import Generation
from coordination.ports import Inputs, Unavailable
from coordination.records import Endpoint, Records
from namelatch.demo.addresses import allocate
from namelatch.demo.inventory import Inventory
from namelatch.matrix.inputs import FILE, Turned

AWAY_MOST = 40  # names that are down at once
CHANGED_MOST = 60  # names of one small plan


class FileHealth:
    """`ports.Health` over that file and an inventory."""

    def __init__(self, directory: Path, inventory: Inventory) -> None:
        self._path = directory / FILE
        self._inventory = inventory

    async def inputs(self, since: int) -> Inputs:
        """What should exist, and what changed after `since`. Raises Unavailable."""
        try:
            told = json.loads(self._path.read_text(encoding="ascii"))
        except FileNotFoundError:
            raise Unavailable("there are no inputs yet") from None
        removed = {Endpoint(name): int(at) for name, at in told["removed"].items()}
        names = self._inventory.endpoints
        if removed:
            names = tuple(name for name in names if name not in removed)
        if since == 0 or told["everything"] > since:
            return Inputs(told["revision"], names, None, tuple(removed))
        changed = tuple(Endpoint(name) for name, at in told["changed"].items() if at > since and name not in removed)
        return Inputs(told["revision"], names, changed, tuple(name for name, at in removed.items() if at > since))

    def allocate(self, endpoint: Endpoint, generation: Generation) -> Records:
        """Addresses that tell their generation."""
        return allocate(endpoint, generation, self._inventory.types(endpoint))


class Traffic:
    """One change of the inputs after the other. `taken_down` has every name that ever was, with when (monotonic)."""

    def __init__(self, turned: Turned, inventory: Inventory, seed: int) -> None:
        self.turned = turned
        self.changes = 0
        self.taken_down: dict[Endpoint, float] = {}
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
                self.taken_down.setdefault(name, now)
                self.turned.remove(name)
                return
        if away and lot > 0.85:
            self.turned.touch(self._chance.choice(away))
            return
        there = [name for name in self._some() if name not in self.turned.removed]
        self.turned.touch(*(there or [self._spared]))

    def _some(self) -> list[Endpoint]:
        most = min(CHANGED_MOST, len(self._names))
        return self._chance.sample(self._names, self._chance.randint(1, most))
