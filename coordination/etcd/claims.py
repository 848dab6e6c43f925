"""`ports.Claims` on etcd: each claim and each leadership hangs on a lease of its own.

The lease is a hint for others' liveness; only the fence, compared inside every transaction, protects. Renewing
is the caller's sign of progress: nothing renews in the background. It also looks whether the key is still
there, since a collector may have revoked it while its lease lives. After an Unknown acquisition the lease is
kept, so that who finds his token among the claims may go on; a further attempt ends it first.
"""

import time
from dataclasses import dataclass

from coordination.etcd.client import EtcdClient
from coordination.etcd.compile import compiled
from coordination.etcd.conditions import HoldsSeen
from coordination.etcd.errors import LeaseGone, ReplyLost
from coordination.etcd.keys import Keys
from coordination.etcd.requests import Compare, Delete, Read, Transaction, encode, range_request, view_of
from coordination.etcd.session import Lease, Monotonic
from coordination.intents import (
    Batch,
    Committed,
    Condition,
    Conflict,
    Outcome,
    Proposal,
    TakeClaim,
    TakeLeadership,
    Unknown,
)
from coordination.ports import Unavailable

Key = TakeClaim | TakeLeadership


@dataclass(slots=True)
class _Held:
    """What we hold, or may hold: `fence` None until it is known."""

    lease: Lease
    fence: int | None


class EtcdClaims:
    """Claims and leaderships of one process."""

    def __init__(self, client: EtcdClient, clock: Monotonic = time.monotonic) -> None:
        self._client = client
        self._keys = Keys(client.settings.prefix)
        self._clock = clock
        self._held: dict[Key, _Held] = {}

    async def acquire(self, key: Key, conditions: tuple[Condition, ...]) -> Outcome:
        """Create the key on a lease; Committed.revision is the fence. Raises Unavailable when nothing was sent."""
        before = self._held.pop(key, None)
        if before is not None and before.fence is None:
            await before.lease.end()
        elif before is not None:
            self._held[key] = before
        of_batch = compiled(Batch((Proposal(key),), conditions), self._keys, HoldsSeen())
        lease = await Lease.granted(self._client, self._clock, self._client.settings.lease_ttl_s)
        try:
            response = await self._client.write(encode(of_batch.transaction, lease.id))
        except ReplyLost as error:
            self._held[key] = _Held(lease, None)
            return Unknown(str(error))
        except LeaseGone:
            found = await self._client.range(range_request(Read(self._path(key), keys_only=True)))
            return Conflict((), int(found.header.revision))
        except Unavailable:
            await lease.end()
            raise
        revision = int(response.header.revision)
        if response.succeeded:
            self._held[key] = _Held(lease, revision)
            return Committed(revision)
        await lease.end()
        return Conflict(of_batch.lost(view_of(of_batch.transaction.reads, response)), revision)

    async def renew(self, key: Key) -> bool:
        """Call on progress only. False when the key is known to be lost or its local deadline has passed."""
        held = self._held.get(key)
        if held is None:
            return False
        due = held.lease.is_due
        alive = await held.lease.renew()
        if alive and due:
            alive = await self._still_there(key, held)
        if not alive:
            self._held.pop(key, None)
        return alive and not held.lease.is_past

    async def release(self, key: Key) -> Outcome:
        """Delete the key if it is still this holder's; its lease goes with it."""
        held = self._held.pop(key, None)
        path = Read(self._path(key), keys_only=True)
        if held is None:
            found = await self._client.range(range_request(path))
            return Conflict((), int(found.header.revision))
        mine = [Compare(path.key, "lease", "=", held.lease.id)]
        if held.fence is not None:
            mine.append(Compare(path.key, "create", "=", held.fence))
        try:
            response = await self._client.write(encode(Transaction(tuple(mine), (Delete(path.key),), (path,))))
        except ReplyLost as error:
            return Unknown(str(error))
        finally:
            await held.lease.end()
        revision = int(response.header.revision)
        return Committed(revision) if response.succeeded else Conflict((), revision)

    async def _still_there(self, key: Key, held: _Held) -> bool:
        """Whether the key is the one we created, as far as can be learned now: no answer is no news."""
        try:
            response = await self._client.range(range_request(Read(self._path(key), keys_only=True)))
        except Unavailable:
            return True
        if not response.kvs or response.kvs[0].lease != held.lease.id:
            return False
        if held.fence is None:
            held.fence = int(response.kvs[0].create_revision)
        return bool(response.kvs[0].create_revision == held.fence)

    def _path(self, key: Key) -> bytes:
        if isinstance(key, TakeClaim):
            return self._keys.claim(key.generation, key.az)
        return self._keys.leader(key.scope)
