"""Where everything is kept in etcd: the layout of keys, and back from a key to what it names.

Generations have 20 digits, so byte order is number order. `roots/`, `served/` and `trees/` are neighbours
with nothing else of ours between them: one range watch covers the three. `reserved/` and `applied/` hold
one key, whose *name* is the number: "below G" is then one range compare, true when the key is missing too,
which no VALUE compare is. A retired manifest has a second key under its own: one range delete takes both.
`lifted` is written whenever a hold is lifted: its revision says when.
"""

from dataclasses import dataclass
from typing import NamedTuple

from coordination.limits import GENERATION_DIGITS
from coordination.plan import Generation, digits
from coordination.records import Endpoint


class BadStored(ValueError):
    """etcd holds bytes that this project did not write, or another version of it. The text says where."""


class Span(NamedTuple):
    """A range of keys: from `start` up to, not including, `end`."""

    start: bytes
    end: bytes


def under(directory: bytes) -> Span:
    """All keys that begin with `directory`, which ends with a slash."""
    return Span(directory, directory[:-1] + b"0")


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys under one prefix."""

    prefix: str

    def _key(self, *parts: str) -> bytes:
        return "/".join((self.prefix, *parts)).encode()

    def root(self, endpoint: Endpoint) -> bytes:
        return self._key("roots", endpoint)

    def tree(self, generation: int, endpoint: str = "") -> bytes:
        return self._key("trees", digits(generation), endpoint)

    def lock(self, endpoint: Endpoint) -> bytes:
        return self._key("locks", endpoint)

    def hold(self, endpoint: Endpoint) -> bytes:
        return self._key("holds", endpoint)

    def claim(self, generation: int, az: str) -> bytes:
        return self._key("claims", digits(generation), az)

    def leader(self, scope: str) -> bytes:
        return self._key("leaders", scope)

    def manifest(self, generation: int) -> bytes:
        return self._key("manifests", digits(generation))

    def retired(self, generation: int) -> bytes:
        return self._key("manifests", digits(generation), "retired")

    def reserved(self, generation: int) -> bytes:
        return self._key("reserved", digits(generation))

    def applied(self, generation: int) -> bytes:
        return self._key("applied", digits(generation))

    def served(self, server: str) -> bytes:
        return self._key("served", server)

    def head(self) -> bytes:
        return self._key("head")

    def lifted(self) -> bytes:
        return self._key("lifted")

    def all(self, kind: str) -> Span:
        """Every key of one kind: `roots`, `trees`, `holds` ..."""
        return under(self._key(kind, ""))

    def trees(self, generation: int) -> Span:
        """Every tree of one generation."""
        return under(self.tree(generation))

    def manifest_whole(self, generation: int) -> Span:
        """A manifest and the mark that retires it."""
        return Span(self.manifest(generation), self._key("manifests", digits(generation) + "0"))

    def claims_to(self, generation: int) -> Span:
        """Every claim on `generation` and on older ones."""
        return Span(self._key("claims", ""), self._key("claims", digits(generation + 1), ""))

    def from_number(self, kind: str, generation: int) -> Span:
        """Keys of `reserved` or `applied` that are `generation` or above."""
        return Span(self._key(kind, digits(generation)), self.all(kind).end)

    def below_number(self, kind: str, generation: int) -> Span:
        """Keys of `reserved` or `applied` below `generation`."""
        return Span(self._key(kind, ""), self._key(kind, digits(generation)))

    def followed(self) -> Span:
        """Roots, heartbeats of servers, and trees: what a DNS server watches."""
        return Span(self.all("roots").start, self.all("trees").end)

    def name(self, kind: str, key: bytes) -> str:
        """What follows `<prefix>/<kind>/` in a key. Raises BadStored when the key is none of that kind."""
        start = self._key(kind, "")
        if not key.startswith(start) or len(key) == len(start):
            raise BadStored(f"key {key[:120]!r} is none of {self.prefix}/{kind}/")
        try:
            return key[len(start) :].decode()
        except UnicodeDecodeError:
            raise BadStored(f"key {key[:120]!r} is not UTF-8") from None

    def numbered(self, kind: str, key: bytes) -> tuple[Generation, str]:
        """The generation and the rest of a `trees`, `claims`, `manifests`, `reserved` or `applied` key."""
        name = self.name(kind, key)
        number, rest = name[:GENERATION_DIGITS], name[GENERATION_DIGITS + 1 :]
        if len(number) < GENERATION_DIGITS or not (number.isascii() and number.isdigit()):
            raise BadStored(f"key {key[:120]!r} has no generation of {GENERATION_DIGITS} digits")
        if name[GENERATION_DIGITS : GENERATION_DIGITS + 1] not in {"", "/"}:
            raise BadStored(f"key {key[:120]!r} has more than {GENERATION_DIGITS} digits")
        return Generation(int(number)), rest
