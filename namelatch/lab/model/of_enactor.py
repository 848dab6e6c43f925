"""An enactor's place in the model: what it asks next, and what it keeps that decides what comes after."""

from collections.abc import Sequence
from typing import Any

from coordination.intents import Batch, DropGeneration, DropLock, Enact, Finish, RootVersion, TakeLock
from coordination.postures import posture
from coordination.safeguards import Allowed, Version
from coordination.seen import Seen
from namelatch.lab.explorer.lives import Place
from namelatch.lab.kernel import Call
from namelatch.lab.model.bounds import Bound
from namelatch.lab.model.kept import Kept, items, remaining
from namelatch.lab.model.layout import Row, mask

LOOK, LIST, CLAIM, LETGO, TAKE, READ, ENACT, UNLOCK, SURVIVOR, FINISH, OLD_PLANS, OLD_TREES, DROP, GIVE_UP = range(
    1, 15
)
SKIPPED, SUPERSEDED, WEDGED, LEAVES = range(1, 5)
YIELDED, NOT_FRESH = "is applied already: yields", "fresh-once: "  # how reasons end, or begin, that make a plan done

_Row = dict[str, int | Sequence[int]]


def of_enactor(place: Place, names: tuple[str, ...], bound: Bound) -> Row:
    """Its row. `names`: the endpoints in byte order."""
    return _Place(place, names[: bound.endpoints], bound.posture).row()


class _Place:
    """One place of an enactor."""

    def __init__(self, place: Place, names: tuple[str, ...], of: str) -> None:
        self._call, self._kept, self._names = place.pending, Kept(place.kept), names
        self._compares_versions = any(isinstance(one, Version) for one in posture(of).safeguards)

    def row(self) -> Row:
        """What it asks, with what it keeps for it."""
        kept, always = self._kept, self._always()
        match self._call:
            case Call("authority", "head"):
                return always | {"at": LOOK} | self._claim(kept.local("serve_enactor", "held"))
            case Call("authority", "manifests") if kept.stands_in("_victims"):
                return always | self._holding() | {"at": OLD_PLANS}
            case Call("authority", "manifests"):
                applied = kept.local("enact", "head").applied or 0
                return always | self._claim(kept.local("enact", "held")) | {"at": LIST, "applied": applied}
            case Call("claims", "acquire"):
                return always | self._claim(kept.local("_begin", "held")) | {"at": CLAIM}
            case Call("claims", "release", (key,)) if kept.stands_in("_begin"):
                fence = kept.local("_begin", "fence")
                return always | {"at": LETGO, "held": always["plan"], "fence": fence, "old": key.generation}
            case Call("claims", "release"):
                return always | self._claim(kept.local("enact", "held")) | {"at": GIVE_UP, "plan": 0}
            case Call("authority", "generations"):
                listed = mask(items(kept.on_stack("_victims", "set")))
                return always | self._holding() | {"at": OLD_TREES, "listed": listed}
            case Call("authority", "read", (endpoints,)):
                later = self._later(waiting=self._refused_locks(endpoints))
                return always | self._walking() | later | {"at": READ, "batch": self._list(endpoints)}
            case Call("authority", "survivor"):
                return always | self._walking() | self._later() | self._searching() | {"at": SURVIVOR}
            case Call("authority", "commit", (batch,)):
                return always | self._commit(batch)
        raise AssertionError(f"the model's enactor never asks for {self._call}")

    def _commit(self, batch: Batch) -> _Row:
        match batch.proposals[0].change:
            case TakeLock():
                batched = self._list(one.change.endpoint for one in batch.proposals)  # type: ignore[union-attr]
                first = self._list(goal[1] for goal, _ in items(self._kept.local("_do_first", "firsts")))
                return self._walking() | self._later() | {"at": TAKE, "batch": batched, "first": first}
            case Enact():
                changes = [(one.change, one.conditions) for one in batch.proposals]
                return self._walking() | self._later() | self._enacting(changes) | {"at": ENACT}
            case DropLock(endpoint):
                return self._walking() | self._later() | self._unlocking(endpoint)
            case Finish():
                return self._holding() | {"at": FINISH}
            case DropGeneration(generation):
                victims = mask(one for one in items(self._kept.local("sweep", "victims")) if one >= generation)
                return self._holding() | {"at": DROP, "victims": victims}
        raise AssertionError(f"the model's enactor never commits {batch}")

    # --- what is kept --------------------------------------------------------------------------------------------

    def _always(self) -> _Row:
        """What it is through with, and the plan in hand."""
        done = self._kept.local("serve_enactor", "done") or 0
        if not self._kept.stands_in("enact"):
            return {"done": done}
        plan = self._kept.local("enact", "generation")
        reason = self._kept.stopped()
        over = reason is not None and (reason.endswith(YIELDED) or reason.startswith(NOT_FRESH))
        return {"plan": plan, "done": plan if over else done}

    def _claim(self, held: Any) -> _Row:
        return {} if held is None else {"held": held.claim.generation, "fence": held.fence}

    def _holding(self) -> _Row:
        return self._claim(self._kept.local("enact", "held"))

    def _walking(self) -> _Row:
        """What the walk knows by itself."""
        walk, found = self._kept.walk(), self._holding()
        gone = dict(items(walk["_dangling"]))
        found["mine"] = mask(self._names.index(name) for name in items(walk["_locked"]))
        if self._kept.stands_in("give_up_locks"):
            return found
        found["gone"] = [gone.get(name, 0) for name in self._names]
        found["undone"] = int(len(items(walk["undone"])) > 0)
        return found

    def _later(self, waiting: Sequence[str] = ()) -> _Row:
        """The endpoints whose turn comes after this round. `waiting`: those that are about to be put off."""
        if self._kept.stands_in("give_up_locks"):
            return {}
        goals = items(self._kept.local("_pass", "goals"))
        rounds = remaining(self._kept.on_stack("_pass", "range_iterator"))
        ahead = goals[rounds[0] :] if rounds else ()
        later = (*(name for name, _ in items(self._kept.walk()["_deferred"])), *waiting)
        return {"ahead": self._list(goal[1] for goal in ahead), "later": self._list(later)}

    def _refused_locks(self, taken: tuple[str, ...]) -> tuple[str, ...]:
        """Those whose lock was refused in this round: they are put off once the others have been read."""
        if not self._kept.stands_in("_do_first"):
            return ()
        firsts = items(self._kept.local("_do_first", "firsts"))
        return tuple(goal[1] for goal, _ in firsts if goal[1] not in taken)

    def _enacting(self, changes: Sequence[tuple[Any, Any]]) -> _Row:
        """What goes into the next change, and those for which something comes first."""
        back, version, batch = self._numbers(), self._numbers(), []
        for change, conditions in changes:
            at = self._names.index(change.endpoint)
            batch.append(at + 1)
            back[at] = change.rollback or 0
            version[at] = next((one.version for one in conditions if isinstance(one, RootVersion)), 0)
        found: _Row = {"batch": batch, "back": back, "version": version}
        if self._kept.has("_advance", "firsts") and not self._kept.stands_in("_judge"):
            firsts = [goal[1] for goal, _ in items(self._kept.local("_advance", "firsts"))]
            seen = dict(items(self._kept.local("_advance", "seen"))) if firsts else {}
            self._saw([seen[name] for name in firsts], back, version)
            found["first"] = self._list(firsts)
        return found

    def _searching(self) -> _Row:
        """Those whose survivor is known, and those for whom it is searched."""
        back, version = self._numbers(), self._numbers()
        after = dict(items(self._kept.local("_do_first", "after")))
        seen = dict(items(self._kept.local("_do_first", "seen")))
        firsts = [goal[1] for goal, _ in items(self._kept.local("_do_first", "firsts"))]
        self._saw([seen[name] for name in firsts], back, version)
        for name, found in after.items():
            back[self._names.index(name)] = found.survivor or 0
        searched = [name for name in firsts if name in after]
        return {
            "batch": self._list(searched),
            "first": self._list(name for name in firsts if name not in after),
            "back": back,
            "version": version,
        }

    def _unlocking(self, endpoint: str) -> _Row:
        """The endpoint whose lock is given back, and how far the judging has come."""
        at: _Row = {"at": UNLOCK, "unlocks": self._names.index(endpoint) + 1}
        if self._kept.stands_in("give_up_locks"):
            return at | {"why": LEAVES}
        why = WEDGED if self._kept.stands_in("_wedged") else SUPERSEDED if self._kept.stands_in("_refused") else SKIPPED
        context = self._kept.walk()["context"]
        yields = int((context.head.applied or 0) > context.generation)
        allowed: tuple[Allowed, ...] = items(self._kept.local("_judge", "allowed"))
        found = self._enacting([(one.change, one.conditions) for one in allowed])
        rest = [goal[1] for goal in remaining(self._iterator())]
        seen = dict(items(self._kept.local("_judge", "seen"))) if rest else {}
        self._saw([seen[name] for name in rest], found["back"], found["version"])
        return found | at | {"why": why, "yields": yields, "rest": self._list(rest)}

    def _iterator(self) -> Any:
        found = self._kept.on_stack("_judge", "list_iterator")
        return found if found is not None else self._kept.on_stack("_judge", "tuple_iterator")

    def _saw(self, seen: Sequence[Seen], back: Any, version: Any) -> None:
        """Write down what was seen of some roots."""
        for one in seen:
            if one.root is not None:
                at = self._names.index(one.endpoint)
                back[at] = one.root.generation
                version[at] = one.root.version if self._compares_versions else 0

    # --- writing it down -----------------------------------------------------------------------------------------

    def _list(self, endpoints: Any) -> list[int]:
        return [self._names.index(name) + 1 for name in endpoints]

    def _numbers(self) -> list[int]:
        return [0] * len(self._names)
