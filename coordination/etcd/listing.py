"""Every root and tree at one revision, quickly: 300,000 keys in a few seconds.

Pages are long, since etcd walks the whole rest of a range to count it at every page. What repeats (the
generation in a tree's key, a root's value) is parsed strictly once and then looked up by its bytes.
"""

from coordination.etcd.client import EtcdClient
from coordination.etcd.keys import Keys
from coordination.etcd.pages import pages
from coordination.etcd.requests import Stored
from coordination.etcd.values import root_of
from coordination.feed import Listed, Position
from coordination.limits import FEED_PAGE_KEYS, GENERATION_DIGITS
from coordination.plan import Generation
from coordination.records import Endpoint
from coordination.seen import Root


async def listed(client: EtcdClient, keys: Keys) -> Listed:
    """Every root and tree. Raises Unavailable, BadStored."""
    tables = Tables(keys)
    position = Position(0, 0)
    async for page in pages(client, keys.followed(), page_keys=FEED_PAGE_KEYS):
        position = Position(page.cluster, page.revision)
        tables.add(page.stored)
    return Listed(position, tables.roots, tables.trees)


class Tables:
    """Roots and trees by name, from keys and values."""

    def __init__(self, keys: Keys) -> None:
        self.roots: dict[Endpoint, Root] = {}
        self.trees: dict[tuple[Generation, Endpoint], bytes] = {}
        self._keys = keys
        self._generations: dict[bytes, Generation] = {}
        self._values: dict[bytes, Root] = {}

    def add(self, page: tuple[Stored, ...]) -> None:
        """Take in keys of any kind; only roots and trees are kept. Raises BadStored."""
        roots, trees = self._keys.all("roots").start, self._keys.all("trees").start
        for key, value, _, version in page:
            if key.startswith(trees):
                self._add_tree(key, value, len(trees) + GENERATION_DIGITS + 1)
            elif key.startswith(roots):
                self._add_root(key, value, version, len(roots))

    def _add_tree(self, key: bytes, value: bytes, name_at: int) -> None:
        generation = self._generations.get(key[:name_at])
        if generation is None:
            generation = self._keys.numbered("trees", key)[0]
            self._generations[key[:name_at]] = generation
        self.trees[generation, Endpoint(key[name_at:].decode())] = value

    def _add_root(self, key: bytes, value: bytes, version: int, name_at: int) -> None:
        like = self._values.get(value)
        if like is None:
            like = self._values[value] = root_of(value, version)
        name = Endpoint(key[name_at:].decode())
        self.roots[name] = Root(like.generation, like.rollback, like.tombstone, version)
