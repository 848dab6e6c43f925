"""A lease by our own clock: a liveness hint, never mutual exclusion.

Its deadline is counted from before the request that granted or renewed it, on the monotonic clock, and flips
without the network. Renewing is rate limited: a lease is kept alive when a third of its time has passed.
`Session` keeps one lease for an adapter's locks and renews it while the adapter is used.
"""

import asyncio
from collections.abc import Callable

from coordination.etcd.client import EtcdClient
from coordination.limits import LEASE_RENEWALS_PER_TTL
from coordination.ports import Unavailable

Monotonic = Callable[[], float]


class Lease:
    """One granted lease."""

    def __init__(self, client: EtcdClient, clock: Monotonic, lease: int, ttl_s: int, asked_at: float) -> None:
        self._client = client
        self._clock = clock
        self.id = lease
        self._ttl_s = ttl_s
        self._deadline = asked_at + ttl_s
        self._tried_at = asked_at

    @classmethod
    async def granted(cls, client: EtcdClient, clock: Monotonic, ttl_s: int) -> "Lease":
        """A new lease. Raises Unavailable."""
        asked_at = clock()
        response = await client.grant(ttl_s)
        return cls(client, clock, int(response.ID), int(response.TTL), asked_at)

    @property
    def is_past(self) -> bool:
        """Whether the local deadline has passed: etcd may or may not have noticed."""
        return self._clock() >= self._deadline

    @property
    def is_due(self) -> bool:
        """Whether a third of the TTL has passed since it was last kept alive, or last tried."""
        return self._clock() - self._tried_at >= self._ttl_s / LEASE_RENEWALS_PER_TTL

    async def renew(self) -> bool:
        """Keep it alive if that is due. False once it is known to be gone or the local deadline has passed."""
        if self.is_past:
            return False
        if self.is_due:
            self._tried_at = asked_at = self._clock()
            try:
                ttl_s = await self._client.keepalive(self.id)
            except Unavailable:
                return not self.is_past
            self._deadline = asked_at + ttl_s if ttl_s > 0 else asked_at
        return not self.is_past

    async def end(self) -> None:
        """Revoke it, and with it its keys, as well as that can be done: what can't be reached expires."""
        try:
            await self._client.revoke(self.id)
        except Unavailable:
            return


class Session:
    """The lease that one adapter's locks hang on: granted at first use, replaced when it is lost."""

    def __init__(self, client: EtcdClient, clock: Monotonic, ttl_s: int) -> None:
        self._client = client
        self._clock = clock
        self._ttl_s = ttl_s
        self._lease: Lease | None = None
        self._asking = asyncio.Lock()  # two that find no lease would be granted two, of which one is never renewed

    async def lease(self) -> int:
        """A lease's id, by our clock alive. Raises Unavailable."""
        async with self._asking:
            if self._lease is None or not await self._lease.renew():
                self._lease = await Lease.granted(self._client, self._clock, self._ttl_s)
            return self._lease.id

    async def touch(self) -> None:
        """Keep the lease alive if there is one and it is due: the adapter is being used."""
        held = self._lease
        if held is not None and not await held.renew():
            self.lost(held.id)

    def lost(self, lease: int) -> None:
        """That lease is gone: the next use grants another. Another may have been granted meanwhile, and stays."""
        if self._lease is not None and self._lease.id == lease:
            self._lease = None

    async def close(self) -> None:
        """Give up the lease and every lock on it."""
        if self._lease is not None:
            await self._lease.end()
            self._lease = None
