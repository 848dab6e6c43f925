"""What the DNS server follows: roots and trees as one ordered stream, and how it may go wrong.

A feed begins with `Listed` (everything at one revision) unless it could resume; then come `Changed`
events, revision by revision, never out of order, each revision whole. After a compaction, a change of
cluster or when far behind, the feed lists again by itself. `Beat` is proof that the stream moves: our own
heartbeat key came back through it. A feed that can't go on raises `Unavailable`; it never stalls silently.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from coordination.plan import Generation
from coordination.ports import Root
from coordination.records import Endpoint


@dataclass(frozen=True, slots=True)
class Position:
    """Where a follower stands: a revision of one cluster (another cluster's numbers mean nothing)."""

    cluster: int
    revision: int


@dataclass(frozen=True, slots=True)
class Listed:
    """Everything at one revision. Tree values are packed records (`records.pack`)."""

    position: Position
    roots: Mapping[Endpoint, Root]
    trees: Mapping[tuple[Generation, Endpoint], bytes]


@dataclass(frozen=True, slots=True)
class RootChange:
    """An endpoint's root was written; None: deleted (which no protocol of ours does)."""

    endpoint: Endpoint
    root: Root | None


@dataclass(frozen=True, slots=True)
class TreeChange:
    """A tree was written (packed records) or deleted (None)."""

    endpoint: Endpoint
    generation: Generation
    packed: bytes | None


@dataclass(frozen=True, slots=True)
class Changed:
    """All changes of one revision."""

    position: Position
    changes: tuple[RootChange | TreeChange, ...]


@dataclass(frozen=True, slots=True)
class Beat:
    """The stream moves: everything up to this revision has been delivered."""

    position: Position


FeedEvent = Listed | Changed | Beat


class Feed(Protocol):
    """A stream of what the authority holds."""

    def follow(self, since: Position | None) -> AsyncIterator[FeedEvent]:
        """Events after `since`, or a listing first. Raises Unavailable when the stream breaks or stops moving."""
        ...
