"""Entries as octets: between the parent and its workers, and on disk.

A frame is four octets of length, one of kind, a payload. A CHUNK holds changes; nothing of it may answer a query
before the COMMIT, with the position reached, that follows: a revision is seen whole or not at all.
"""

import struct
from collections.abc import Iterable, Iterator

from coordination.feed import Position
from dns_server.limits import ENTRY_OCTETS, FRAME_MOST_OCTETS, FRAME_OCTETS, NAME_OCTETS

CHUNK, COMMIT = 1, 2

_FRAME = struct.Struct(">IB")
_ITEM = struct.Struct(">BH")
_POSITION = struct.Struct(">QQ")


class BadFrame(ValueError):
    """Octets that no sender of ours wrote."""


def pack_changes(changes: Iterable[tuple[bytes, bytes | None]]) -> Iterator[bytes]:
    """Changes in pieces of about FRAME_OCTETS; None, a removal, is an entry without octets."""
    parts: list[bytes] = []
    size = 0
    for key, entry in changes:
        parts += (_ITEM.pack(len(key), len(entry or b"")), key, entry or b"")
        size += _ITEM.size + len(key) + len(entry or b"")
        if size >= FRAME_OCTETS:
            yield b"".join(parts)
            parts, size = [], 0
    if parts:
        yield b"".join(parts)


def unpack_changes(payload: bytes) -> Iterator[tuple[bytes, bytes | None]]:
    """What `pack_changes` wrote. Raises BadFrame."""
    at, end = 0, len(payload)
    while at < end:
        if at + _ITEM.size > end:
            raise BadFrame("an item is cut")
        key_octets, entry_octets = _ITEM.unpack_from(payload, at)
        at += _ITEM.size
        entry_at = at + key_octets
        if not 0 < key_octets <= NAME_OCTETS or entry_octets > ENTRY_OCTETS or entry_at + entry_octets > end:
            raise BadFrame("an item is cut or over its bounds")
        yield payload[at:entry_at], payload[entry_at : entry_at + entry_octets] or None
        at = entry_at + entry_octets


def revision_frames(changes: Iterable[tuple[bytes, bytes | None]], position: Position) -> Iterator[bytes]:
    """The frames of one revision (or of a whole snapshot): chunks, then the commit."""
    for payload in pack_changes(changes):
        yield _FRAME.pack(len(payload), CHUNK) + payload
    where = _POSITION.pack(position.cluster, position.revision)
    yield _FRAME.pack(len(where), COMMIT) + where


def read_position(payload: bytes) -> Position:
    """The position in a COMMIT."""
    return Position(*_POSITION.unpack(payload))


class FrameReader:
    """Cuts a stream into frames."""

    def __init__(self) -> None:
        self._unread = bytearray()

    def feed(self, octets: bytes) -> Iterator[tuple[int, bytes]]:
        """(kind, payload) of every frame that is complete by now. Raises BadFrame for one over its bounds."""
        self._unread += octets
        while len(self._unread) >= _FRAME.size:
            length, kind = _FRAME.unpack_from(self._unread)
            if length > FRAME_MOST_OCTETS:
                raise BadFrame(f"a frame of {length} octets")
            if len(self._unread) < _FRAME.size + length:
                return
            payload = bytes(self._unread[_FRAME.size : _FRAME.size + length])
            del self._unread[: _FRAME.size + length]
            yield kind, payload
