"""The lives of one process as a table: every place where it can stand, and where a reply takes it.

A place is a stopped coroutine, known by what it keeps (`freeze`) or, unreduced, by all that it has heard. The table
grows as the explorer asks: each (place, reply) is run once, by replaying what was heard into a fresh coroutine, or with
the coroutine itself while it is still at hand.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from namelatch.lab.explorer.freeze import Freezer
from namelatch.lab.kernel import Call, Continuation
from namelatch.lab.processes import CONSTANT, Process

FORGOTTEN = frozenset({"counts", "_attempts", "backoff_s", "told", "last_claims"})
AT_HAND = 4_000  # coroutines kept alive at the places found last


@dataclass(frozen=True, slots=True)
class Place:
    """Where a process stands: in which incarnation, before which call, one way of having come there, what it keeps."""

    incarnation: int
    pending: Call
    heard: tuple[Any, ...]
    kept: Any


class Lives:
    """All places of one process. Numbers stand for places; 0 is the beginning of the first incarnation."""

    def __init__(self, process: Process, frames: bool = True) -> None:
        self.process = process
        self.places: list[Place] = []
        self._frames = frames
        self._freezer = Freezer(FORGOTTEN, CONSTANT)
        self._known: dict[Hashable, int] = {}
        self._after: dict[tuple[int, Any], int] = {}
        self._at_hand: dict[int, Continuation] = {}
        self._beginnings: dict[int, int] = {}
        self.beginning(1)

    def close(self) -> None:
        """Let go of every coroutine that is still at hand."""
        while self._at_hand:
            self._at_hand.popitem()[1].close()

    def beginning(self, incarnation: int) -> int:
        """The place where an incarnation begins."""
        if incarnation not in self._beginnings:
            begun = Continuation(self.process.begin(incarnation))
            self._beginnings[incarnation] = self._place(incarnation, begun)
        return self._beginnings[incarnation]

    def after(self, place: int, reply: Any) -> int:
        """The place to which a reply takes it."""
        known = self._after.get((place, reply))
        if known is None:
            known = self._after[place, reply] = self._go_on(place, reply)
        return known

    def _go_on(self, place: int, reply: Any) -> int:
        at = self.places[place]
        continuation = self._at_hand.pop(place, None)
        if continuation is None:
            continuation = Continuation(self.process.begin(at.incarnation), at.heard)
        continuation.hear(reply)
        return self._place(at.incarnation, continuation)

    def _place(self, incarnation: int, continuation: Continuation) -> int:
        kept = self._freezer.freeze(continuation.coroutine) if self._frames else continuation.heard
        key = (incarnation, continuation.pending, kept)
        place = self._known.get(key)
        if place is not None:
            continuation.close()
            return place
        place = self._known[key] = len(self.places)
        self.places.append(Place(incarnation, continuation.pending, continuation.heard, kept))
        self._at_hand[place] = continuation
        if len(self._at_hand) > AT_HAND:
            self._at_hand.pop(next(iter(self._at_hand))).close()
        return place
