"""Ranges of any length, in pages at one revision.

The first page fixes the revision; the others are read at it, so that the whole is what the authority held at
one moment. A page too long for one message is asked for again at half its length.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from coordination.etcd.client import EtcdClient
from coordination.etcd.errors import ReplyTooLong
from coordination.etcd.keys import Span
from coordination.etcd.requests import Read, Stored, range_request, stored
from coordination.limits import PAGE_KEYS


@dataclass(frozen=True, slots=True)
class Page:
    """Keys in order, the revision and the cluster they were read at."""

    stored: tuple[Stored, ...]
    revision: int
    cluster: int


async def pages(
    client: EtcdClient,
    span: Span,
    *,
    keys_only: bool = False,
    limit: int | None = None,
    page_keys: int = PAGE_KEYS,
    revision: int = 0,
) -> AsyncIterator[Page]:
    """The span's keys, at most `limit` of them, at `revision` or at the newest (0).

    At least one page, empty if there is nothing. Raises Unavailable.
    """
    start, left = span.start, limit
    while True:
        asked = page_keys if left is None else min(page_keys, left)
        try:
            response = await client.range(range_request(Read(start, span.end, asked, keys_only), revision))
        except ReplyTooLong:
            if asked == 1:
                raise
            page_keys = max(1, asked // 2)
            continue
        revision = revision or int(response.header.revision)
        page = Page(stored(response.kvs), revision, int(response.header.cluster_id))
        yield page
        left = None if left is None else left - len(page.stored)
        if not response.more or not page.stored or left == 0:
            return
        start = page.stored[-1].key + b"\0"
