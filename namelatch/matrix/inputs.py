"""The planner's inputs in a file: what a cell's runner turns, and a planner that was restarted reads again.

Replaced whole, so that nobody reads half of it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from coordination.plan import Generation
from coordination.ports import Inputs, Unavailable
from coordination.records import Endpoint, Records

FILE = "inputs.json"

Gives = Callable[[Endpoint, Generation], Records]


@dataclass(slots=True)
class Turned:
    """What should exist. `changed` has the revision at which each name was last touched, `removed` when it was taken
    down, `everything` when all may have changed."""

    directory: Path
    revision: int = 0
    everything: int = 0
    changed: dict[Endpoint, int] = field(default_factory=dict)
    removed: dict[Endpoint, int] = field(default_factory=dict)

    def touch(self, *names: Endpoint) -> int:
        """These have changed, or all; what was taken down comes back."""
        self.revision += 1
        if not names:
            self.everything = self.revision
        for name in names:
            self.changed[name] = self.revision
            self.removed.pop(name, None)
        return self._write()

    def remove(self, name: Endpoint) -> int:
        """This one is to go."""
        self.revision += 1
        self.removed[name] = self.revision
        return self._write()

    def since(self, name: Endpoint) -> int:
        """The revision of the last change that concerns a name."""
        return max(self.everything, self.changed.get(name, 0), self.removed.get(name, 0))

    def _write(self) -> int:
        told = {
            "revision": self.revision,
            "everything": self.everything,
            "changed": self.changed,
            "removed": self.removed,
        }
        beside = self.directory / f"{FILE}.new"
        beside.write_text(json.dumps(told), encoding="ascii")
        beside.replace(self.directory / FILE)
        return self.revision


class TurnedHealth:
    """`ports.Health` over that file: of `names`, in walk order, and what a plan `gives` each."""

    def __init__(self, directory: Path, names: tuple[Endpoint, ...], gives: Gives) -> None:
        self._path = directory / FILE
        self._names, self._gives = names, gives

    async def inputs(self, since: int) -> Inputs:
        """What should exist, and what changed after `since`. Raises Unavailable."""
        try:
            told = json.loads(self._path.read_text(encoding="ascii"))
        except FileNotFoundError:
            raise Unavailable("there are no inputs yet") from None
        removed = {Endpoint(name): at for name, at in told["removed"].items()}
        names = tuple(name for name in self._names if name not in removed)
        if since == 0 or told["everything"] > since:
            return Inputs(told["revision"], names, None, tuple(removed))
        changed = tuple(name for name in names if told["changed"].get(name, 0) > since)
        return Inputs(told["revision"], names, changed, tuple(name for name, at in removed.items() if at > since))

    def allocate(self, endpoint: Endpoint, generation: Generation) -> Records:
        """What a plan gives an endpoint."""
        return self._gives(endpoint, generation)
