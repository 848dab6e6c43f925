"""Plans: what every endpoint should answer, numbered by generation.

A full plan (base None) names every endpoint. A delta names its base; an endpoint it does not name is
unchanged. Removal is explicit, in both kinds: an entry whose records are None. An endpoint's goal
under generation G is the newest generation <= G that names it: acting on the newest delta alone would
lose changes for good, so plans are folded along their chain. Entries stand in the order of the walk.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, NewType

from coordination.limits import GENERATION_DIGITS
from coordination.records import Endpoint, Records

Generation = NewType("Generation", int)


class Entry(NamedTuple):
    """One endpoint's records under a plan; None removes the endpoint."""

    endpoint: Endpoint
    records: Records | None


class Goal(NamedTuple):
    """What an endpoint should follow: the generation that last named it, and what that generation gave it."""

    endpoint: Endpoint
    generation: Generation
    records: Records | None


@dataclass(frozen=True, slots=True)
class Plan:
    """One generation's entries, in walk order; `base` is None for a full plan."""

    generation: Generation
    base: Generation | None
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What makes a plan exist. Its bytes are in the plan log from `offset` on, in `chunks` messages.

    `digest` is the SHA-256 of all the plan's bytes in hex, `size` their number, `inputs_revision` the
    revision of the health inputs that the plan was made from, `retired` true once it may no longer begin.
    """

    generation: Generation
    base: Generation | None
    digest: str
    size: int
    chunks: int
    offset: int
    inputs_revision: int
    publisher: str
    retired: bool = False


class BrokenChain(ValueError):
    """The plans given do not form one chain: a delta's base is missing."""


def digits(generation: int) -> str:
    """Fixed-width decimal, so that byte order is number order."""
    return f"{generation:0{GENERATION_DIGITS}d}"


def chain(newest: Manifest, manifests: Mapping[Generation, Manifest], applied: Generation | None) -> list[Manifest]:
    """The manifests to fold for `newest`, oldest first: back to a full plan, or to the first delta above `applied`.

    Raises BrokenChain when a base is missing on the way.
    """
    links = [newest]
    while links[-1].base is not None and (applied is None or links[-1].base > applied):
        base = manifests.get(links[-1].base)
        if base is None:
            raise BrokenChain(f"generation {links[-1].generation} needs {links[-1].base}, which has no manifest")
        links.append(base)
    return links[::-1]


def fold(plans: Sequence[Plan]) -> tuple[Goal, ...]:
    """Each named endpoint's goal under the last plan of a chain (oldest first), in the order of first mention."""
    goals: dict[Endpoint, Goal] = {}
    for plan in plans:
        if plan.base is None:
            goals.clear()
        for endpoint, records in plan.entries:
            goals[endpoint] = Goal(endpoint, plan.generation, records)
    return tuple(goals.values())


def diff(old: Mapping[Endpoint, Records], new: Mapping[Endpoint, Records]) -> tuple[Entry, ...]:
    """The entries that turn `old` into `new`: changes and additions in `new`'s order, then explicit removals."""
    changed = [Entry(name, records) for name, records in new.items() if old.get(name) != records]
    removed = [Entry(name, None) for name in sorted(old.keys() - new.keys())]
    return (*changed, *removed)
