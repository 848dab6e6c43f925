"""A collector's place in the model: what it asks next, and what it keeps that decides what comes after."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from actors.collector import Memory
from coordination.intents import Batch, DropGeneration, DropTree, Forget, Retire, RootVersion
from namelatch.lab.explorer.lives import FORGOTTEN, Place
from namelatch.lab.kernel import ENDED, Call
from namelatch.lab.model.bounds import Bound
from namelatch.lab.model.kept import Kept, items, kind_of, remaining
from namelatch.lab.model.layout import Row, mask

LOOK, CLAIMS, TREES, PLANS, RETIRE, PAGE, READ, DROP, AGAIN, FORGET, OLD_PLANS, OLD_TREES, OLD_DROP, OVER = range(1, 15)
MEMORY = tuple(one.name for one in fields(Memory) if one.name not in FORGOTTEN)

_Row = dict[str, int | Sequence[int]]


def of_collector(place: Place, names: tuple[str, ...], bound: Bound) -> Row:
    """Its row. `names`: the endpoints in byte order."""
    if place.pending is ENDED:
        return {"at": OVER}
    return _Place(place, names[: bound.endpoints], bound).row()


class _Place:
    """One place of a collector."""

    def __init__(self, place: Place, names: tuple[str, ...], bound: Bound) -> None:
        self._call, self._kept, self._names, self._bound = place.pending, Kept(place.kept), names, bound

    def row(self) -> Row:
        """What it asks, with what it keeps for it."""
        kept, always = self._kept, self._always()
        match self._call:
            case Call("authority", "head"):
                return always | {"at": LOOK}
            case Call("authority", "claims"):
                return always | self._head("collect") | {"at": CLAIMS}
            case Call("authority", "manifests") if kept.stands_in("_victims"):
                return always | {"at": OLD_PLANS}
            case Call("authority", "manifests"):
                return always | self._head("_by_reference") | {"at": PLANS, "present": self._present()}
            case Call("authority", "generations") if kept.stands_in("_victims"):
                listed = mask(items(kept.on_stack("_victims", "set")))
                return always | {"at": OLD_TREES, "plans": listed, "oldest": kept.local("_victims", "oldest_kept")}
            case Call("authority", "generations"):
                return always | self._head("_by_reference") | {"at": TREES}
            case Call("authority", "trees", (generation, after, _)):
                page = {"at": PAGE, "scans": generation, "after": 0 if after is None else self._names.index(after) + 1}
                return always | self._passing() | self._missed() | page
            case Call("authority", "read", (endpoints,)):
                scans = kept.local("_drop_trees", "generation")
                read = {"at": READ, "scans": scans, "batch": self._list(endpoints), "after": self._after()}
                return always | self._passing() | self._missed() | read
            case Call("authority", "commit", (batch,)):
                return always | self._commit(batch)
        raise AssertionError(f"the model's collector never asks for {self._call}")

    def _commit(self, batch: Batch) -> _Row:
        match batch.proposals[0].change:
            case Retire(generation):
                rest = remaining(self._kept.on_stack("<listcomp>", "list_iterator"))
                plans, dead = self._manifests()
                dead |= mask(items(self._kept.on_stack("<listcomp>", "list")))
                kept = {"present": self._present(), "plans": plans, "dead": dead}
                return self._head("_by_reference") | kept | {"at": RETIRE, "queue": mask((generation, *rest))}
            case DropTree(generation):
                return self._passing() | self._missed() | self._dropping(generation, batch)
            case Forget(generation):
                rest = remaining(self._kept.on_stack("_forget", "list_iterator"))
                return {"at": FORGET, "queue": mask((generation, *rest))}
            case DropGeneration(generation):
                victims = items(self._kept.local("sweep", "victims"))
                return {"at": OLD_DROP, "queue": mask(one for one in victims if one >= generation)}
        raise AssertionError(f"the model's collector never commits {batch}")

    # --- what is kept --------------------------------------------------------------------------------------------

    def _always(self) -> _Row:
        """What it remembers from pass to pass, and how many passes are left."""
        running = self._kept.local("serve_collector", "running")
        memory = dict(zip(MEMORY, self._kept.local("serve_collector", "memory")[1:], strict=True))
        scanned = dict(items(memory["scanned"]))
        return {
            "left": running[1] if kind_of(running) == "_Countdown" else 0,
            "scanned": [scanned.get(generation, 0) for generation in range(1, self._bound.plans + 1)],
        }

    def _head(self, function: str) -> _Row:
        head = self._kept.local(function, "head")
        return {"newest": head.newest or 0, "applied": head.applied or 0}

    def _present(self) -> int:
        return mask(items(self._kept.local("_by_reference", "present")))

    def _manifests(self) -> tuple[int, int]:
        """The plans there were, and those of them that were retired."""
        manifests = dict(items(self._kept.local("_by_reference", "manifests")))
        return mask(manifests), mask(one for one, manifest in manifests.items() if manifest.retired)

    def _passing(self) -> _Row:
        """What a pass by reference keeps while it goes through the generations."""
        plans, _ = self._manifests()
        dead = mask(items(self._kept.local("_by_reference", "dead")))
        return self._head("_by_reference") | {"present": self._present(), "plans": plans, "dead": dead}

    def _missed(self) -> _Row:
        return {"missed": int(self._kept.local("_drop_trees", "missed") > 0)}

    def _after(self) -> int:
        after: str = self._kept.local("_drop_trees", "after")
        return self._names.index(after) + 1

    def _dropping(self, generation: int, batch: Batch) -> _Row:
        again = self._kept.has("_drop", "kept")
        version = [0] * len(self._names)
        listed = []
        for one in batch.proposals:
            at = self._names.index(one.change.endpoint)  # type: ignore[union-attr]  # a batch of DropTree
            listed.append(at + 1)
            version[at] = next((each.version for each in one.conditions if isinstance(each, RootVersion)), 0)
        row: _Row = {"at": AGAIN if again else DROP, "scans": generation, "after": self._after()}
        return row | {"batch": listed, "version": version} | ({"missed": 1} if again else {})

    def _list(self, endpoints: Any) -> list[int]:
        return [self._names.index(name) + 1 for name in endpoints]
