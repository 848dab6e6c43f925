"""What should be true at rest beyond `not-wedged` and `converges`: nothing is left over, and nobody is restless.

`tidy` is what a collector falls by that collects too little, as the safety invariants are what it falls by when it
collects too much; liveness, asked as the other two are: from every state there must be a way to a rest at which it is
so. `restless` looks at every state of rest that was found: who does work over and over that changes nothing falls.
"""

from namelatch.lab.explorer.explore import Explorer
from namelatch.lab.explorer.numbers import WORLD_MASK
from namelatch.lab.explorer.strides import GO
from namelatch.lab.kernel import ENDED
from namelatch.lab.world import Setting, World, all_applied

LOOKS = frozenset({"head", "claims", "generations", "manifests", "renew", "inputs", "holds", "heard", "sleep"})


def tidy(setting: Setting, world: World) -> bool:
    """The newest plan is applied and every other retired, and forgotten once it has no tree; no endpoint has a tree
    that it left behind, no az more than one claim.
    """
    state = world.authority
    if not all_applied(setting, world) or state.locks:
        return False
    for generation, manifest in state.manifests.items():
        if manifest.retired == (generation == state.newest) or (manifest.retired and generation not in state.trees):
            return False
    azs = [az for _, az in state.claims]
    if len(set(azs)) != len(azs) or any(generation != state.newest for generation, _ in state.claims):
        return False
    for generation, tree in state.trees.items():
        if not tree or any(records is None for records in tree.values()):
            return False
        for name in tree:
            root = state.roots.get(name)
            if root is None or (generation < root.generation and generation != root.rollback):
                return False
    return True


def restless(explorer: Explorer) -> frozenset[str]:
    """Who does more than look at a rest with everything applied, over and over."""
    found: set[str] = set()
    seen: set[int] = set()
    for key in map(explorer.unruled, explorer.keys):
        if key in seen or explorer.turn(key) != key or not all_applied(explorer.start.setting, explorer.world(key)):
            continue
        seen.add(key)
        for index, process in enumerate(explorer.start.processes):
            if process.name not in found and _restless(explorer, key, index):
                found.add(process.name)
    return frozenset(found)


def _restless(explorer: Explorer, key: int, index: int) -> bool:
    """Whether the round in which a process idles, once it has come round, is more than a look."""
    world, place = key & WORLD_MASK, explorer.place(key, index)
    passed: dict[int, int] = {}
    loud: list[bool] = []
    while place not in passed:
        if explorer.strides.pending(index, place) is ENDED:
            return False
        passed[place] = len(loud)
        stride = explorer.strides.of(GO, index, world, place)
        loud.append(any(call.name not in LOOKS for call, _ in stride.calls))
        place = stride.place
    return any(loud[passed[place] :])
