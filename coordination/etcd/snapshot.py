"""Several ranges at one revision, also when etcd is full.

One read-only transaction does it. etcd up to 3.5.1 refuses even those once it is out of space (tried), so then
the first range fixes the revision and the others are read at it, one call each: slower, and as consistent.
"""

from coordination.etcd.client import EtcdClient
from coordination.etcd.requests import Read, Stored, View, encode_reads, range_request, stored, view_of
from coordination.ports import OutOfSpace


async def snapshot(client: EtcdClient, reads: tuple[Read, ...], revision: int = 0) -> tuple[View, int]:
    """What each read found, and the revision: the given one, or else the newest. Raises Unavailable."""
    try:
        response = await client.read(encode_reads(reads, revision))
    except OutOfSpace:
        return await _one_by_one(client, reads, revision)
    return view_of(reads, response), revision or int(response.header.revision)


async def _one_by_one(client: EtcdClient, reads: tuple[Read, ...], revision: int) -> tuple[View, int]:
    view: dict[Read, tuple[Stored, ...]] = {}
    for read in reads:
        response = await client.range(range_request(read, revision))
        revision = revision or int(response.header.revision)
        view[read] = stored(response.kvs)
    return view, revision
