"""How long claims have left: for people who look. A lease is a hint, and what is read of it is past already."""

from coordination.etcd.client import EtcdClient
from coordination.etcd.keys import Keys
from coordination.etcd.requests import Read, range_request


async def remaining(client: EtcdClient) -> dict[int, int]:
    """Whole seconds left by the claims' fences; -1 for a claim without a lease. Raises Unavailable."""
    span = Keys(client.settings.prefix).all("claims")
    response = await client.range(range_request(Read(span.start, span.end, 0, False), 0))
    return {
        int(one.create_revision): await client.remaining(int(one.lease)) if one.lease else -1 for one in response.kvs
    }
