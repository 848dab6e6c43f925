"""The last good snapshot on disk: what a server starts from when etcd and everything else are dead.

One file: magic and version, a header, the entries compressed, a BLAKE2b digest of all of it. Written beside and
renamed, so that there is always a whole one; read strictly: a file that fails any check is not served from. The
age (wall clock) is for a gauge; nothing is decided by it.
"""

import hashlib
import os
import struct
import time
import zlib
from dataclasses import dataclass
from pathlib import Path

from coordination.feed import Position
from dns_server.entry import BadEntry, check_entry
from dns_server.frames import BadFrame, pack_changes, unpack_changes
from dns_server.limits import SNAPSHOT_OCTETS
from dns_server.names import name_end
from dns_server.snapshot import Snapshot

_MAGIC = b"NLSNAP\0\1"  # the last octet is the format's version
_HEADER = struct.Struct(">8sQQdIQ")  # magic, cluster, revision, saved at, entries, octets unpacked
_DIGEST = hashlib.blake2b().digest_size
_LEVEL = 1  # a third of the size in a fifth of level 6's time


class BadSnapshot(Exception):
    """A file that is not, or no longer, a snapshot of ours; the text says why."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A file's content. `entries` by key; `saved_at` in seconds since the epoch."""

    position: Position
    saved_at: float
    entries: dict[bytes, bytes]


def save(path: Path, snapshot: Snapshot) -> None:
    """Write `snapshot` (which has a position) whole or not at all. Raises OSError. Slow: call it in a thread."""
    position = snapshot.position
    assert position is not None
    octets = b"".join(pack_changes(snapshot.entries.items()))
    header = _HEADER.pack(_MAGIC, position.cluster, position.revision, time.time(), len(snapshot.entries), len(octets))
    body = header + zlib.compress(octets, _LEVEL)
    beside = path.with_name(path.name + ".new")
    with beside.open("wb") as file:
        file.write(body)
        file.write(hashlib.blake2b(body).digest())
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def load(path: Path) -> Saved | None:
    """The saved snapshot; None when there is no file. Raises BadSnapshot, or OSError when it can't be read."""
    try:
        if path.stat().st_size > SNAPSHOT_OCTETS:
            raise BadSnapshot(f"over {SNAPSHOT_OCTETS} octets")
        file = path.read_bytes()
    except FileNotFoundError:
        return None
    body, digest = file[:-_DIGEST], file[-_DIGEST:]
    if len(body) < _HEADER.size or not body.startswith(_MAGIC):
        raise BadSnapshot("not a snapshot of this version")
    if hashlib.blake2b(body).digest() != digest:
        raise BadSnapshot("the digest does not match: cut or altered")
    _, cluster, revision, saved_at, count, octets = _HEADER.unpack_from(body)
    if octets > SNAPSHOT_OCTETS:
        raise BadSnapshot(f"announces {octets} octets")
    try:
        unpacker = zlib.decompressobj()
        payload = unpacker.decompress(body[_HEADER.size :], octets + 1)
        entries = {key: _checked(key, entry) for key, entry in unpack_changes(payload)}
    except (zlib.error, BadFrame, BadEntry) as error:
        raise BadSnapshot(str(error)) from None
    if not unpacker.eof or len(payload) != octets or len(entries) != count:
        raise BadSnapshot("its header and its content disagree")
    return Saved(Position(cluster, revision), saved_at, entries)


def _checked(key: bytes, entry: bytes | None) -> bytes:
    if name_end(key, 0) != len(key) or key != key.lower():
        raise BadEntry("a key is no name in lower case")
    return check_entry(entry or b"")


def restore(saved: Saved, zones: Snapshot) -> Snapshot:
    """The saved entries that lie in the zones of an empty snapshot."""
    inside = {key: entry for key, entry in saved.entries.items() if zones.zone_of(key) is not None}
    return zones.changed(inside).moved(saved.position, serial=True)
