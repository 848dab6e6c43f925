"""An immutable map for hundreds of thousands of keys: a base that many versions share and a small overlay.

`updated` copies the overlay only, until it would outgrow its limit: then a new base is made. A version once
taken never changes, so it may be read slowly (to disk, to a new worker) while newer ones answer.
"""

from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

from dns_server.limits import OVERLAY_MOST

V = TypeVar("V")


class Layered(Generic[V]):
    """Keys are wire names. A key is absent when its overlay value is None, or when neither layer has it."""

    __slots__ = ("_base", "_overlay", "_size")

    def __init__(self, base: dict[bytes, V], overlay: dict[bytes, V | None], size: int) -> None:
        self._base = base
        self._overlay = overlay
        self._size = size

    def get(self, key: bytes) -> V | None:
        """The value of `key`, None when absent."""
        if key in self._overlay:
            return self._overlay[key]
        return self._base.get(key)

    def updated(self, changes: Mapping[bytes, V | None]) -> "Layered[V]":
        """This map with `changes` made; a value of None removes its key. This map stays as it is."""
        if not changes:
            return self
        size = self._size
        for key, value in changes.items():
            size += (value is not None) - (self.get(key) is not None)
        overlay = {**self._overlay, **changes}
        if len(overlay) <= OVERLAY_MOST:
            return Layered(self._base, overlay, size)
        base = self._base.copy()
        for key, value in overlay.items():
            if value is None:
                base.pop(key, None)
            else:
                base[key] = value
        return Layered(base, {}, size)

    def items(self) -> Iterator[tuple[bytes, V]]:
        """Every key with its value: the base's in its order, then what the overlay adds."""
        for key, value in self._base.items():
            if key not in self._overlay:
                yield key, value
        for key, changed in self._overlay.items():
            if changed is not None:
                yield key, changed

    def __len__(self) -> int:
        return self._size


def empty() -> Layered[V]:
    """A map without keys."""
    return Layered({}, {}, 0)
