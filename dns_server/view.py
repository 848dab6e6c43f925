"""The authority as the feed told it: roots and trees, and what entry they make for an endpoint. Decides, does nothing.

An endpoint answers with the tree its root follows. A root whose tree is gone is dangling: it is shown as it is,
never masked by an older answer. So is a tombstone. Only a tree whose octets can't be read keeps the entry served
before, which is an error of a writer and no decision of anybody about the name.
"""

from collections.abc import Iterable

from coordination.feed import Listed, RootChange, TreeChange
from coordination.plan import Generation
from coordination.ports import Root
from coordination.records import BadRecords, Endpoint
from dns_server.entry import DANGLING, TOMBSTONE, pack_tree
from dns_server.names import BadName, to_wire
from dns_server.snapshot import Snapshot


class View:
    """Roots and trees at one revision; mutable, owned by one follower."""

    def __init__(self) -> None:
        self._roots: dict[Endpoint, Root] = {}
        self._trees: dict[Endpoint, dict[Generation, bytes]] = {}
        self.outside: set[Endpoint] = set()
        self.unreadable: set[Endpoint] = set()

    @classmethod
    def of(cls, listed: Listed) -> "View":
        """The view that a listing gives."""
        view = cls()
        view._roots.update(listed.roots)
        for (generation, endpoint), packed in listed.trees.items():
            view._trees.setdefault(endpoint, {})[generation] = packed
        return view

    def endpoints(self) -> list[Endpoint]:
        """Every endpoint with a root."""
        return list(self._roots)

    def apply(self, changes: Iterable[RootChange | TreeChange]) -> list[Endpoint]:
        """Make one revision's changes, all of them; returns the endpoints whose entry may differ, each once, in order.

        A tree matters only to a root that follows it; one that begins to in the same revision is itself a change.
        """
        touched: dict[Endpoint, None] = {}
        for change in changes:
            if isinstance(change, RootChange):
                touched[change.endpoint] = None
                if change.root is None:
                    self._roots.pop(change.endpoint, None)
                else:
                    self._roots[change.endpoint] = change.root
                continue
            root = self._roots.get(change.endpoint)
            if root is not None and root.generation == change.generation:
                touched[change.endpoint] = None
            trees = self._trees.setdefault(change.endpoint, {})
            if change.packed is None:
                trees.pop(change.generation, None)
            else:
                trees[change.generation] = change.packed
            if not trees:
                del self._trees[change.endpoint]
        return list(touched)

    def entry(self, endpoint: Endpoint, served: Snapshot) -> tuple[bytes, bytes | None] | None:
        """(key, entry or None for no such name); None when the endpoint lies outside the served zones."""
        self.unreadable.discard(endpoint)
        try:
            key = to_wire(endpoint)
        except BadName:
            key = b""
        if not key or served.zone_of(key) is None:
            self.outside.add(endpoint)
            return None
        root = self._roots.get(endpoint)
        if root is None:
            return key, None
        if root.tombstone:
            return key, TOMBSTONE
        packed = self._trees.get(endpoint, {}).get(root.generation)
        if packed is None:
            return key, DANGLING
        try:
            return key, pack_tree(packed)
        except BadRecords:
            self.unreadable.add(endpoint)
            return key, served.entries.get(key) or DANGLING


def distrust(listed: Listed, served: Snapshot) -> str | None:
    """Why a listing must not replace what is served, or None.

    Roots are never deleted, so a listing without any is no authority's; a lower revision is an older state (an etcd
    restored from backup keeps its cluster id or gets another), or one of another cluster whose age nobody can
    tell. To go back on purpose, restart the server without its snapshot on disk.
    """
    if not len(served.entries):
        return None
    if not listed.roots:
        return f"a listing of cluster {listed.position.cluster:x} has no roots at all"
    if served.position is not None and listed.position.revision < served.position.revision:
        return (
            f"a listing of cluster {listed.position.cluster:x} stands at revision {listed.position.revision}, "
            f"cluster {served.position.cluster:x} was served at {served.position.revision}"
        )
    return None
