"""`feed.Feed` on etcd: roots and trees as one ordered stream, from one watch.

It resumes after the last delivered revision, never after a header's. It lists again, in pages at one
revision, when it is further behind than listing is worth, when etcd has compacted or cancelled, when the stream
ends cleanly and when another cluster, or an older state of it, answers. A listing that no heartbeat follows
FEED_RELISTS times in a row is no progress: Unavailable. After a stall the next stream begins with a listing,
whatever its position. Foreign bytes raise BadStored. A delete that is compacted at its own revision is lost to
watchers (etcd before 3.5.16, issue 18089; tried on 3.5.1): so at each beat, what the last one stood at must
not be compacted yet, or there is a new listing. An etcd put back to a backup is the same cluster, and may have
overtaken the position: so the last heartbeat that came back must stand where it stood, or there is a new listing.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from coordination.etcd.client import EtcdClient
from coordination.etcd.errors import Refused
from coordination.etcd.heartbeat import Heartbeat
from coordination.etcd.keys import Keys
from coordination.etcd.listing import listed
from coordination.etcd.requests import Read, range_request
from coordination.etcd.values import root_of
from coordination.etcd.watch import Event, Stalled, Watch, WatchEnded
from coordination.feed import Beat, Changed, FeedEvent, Position, RootChange, TreeChange
from coordination.limits import FEED_RELISTS, FEED_REPLAY_REVISIONS
from coordination.ports import Unavailable
from coordination.records import Endpoint


class EtcdFeed:
    """What one DNS server follows. `server` names its heartbeat: two servers must not share a name."""

    def __init__(self, client: EtcdClient, server: str) -> None:
        self._client = client
        self._keys = Keys(client.settings.prefix)
        self._server = server
        self._stalled = False
        self._beaten: Event | None = None  # the last heartbeat that came back since the last listing
        self._roots = self._keys.all("roots").start
        self._trees = self._keys.all("trees").start

    async def follow(self, since: Position | None) -> AsyncGenerator[FeedEvent, None]:
        """Events after `since`, or a listing first. Raises Unavailable when the stream breaks or stops moving."""
        heartbeat = Heartbeat(self._client, self._keys.served(self._server))
        position, why, listings = None if self._stalled else since, "", 0
        forget = True
        try:
            while True:
                if position is None or await self._is_out_of_reach(position):
                    if listings > FEED_RELISTS:
                        raise Unavailable(f"the watch ended after each of {listings} listings: {why}")
                    listings += 1
                    everything = await listed(self._client, self._keys)
                    position, self._beaten = everything.position, None
                    yield everything
                if not heartbeat.is_beating:
                    heartbeat.start()
                try:
                    async with aclosing(self._watched(position, heartbeat)) as events:
                        async for event in events:
                            if isinstance(event, Beat):
                                listings, self._stalled = 0, False
                            yield event
                except WatchEnded as end:
                    position, why = None, str(end)
        except Unavailable as failure:
            forget = False
            self._stalled = self._stalled or isinstance(failure, Stalled)
            raise
        finally:
            await heartbeat.stop(forget)

    async def _is_out_of_reach(self, position: Position) -> bool:
        """Whether to list rather than resume: compacted, another cluster, another past of it, too far behind."""
        try:
            own = Read(self._keys.served(self._server))
            response = await self._client.range(range_request(own, position.revision))
        except Refused:  # compacted, or a revision of the future
            return True
        ahead = int(response.header.revision) - position.revision
        if int(response.header.cluster_id) != position.cluster or not 0 <= ahead <= FEED_REPLAY_REVISIONS:
            return True
        last = self._beaten
        if last is None or last.revision > position.revision:
            return False
        return [(int(kv.mod_revision), kv.value) for kv in response.kvs] != [(last.revision, last.value)]

    async def _watched(self, position: Position, heartbeat: Heartbeat) -> AsyncGenerator[FeedEvent, None]:
        """What changes after `position`. Raises WatchEnded, Unavailable."""
        proven = position
        watch = Watch(self._client, self._keys.followed(), position, lambda: heartbeat.trouble)
        async with aclosing(watch.revisions()) as revisions:
            async for reached, events in revisions:
                heartbeat.reached = reached.revision
                changes = tuple(change for event in events if (change := self._change(event)) is not None)
                if changes:
                    yield Changed(reached, changes)
                own = next((one for one in events if one.key == heartbeat.key and one.value is not None), None)
                if own is not None:
                    if await self._is_out_of_reach(proven):
                        raise WatchEnded(f"what was at revision {proven.revision} is compacted, or another's")
                    proven, self._beaten = reached, own
                    watch.alive()
                    yield Beat(reached)

    def _change(self, event: Event) -> RootChange | TreeChange | None:
        if event.key.startswith(self._trees):
            generation, name = self._keys.numbered("trees", event.key)
            return TreeChange(Endpoint(name), generation, event.value)
        if event.key.startswith(self._roots):
            endpoint = Endpoint(self._keys.name("roots", event.key))
            return RootChange(endpoint, None if event.value is None else root_of(event.value, event.revision))
        return None
