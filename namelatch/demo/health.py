"""The demo's health inputs: everything is healthy, and something has changed when the script says so.

Each touch is a new revision. What changed since a revision is exact as far back as touches are kept; asked
about before that, or when everything was touched, the answer is "everything may have changed", which
makes the planner publish a full plan. A failing source raises: it never answers with less.
"""

from collections import deque
from collections.abc import Iterable

from coordination.plan import Generation
from coordination.ports import Inputs, Unavailable
from coordination.records import Endpoint, Records
from namelatch.demo.addresses import allocate
from namelatch.demo.inventory import Inventory

TOUCHES_KEPT = 4_096  # a planner that slept through more gets a full plan; enough for the longest delta stream


class ScriptedHealth:
    """ports.Health over an inventory. The script calls `touch`, `remove`, `fail` and `recover`; the planner reads."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._known = frozenset(inventory.endpoints)
        self._revision = 1
        self._touches: deque[tuple[int, frozenset[Endpoint] | None]] = deque(maxlen=TOUCHES_KEPT)
        self._removed: dict[Endpoint, int] = {}
        self._failing: str | None = None

    @property
    def revision(self) -> int:
        """Grows by one with every touch and removal; never 0, which is a planner's "I know nothing"."""
        return self._revision

    def touch(self, endpoints: Iterable[Endpoint] | None = None) -> int:
        """These endpoints changed (None: everything). A removed one is back. Returns the new revision."""
        named = None if endpoints is None else self._checked(endpoints)
        for name in named or ():
            self._removed.pop(name, None)
        return self._record(named)

    def remove(self, endpoints: Iterable[Endpoint]) -> int:
        """These endpoints are to be taken down, on purpose. Returns the new revision."""
        named = self._checked(endpoints)
        revision = self._record(frozenset())
        self._removed |= dict.fromkeys(named, revision)
        return revision

    def removed(self) -> tuple[Endpoint, ...]:
        """Everything taken down, in walk order."""
        return tuple(name for name in self._inventory.endpoints if name in self._removed) if self._removed else ()

    def fail(self, reason: str = "the health source does not answer") -> None:
        """From now on `inputs` raises Unavailable."""
        self._failing = reason

    def recover(self) -> None:
        """`inputs` answers again."""
        self._failing = None

    async def inputs(self, since: int) -> Inputs:
        """What should exist, and what changed after revision `since`. Raises Unavailable while failing."""
        if self._failing is not None:
            raise Unavailable(self._failing)
        walk = self._inventory.endpoints
        if self._removed:
            walk = tuple(name for name in walk if name not in self._removed)
        changed = self._changed(since)
        if changed is None:  # a full plan starts the chain anew: it has to say again what was taken down
            return Inputs(self._revision, walk, None, self.removed())
        touched = tuple(name for name in walk if name in changed) if changed else ()
        gone = tuple(name for name in self.removed() if self._removed[name] > since)
        return Inputs(self._revision, walk, touched, gone)

    def allocate(self, endpoint: Endpoint, generation: Generation) -> Records:
        """Addresses that tell their generation (see addresses.py): pure."""
        return allocate(endpoint, generation, self._inventory.types(endpoint))

    def _checked(self, endpoints: Iterable[Endpoint]) -> frozenset[Endpoint]:
        named = frozenset(endpoints)
        if unknown := sorted(named - self._known):
            raise ValueError(f"{unknown[0]} is not in the inventory")
        return named

    def _record(self, named: frozenset[Endpoint] | None) -> int:
        self._revision += 1
        self._touches.append((self._revision, named))
        return self._revision

    def _changed(self, since: int) -> frozenset[Endpoint] | None:
        oldest = self._touches[0][0] if self._touches else self._revision + 1
        if not oldest - 1 <= since <= self._revision:  # 0, before what is kept, or another life's revision
            return None
        changed: set[Endpoint] = set()
        for _, named in (touch for touch in self._touches if touch[0] > since):
            if named is None:
                return None
            changed |= named
        return frozenset(changed)
