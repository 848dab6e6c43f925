"""Liveness: from every state, with no fault left to come, there must be a way to a good state of rest.

That is what fairness gives: a way that is always open is taken in the end. Each state's way is tried by one fixed order
first (`Explorer.rest`'s: each in turn until the world has changed), remembered for all states on it; only where that
ends badly, all orders are searched from there. Rules bind nobody here: a fault that is over holds nobody back, so that
there may be many more states than the search before has met. How many is bounded, and GaveUp says that they were more.
"""

from collections.abc import Callable, Sequence

from namelatch.lab.explorer.explore import Explorer
from namelatch.lab.explorer.garbage import keeps_everything
from namelatch.lab.explorer.numbers import WORLD_MASK
from namelatch.lab.world import World


class GaveUp(Exception):
    """More states than it was allowed to look at: nothing is known."""


class Recovery:
    """Whether a state can still come to a good rest, for one explorer and one idea of good.

    `most_states`: raises GaveUp when it would have to look at more; None: however many there are.
    """

    def __init__(self, explorer: Explorer, good: Callable[[World], bool], most_states: int | None = None) -> None:
        self._explorer, self._good, self._most_states = explorer, good, most_states
        self._known: dict[int, bool] = {}
        self._judged: dict[int, bool] = {}

    @keeps_everything
    def first_lost(self) -> int | None:
        """The index of the state soonest reached from which no way leads to a good rest; None when all have one."""
        keys = self._explorer.keys
        return next((index for index in self._in_doubt() if not self.possible(keys[index])), None)

    def _in_doubt(self) -> Sequence[int]:
        """The states that may be lost, in the order of their depths. With late reads most are known to be fine."""
        resting = self._explorer.resting
        if resting is None:
            return range(len(self._explorer.keys))
        return sorted(resting.elsewhere(self._is_good), key=self._explorer.depth)

    def possible(self, key: int) -> bool:
        """Whether a way leads from this state to a good rest."""
        key = self._explorer.unruled(key)
        if key not in self._known and not self._by_fixed_order(key):
            self._by_all_orders(key)
        return self._known[key]

    def _by_fixed_order(self, key: int) -> bool:
        way: list[int] = []
        passed: set[int] = set()
        at: int | None = key
        while at is not None and at not in passed:
            if at in self._known:
                good = self._known[at]
                break
            passed.add(at)
            way.append(at)
            following = self._explorer.turn(at)
            if following == at:
                good = self._is_good(at & WORLD_MASK)
                break
            at = following
        else:
            return False
        if good:
            self._known.update(dict.fromkeys(way, True))
        return good

    def _by_all_orders(self, key: int) -> None:
        """Search forward until a state with a good way is met; if none is, everything seen on the way is lost."""
        seen, left = {key}, [key]
        came: dict[int, int] = {}
        while left:
            if self._most_states is not None and len(seen) + len(self._known) > self._most_states:
                raise GaveUp
            at = left.pop()
            for following in self._explorer.successors(at):
                if following in seen:
                    continue
                seen.add(following)
                came[following] = at
                if self._known.get(following) or (following not in self._known and self._by_fixed_order(following)):
                    self._mark(following, came)
                    return
                if following not in self._known:
                    left.append(following)
        self._known.update(dict.fromkeys(seen, False))

    def _mark(self, good: int, came: dict[int, int]) -> None:
        """All states on the way to a good one are good."""
        at: int | None = came.get(good)
        while at is not None:
            self._known[at] = True
            at = came.get(at)

    def _is_good(self, world: int) -> bool:
        if world not in self._judged:
            self._judged[world] = self._good(self._explorer.worlds.values[world])
        return self._judged[world]
