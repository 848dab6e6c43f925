"""`ports.Authority` on etcd.

A batch is one transaction, sent once: Unknown when its reply is lost. Reads are linearizable; one call's
answer is of one revision. The holds seen by the last read or failed transaction are remembered, as
an assumption that every transaction checks (see conditions.py); nothing else is. Locks hang on a session
lease, kept alive while commits are made: a lock's holder that stops committing loses it.
"""

import time

from coordination.etcd.client import EtcdClient
from coordination.etcd.compile import compiled
from coordination.etcd.conditions import HoldsSeen, all_holds, holds_seen
from coordination.etcd.errors import LeaseGone, ReplyLost
from coordination.etcd.keys import BadStored, Keys, Span
from coordination.etcd.pages import pages
from coordination.etcd.requests import Read, Stored, View, encode, range_request, view_of
from coordination.etcd.session import Monotonic, Session
from coordination.etcd.snapshot import snapshot
from coordination.etcd.values import head_of, manifest_of, root_of, text_of
from coordination.intents import Batch, Committed, Conflict, Outcome, Unknown
from coordination.limits import HOLDS_LISTED, READ_ENDPOINTS, SKIP_SCAN_GENERATIONS, TXN_OPERATIONS
from coordination.plan import Generation, Manifest
from coordination.records import Endpoint
from coordination.seen import ClaimSeen, Head, Reading, Root, Seen


class EtcdAuthority:
    """The pointer tree in etcd. Raises Unavailable (also OutOfSpace), and BadStored on foreign bytes."""

    def __init__(self, client: EtcdClient, clock: Monotonic = time.monotonic) -> None:
        self._client = client
        self._keys = Keys(client.settings.prefix)
        self._session = Session(client, clock, client.settings.lease_ttl_s)
        self._holds = HoldsSeen()

    async def close(self) -> None:
        """Give up every lock that this adapter took. The client stays open: it is the caller's."""
        await self._session.close()

    # --- reads ---------------------------------------------------------------------------------------------------

    async def head(self) -> Head:
        """The newest plan, the highest applied one, and the revision this was read at."""
        return (await self.read(())).head

    async def read(self, endpoints: tuple[Endpoint, ...]) -> Reading:
        """Head, holds and roots in one transaction; at most READ_ENDPOINTS endpoints."""
        if len(endpoints) > READ_ENDPOINTS:
            raise ValueError(f"{len(endpoints)} endpoints in one read, the most is {READ_ENDPOINTS}")
        roots = {name: Read(self._keys.root(name)) for name in endpoints}
        head_reads = self._head_reads()
        reads = (*head_reads, all_holds(self._keys), *roots.values())
        view, revision = await snapshot(self._client, reads)
        view = await self._with_all_holds(view, revision)
        self._holds = holds_seen(self._keys, view, revision)
        seen = tuple(Seen(name, _root(view[roots[name]])) for name in endpoints)
        return Reading(self._head(view, head_reads, revision), seen)

    async def _with_all_holds(self, view: View, revision: int) -> View:
        """The view, and where it lists more holds than one read should bring, the others at its revision too."""
        listing = all_holds(self._keys)
        found = view[listing]
        if len(found) <= HOLDS_LISTED:
            return view
        rest = Span(found[-1].key + b"\0", listing.end)
        async for page in pages(self._client, rest, revision=revision):
            found += page.stored
        return {**view, listing: found}

    def _head_reads(self) -> tuple[Read, Read, Read, Read]:
        reserved, applied = self._keys.all("reserved"), self._keys.all("applied")
        return (
            Read(self._keys.head()),
            Read(reserved.start, reserved.end, limit=1, newest_key=True),
            Read(applied.start, applied.end, limit=1, newest_key=True),
            Read(self._keys.lifted(), keys_only=True),
        )

    def _head(self, view: View, reads: tuple[Read, Read, Read, Read], revision: int) -> Head:
        head, reserved, applied, lifted = (view[read] for read in reads)
        published_at, lifted_at = (found[0].mod if found else 0 for found in (head, lifted))
        newest, inputs_revision = head_of(head[0].value) if head else (None, 0)
        return Head(
            newest,
            max(published_at, lifted_at),
            inputs_revision,
            self._keys.numbered("reserved", reserved[0].key)[0] if reserved else None,
            self._keys.numbered("applied", applied[0].key)[0] if applied else None,
            revision,
            lifted_at > published_at,
        )

    async def survivor(self, endpoint: Endpoint) -> Generation | None:
        """The newest generation that still has a tree for this endpoint."""
        generations, revision = await self._generations()
        newest_first = generations[::-1]
        for start in range(0, len(newest_first), TXN_OPERATIONS):
            some = newest_first[start : start + TXN_OPERATIONS]
            reads = tuple(Read(self._keys.tree(generation, endpoint), keys_only=True) for generation in some)
            view, _ = await snapshot(self._client, reads, revision)
            for generation, read in zip(some, reads, strict=True):
                if view[read]:
                    return generation
        return None

    async def generations(self) -> tuple[Generation, ...]:
        """Generations that have at least one tree, ascending."""
        return (await self._generations())[0]

    async def _generations(self) -> tuple[tuple[Generation, ...], int]:
        """Skip from one generation to the next: one small read each, all at the revision of the first."""
        found: list[Generation] = []
        start, end, revision = self._keys.all("trees").start, self._keys.all("trees").end, 0
        for _ in range(SKIP_SCAN_GENERATIONS):
            request = range_request(Read(start, end, limit=1, keys_only=True), revision)
            response = await self._client.range(request)
            revision = revision or int(response.header.revision)
            if not response.kvs:
                return tuple(found), revision
            found.append(self._keys.numbered("trees", response.kvs[0].key)[0])
            start = self._keys.trees(found[-1]).end
        raise BadStored(f"more than {SKIP_SCAN_GENERATIONS} generations have trees: nothing collects them")

    async def trees(self, generation: Generation, after: Endpoint | None, limit: int) -> tuple[Endpoint, ...]:
        """Up to `limit` endpoints with a tree of this generation, in byte order, beyond `after`."""
        whole = self._keys.trees(generation)
        start = whole.start if after is None else self._keys.tree(generation, after) + b"\0"
        names: list[Endpoint] = []
        async for page in pages(self._client, Span(start, whole.end), keys_only=True, limit=limit):
            names += [Endpoint(self._keys.numbered("trees", one.key)[1]) for one in page.stored]
        return tuple(names)

    async def roots(self, after: Endpoint | None, limit: int) -> tuple[Seen, ...]:
        """Up to `limit` endpoints that have a root, in byte order, beyond `after`."""
        whole = self._keys.all("roots")
        start = whole.start if after is None else self._keys.root(after) + b"\0"
        found: list[Seen] = []
        async for page in pages(self._client, Span(start, whole.end), limit=limit):
            found += [
                Seen(Endpoint(self._keys.name("roots", one.key)), root_of(one.value, one.mod)) for one in page.stored
            ]
        return tuple(found)

    async def manifests(self) -> tuple[Manifest, ...]:
        """All manifests, ascending, retired ones included."""
        values: dict[Generation, bytes] = {}
        retired: set[Generation] = set()
        async for page in pages(self._client, self._keys.all("manifests")):
            for one in page.stored:
                generation, mark = self._keys.numbered("manifests", one.key)
                if mark == "retired":
                    retired.add(generation)
                else:
                    values[generation] = one.value
        return tuple(manifest_of(value, number, number in retired) for number, value in values.items())

    async def claims(self) -> tuple[ClaimSeen, ...]:
        """All claims, by generation, then az."""
        found: list[ClaimSeen] = []
        async for page in pages(self._client, self._keys.all("claims")):
            for one in page.stored:
                generation, az = self._keys.numbered("claims", one.key)
                if not az or "/" in az:  # nobody who takes it back by generation and az would find it
                    raise BadStored(f"key {one.key[:120]!r} names no az")
                found.append(ClaimSeen(generation, az, one.create, text_of(one.value, f"claim {generation} of {az}")))
        return tuple(found)

    # --- the write -----------------------------------------------------------------------------------------------

    async def commit(self, batch: Batch) -> Outcome:
        """One transaction, all or nothing, sent once. Raises ValueError for a batch that no etcd would take."""
        of_batch = compiled(batch, self._keys, self._holds)
        if of_batch.leased:
            lease = await self._session.lease()
        else:
            await self._session.touch()
            lease = 0
        try:
            response = await self._client.write(encode(of_batch.transaction, lease))
        except ReplyLost as error:
            return Unknown(str(error))
        except LeaseGone:
            self._session.lost(lease)
            return Conflict((), (await self.head()).revision)
        revision = int(response.header.revision)
        if response.succeeded:
            return Committed(revision)
        view = view_of(of_batch.transaction.reads, response)
        if all_holds(self._keys) in view:
            view = await self._with_all_holds(view, revision)
            self._holds = holds_seen(self._keys, view, revision)
        return Conflict(of_batch.lost(view), revision)


def _root(found: tuple[Stored, ...]) -> Root | None:
    return root_of(found[0].value, found[0].mod) if found else None
