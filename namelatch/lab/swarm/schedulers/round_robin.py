"""Round robin: one call each, in turn. What healing is judged under: whoever can go on does, soon."""

from collections.abc import Sequence


class RoundRobin:
    """The next of the ready behind the last who went on, in the order of their names."""

    def __init__(self) -> None:
        self._last = ""

    def pick(self, ready: Sequence[str]) -> str:
        self._last = min((name for name in ready if name > self._last), default=min(ready))
        return self._last
