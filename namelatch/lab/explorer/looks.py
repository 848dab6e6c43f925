"""What a call that only looks can see of the world: two worlds alike in that are answered alike.

So an answer is found once for all such worlds, and most of what a search asks are looks. A call that may change
anything has no entry here. tests/lab holds the table to the world: no call may see more than is said here.
"""

from collections.abc import Callable, Hashable

from namelatch.lab.explorer.arrays.rows import Column, Ints
from namelatch.lab.explorer.numbers import WORLD_BITS, Numbers
from namelatch.lab.kernel import Call
from namelatch.lab.world import World

Sight = Callable[[World], Hashable]


def _head(world: World) -> Hashable:
    state = world.authority
    steered_by = (state.newest, state.head_version, state.lifted, state.inputs_revision, state.reserved, state.applied)
    return steered_by


def _roots(world: World) -> Hashable:
    return _head(world), world.authority.roots


def _trees(world: World) -> Hashable:
    return world.authority.trees


def _manifests(world: World) -> Hashable:
    return world.authority.manifests


def _claims(world: World) -> Hashable:
    return world.authority.claims, world.authority.leaders


def _log(world: World) -> Hashable:
    return world.log


def _nothing(_: World) -> Hashable:
    return None


_SIGHTS: tuple[Sight, ...] = (_head, _roots, _trees, _manifests, _claims, _log, _nothing)
_OF_CALL: dict[tuple[str, str], Sight] = {
    ("authority", "head"): _head,
    ("authority", "read"): _roots,
    ("authority", "roots"): _roots,
    ("authority", "survivor"): _trees,
    ("authority", "generations"): _trees,
    ("authority", "trees"): _trees,
    ("authority", "manifests"): _manifests,
    ("authority", "claims"): _claims,
    ("claims", "renew"): _claims,
    ("log", "fetch"): _log,
    ("log", "holds"): _log,
    ("log", "announce"): _nothing,
    ("log", "heard"): _nothing,
    ("log", "report"): _nothing,
    ("clock", "sleep"): _nothing,
}


def sight(call: Call) -> int | None:
    """The number of what a call sees of the world; None where it may change the world."""
    found = _OF_CALL.get((call.port, call.name))
    return None if found is None else _SIGHTS.index(found)


def seen_by(what: int, world: World) -> Hashable:
    """What the sight of that number shows of a world; whether anybody answers there, every call can tell."""
    return world.away, _SIGHTS[what](world)


SIGHTS = len(_SIGHTS)


class Looks:
    """What is seen of each of some worlds, numbered: no two sights have a number in common."""

    def __init__(self, worlds: Numbers) -> None:
        self._worlds = worlds
        self._seen = Numbers((1 << WORLD_BITS + 3) - 1)
        self._of = [Column() for _ in _SIGHTS]

    def of(self, what: int, world: int) -> int:
        """The number of what is seen of one world."""
        column = self._of[what]
        return column[world] if world < len(column) else int(self.all(what)[world])

    def all(self, what: int) -> Ints:
        """The numbers of what is seen of all worlds that there are so far."""
        column = self._of[what]
        new = self._worlds.values[len(column) :]
        if new:
            column.extend([self._seen.of((what, seen_by(what, world))) for world in new])
        return column.values
