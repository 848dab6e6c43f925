"""One cell of the table: which resolver, in front of a server with which SOA MINIMUM, with serve-stale or without."""

from collections.abc import Sequence
from dataclasses import dataclass

from namelatch.trouble import Misuse

MINIMUMS_S = (900, 60, 5)  # Route 53's, a usual one, and ours by default


DARK_S = 90.0  # an outage, where nothing else is said: longer than a MINIMUM of 60 and no multiple of it
MINIMUM_MOST_S = 86_400  # a day: resolvers keep nothing for longer


def minimums(text: str) -> tuple[int, ...]:
    """SOA MINIMUMs out of a list with commas, each once. Raises Misuse."""
    found = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and 1 <= int(part[:9]) <= MINIMUM_MOST_S for part in found):
        raise Misuse(f"--resolvers {text}: say SOA MINIMUMs in seconds, 1 to {MINIMUM_MOST_S}, separated by commas")
    return tuple(dict.fromkeys(map(int, found)))


@dataclass(frozen=True, slots=True)
class Cell:
    """One resolver process. `kind` is a resolver's name, `minimum_s` the SOA MINIMUM of the server that it asks."""

    kind: str
    minimum_s: int
    serve_stale: bool

    @property
    def name(self) -> str:
        """Of its process and its directory."""
        return f"{self.kind}-{self.minimum_s}{'-stale' if self.serve_stale else ''}"


def grid(kinds: Sequence[str], minimums_s: Sequence[int]) -> tuple[Cell, ...]:
    """Every cell, by kind, then without and with serve-stale, then by MINIMUM as given."""
    return tuple(Cell(kind, minimum, stale) for kind in kinds for stale in (False, True) for minimum in minimums_s)
