"""The states found by a search step by step: where each came from, by which act, and which are due when."""

from array import array
from collections.abc import Iterator


class Reached:
    """All states by their numbers in `keys`; `parents`, `acts` and `depths` are by its index."""

    def __init__(self) -> None:
        self.keys: list[int] = []
        self._known: dict[int, int] = {}
        self.parents, self.acts, self.depths = array("q"), array("H"), array("I")
        self._due: list[list[int]] = []

    def begin(self, key: int) -> None:
        """The state in which everything begins."""
        self.reach(-1, key, 0, 0)

    @property
    def deepest(self) -> int:
        """The depth of those that are due last."""
        return len(self._due) - 1

    def due(self, depth: int) -> Iterator[int]:
        """The states of one depth."""
        yield from self._due[depth]
        self._due[depth] = []

    def reach(self, parent: int, key: int, act: int, depth: int) -> None:
        """A state is reached: note it, if it is new."""
        if key in self._known:
            return
        self._known[key] = len(self.keys)
        if depth > self.deepest:
            self._due.append([])
        self._due[depth].append(len(self.keys))
        self.keys.append(key)
        self.parents.append(parent)
        self.acts.append(act)
        self.depths.append(depth)
