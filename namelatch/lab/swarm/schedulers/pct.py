"""PCT: a priority each, the highest goes on, and at d - 1 drawn moments who is about to go on falls behind all others.

Burckhardt and others, "A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs" (ASPLOS 2010): a bug that
needs d orderings among n processes and k steps is found by one run with a chance of at least 1 / (n k^(d-1)). Here k
is an estimate, and a process that waits is passed over.
"""

from collections.abc import Sequence

from namelatch.lab.swarm.source import Source

STEPS = 400  # k: about as many as a safety phase has
MOST_DEPTH = 5  # d is drawn from 1 up to this


class Pct:
    """Priorities. `depth`: d, drawn if it is not given; `steps`: k."""

    def __init__(self, source: Source, depth: int | None = None, steps: int = STEPS) -> None:
        self._source = source
        self.depth = source.between(1, MOST_DEPTH) if depth is None else depth
        self.changes = frozenset(source.between(1, steps) for _ in range(self.depth - 1))
        self._priorities: dict[str, float] = {}
        self._step = self._lowest = 0

    def pick(self, ready: Sequence[str]) -> str:
        self._step += 1
        who = self._highest(ready)
        if self._step in self.changes:
            self._lowest -= 1
            self._priorities[who] = self._lowest
            who = self._highest(ready)
        return who

    def _highest(self, ready: Sequence[str]) -> str:
        for name in ready:
            if name not in self._priorities:
                self._priorities[name] = self._source.unit()
        return max(ready, key=self._priorities.__getitem__)
