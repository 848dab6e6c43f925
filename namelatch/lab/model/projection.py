"""A state of the lab as a state of the model: what is meant, without what tells nobody anything.

Pure: a world and what each process keeps in, bytes out (`layout.py`). The explorer's states are more than these, since
a frame keeps what its code never decides by, such as the head as it was read long ago.
"""

from coordination.plan import Generation
from coordination.records import Endpoint
from namelatch.lab.explorer.explore import Explorer
from namelatch.lab.explorer.lives import Place
from namelatch.lab.explorer.numbers import WORLD_MASK
from namelatch.lab.model import layout
from namelatch.lab.model.bounds import NAMES, Bound
from namelatch.lab.model.of_collector import of_collector
from namelatch.lab.model.of_enactor import of_enactor
from namelatch.lab.model.of_planner import of_planner
from namelatch.lab.world import World

LIVE, RETIRED = 1, 2


def of_world(bound: Bound, azs: tuple[str, ...], world: World, names: tuple[Endpoint, ...] = NAMES) -> bytes:
    """The authority and the inputs."""
    state = world.authority
    numbers = [state.newest, state.reserved, state.applied, state.inputs_revision, world.asked, len(state.leaders)]
    generations = [Generation(number) for number in range(1, bound.plans + 1)]
    names = names[: bound.endpoints]
    for generation in generations:
        manifest = state.manifests.get(generation)
        numbers.append(0 if manifest is None else RETIRED if manifest.retired else LIVE)
    for generation in generations:
        of_generation = state.trees.get(generation, ())
        numbers.append(layout.mask(at for at, name in enumerate(names) if name in of_generation))
    for generation in generations:
        claims = (state.claims.get((generation, az)) for az in azs)
        numbers += [0 if claim is None else claim.fence for claim in claims]
    for generation in generations:
        numbers += [world.numbers.get(("claim", generation, az), 0) for az in azs]
    for name in names:
        root = state.roots.get(name)
        assert root is None or not root.tombstone, "nothing is taken down in the model"
        numbers += [0, 0, 0] if root is None else [root.generation, root.rollback, root.version]
        holder = state.locks.get(name)
        numbers.append(0 if holder is None else azs.index(holder) + 1)
    return bytes(number or 0 for number in numbers)


class Projection:
    """The projection of one search's states, each world's and each place's computed once."""

    def __init__(self, bound: Bound, explorer: Explorer, names: tuple[Endpoint, ...] = NAMES) -> None:
        processes = explorer.start.processes
        self._bound, self._explorer, self._names = bound, explorer, names
        self._azs = tuple(process.lease or "" for process in processes[1 : bound.enactors + 1])
        self._collects = len(processes) > bound.enactors + 1
        self._worlds: dict[int, bytes] = {}
        self._places: list[dict[int, bytes]] = [{} for _ in processes]

    def of(self, key: int) -> bytes:
        """A state by its number."""
        parts = [self._world(key & WORLD_MASK)]
        for index, known in enumerate(self._places):
            place = self._explorer.place(key, index)
            found = known.get(place)
            if found is None:
                found = known[place] = self._process(index, self._explorer.strides.lives[index].places[place])
            parts.append(found)
        if not self._collects:
            parts.append(layout.collector(self._bound, {}))
        return b"".join(parts)

    def _world(self, number: int) -> bytes:
        found = self._worlds.get(number)
        if found is None:
            world: World = self._explorer.worlds.values[number]
            found = self._worlds[number] = of_world(self._bound, self._azs, world, self._names)
        return found

    def _process(self, index: int, place: Place) -> bytes:
        if index == 0:
            return layout.planner(of_planner(place))
        if index <= self._bound.enactors:
            return layout.enactor(self._bound, of_enactor(place, self._names, self._bound))
        return layout.collector(self._bound, of_collector(place, self._names, self._bound))
