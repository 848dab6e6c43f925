"""The authority's roots and trees as the stream of `coordination.feed`, for followers in a simulation.

`next` gives the first revision after the one that the follower names, so nothing is ever left out unless the follower
names a revision that it has not seen. `resume` is what etcd says of itself when a stream is opened: its revision now.
"""

from bisect import bisect_right
from typing import Any

from coordination.authority import State
from coordination.feed import Changed, Listed, Position, RootChange, TreeChange
from coordination.intents import DropGeneration, DropTree, Enact
from coordination.plan import Generation
from coordination.records import Endpoint, pack
from namelatch.lab.kernel import Call
from namelatch.lab.world import Transition

CLUSTER = 1
Shown = tuple[tuple[Endpoint, bytes | None], ...]  # what a follower answers, name by name


class Stream:
    """What changed, revision by revision."""

    def __init__(self) -> None:
        self._revisions: list[int] = []
        self._changed: list[Changed] = []
        self.shown: Shown | None = None
        """What the follower has said it serves."""

    def add(self, transition: Transition) -> None:
        """One more revision, if it touched what is followed."""
        changes = tuple(_changes(transition))
        if changes:
            revision = transition.after.revision
            self._revisions.append(revision)
            self._changed.append(Changed(Position(CLUSTER, revision), changes))

    def answer(self, call: Call, state: State) -> Any:
        """What a follower's call is answered with."""
        match call:
            case Call("feed", "list"):
                return listed(state)
            case Call("feed", "next", (since,)):
                at = bisect_right(self._revisions, since)
                return self._changed[at] if at < len(self._changed) else None
            case Call("feed", "resume"):
                return state.revision
            case Call("feed", "serve", (shown,)):
                self.shown = shown
                return None
        raise AssertionError(f"a call that no feed has: {call}")


def listed(state: State) -> Listed:
    """Everything at the state's revision."""
    trees: dict[tuple[Generation, Endpoint], bytes] = {}
    for generation in sorted(state.trees):
        of_generation = state.trees[generation]
        trees |= {(generation, name): pack(of_generation[name]) for name in sorted(of_generation)}
    roots = {name: state.roots[name] for name in sorted(state.roots)}
    return Listed(Position(CLUSTER, state.revision), roots, trees)


def _changes(transition: Transition) -> list[RootChange | TreeChange]:
    found: list[RootChange | TreeChange] = []
    for proposal in transition.batch.proposals:
        match proposal.change:
            case Enact(endpoint, generation, records):
                if records is not None:
                    found.append(TreeChange(endpoint, generation, pack(records)))
                found.append(RootChange(endpoint, transition.after.roots[endpoint]))
            case DropTree(generation, endpoint):
                found.append(TreeChange(endpoint, generation, None))
            case DropGeneration(generation):
                gone = sorted(transition.before.trees.get(generation, {}))
                found += [TreeChange(name, generation, None) for name in gone]
    return found
