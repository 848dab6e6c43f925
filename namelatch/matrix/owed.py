"""What etcd has to hold once all is at rest: each name follows a plan that knows its last change, or is gone. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from coordination.feed import Listed
from coordination.lines import Line
from coordination.plan import Generation
from coordination.records import Endpoint, pack
from namelatch.matrix.inputs import Gives, Turned


class Published:
    """The inputs that each published plan was made from, of a history whose every line is certain."""

    def __init__(self, lines: Iterable[Line]) -> None:
        changes = (change for line in lines if line.get("out") == "committed" for change in line.get("changes", ()))
        self._inputs = sorted((change[1], change[7]) for change in changes if change[0] == "publish")

    def first(self, revision: int) -> Generation | None:
        """The first plan that knows these inputs; None when there was none."""
        return next((Generation(number) for number, known in self._inputs if known >= revision), None)


def as_now(turned: Turned) -> Turned:
    """The inputs as they are, whatever is turned later."""
    return replace(turned, changed=dict(turned.changed), removed=dict(turned.removed))


def unmet(
    names: Iterable[Endpoint], found: Listed, turned: Turned, published: Published, gives: Gives
) -> Iterator[str]:
    """A sentence for each name of which etcd holds something else than the inputs ask for."""
    firsts: dict[int, Generation | None] = {}
    for name in names:
        root = found.roots.get(name)
        if root is None:
            yield f"{name} has no root"
            continue
        if root.tombstone != (name in turned.removed):
            yield f"{name} is {'gone' if root.tombstone else 'there'}, and should not be"
            continue
        since = turned.since(name)
        if since not in firsts:
            firsts[since] = published.first(since)
        least = firsts[since]
        if least is None or root.generation < least:
            yield f"{name} follows generation {root.generation}, and changed with {least}"
        elif not root.tombstone and found.trees.get((root.generation, name)) != pack(gives(name, root.generation)):
            yield f"{name} answers something else than generation {root.generation} gave it"
