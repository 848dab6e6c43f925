"""What one endpoint answers with, packed into one bytes object: the same in memory, in a pipe and on disk.

One octet of state; a live entry goes on with the counts and TTLs of A and AAAA, then for each type the
cumulative weights (32 bits) and the rdata, ready to copy. One object per endpoint and none for the garbage
collector: hundreds of thousands of tuples would cost its pauses. Targets of weight 0 are never chosen and
are left out here. A dangling root and an empty tree have no rdata: same answer, counted apart.
"""

import socket
import struct
from bisect import bisect_right
from itertools import accumulate, pairwise

from coordination.limits import MAX_TARGETS, MAX_TTL_S, MAX_WEIGHT
from coordination.records import BadRecords, RRset, unpack
from dns_server.codes import AAAA, A
from dns_server.limits import ENTRY_OCTETS

DANGLING = b"\x01"  # the root points at a tree that is gone
TOMBSTONE = b"\x02"  # removed on purpose: the name does not exist
_LIVE = 0

_HEAD = struct.Struct(">BBBII")
_CUMULATIVE = tuple(struct.Struct(f">{n}I") for n in range(MAX_TARGETS + 1))
_SIZES = (4, 16)

DRAW_BITS = 64
_DRAW_MASK = (1 << DRAW_BITS) - 1
_STEP, _ADD = 6364136223846793005, 1442695040888963407  # Knuth's MMIX generator: further draws from the first


class BadEntry(ValueError):
    """Octets that are no entry: they come from a damaged snapshot."""


def pack_tree(packed: bytes) -> bytes:
    """The entry of a tree's packed records (`coordination.records.pack`). Raises BadRecords."""
    counts, ttls, parts = [0, 0], [0, 0], [b"", b""]
    for rrset in unpack(packed):
        which = 0 if rrset.type == "A" else 1
        if parts[which] or not 0 <= rrset.ttl <= MAX_TTL_S:
            raise BadRecords(f"{rrset.type} is given twice, or its TTL is outside 0 to {MAX_TTL_S} s")
        weights, rdata = _pack_targets(rrset)
        counts[which], ttls[which] = len(weights), rrset.ttl
        parts[which] = _CUMULATIVE[len(weights)].pack(*weights) + rdata
    return _HEAD.pack(_LIVE, *counts, *ttls) + parts[0] + parts[1]


def _pack_targets(rrset: RRset) -> tuple[list[int], bytes]:
    """Cumulative weights and rdata of the targets that can be chosen. One loop: it runs for every record at start."""
    family = socket.AF_INET if rrset.type == "A" else socket.AF_INET6
    total = 0
    weights, rdata = [], []
    for address, weight in rrset.targets:
        if not 0 <= weight <= MAX_WEIGHT:
            raise BadRecords(f"weight {weight} is outside 0 to {MAX_WEIGHT}")
        if weight:
            total += weight
            weights.append(total)
            try:
                rdata.append(socket.inet_pton(family, address))
            except (OSError, ValueError):
                raise BadRecords(f"{address[:60]!r} is not an address of {rrset.type}") from None
    if len(weights) > MAX_TARGETS:
        raise BadRecords(f"{len(weights)} targets, the most is {MAX_TARGETS}")
    return weights, b"".join(rdata)


def check_entry(entry: bytes) -> bytes:
    """`entry` itself if every length in it agrees and weights ascend, else BadEntry."""
    if entry in {DANGLING, TOMBSTONE}:
        return entry
    if not _HEAD.size <= len(entry) <= ENTRY_OCTETS or entry[0] != _LIVE:
        raise BadEntry(f"{len(entry)} octets of unknown state")
    _, a, aaaa, a_ttl, aaaa_ttl = _HEAD.unpack_from(entry)
    if max(a, aaaa) > MAX_TARGETS or max(a_ttl, aaaa_ttl) > MAX_TTL_S:
        raise BadEntry("over the bounds of an RRset")
    if len(entry) != _HEAD.size + a * 8 + aaaa * 20:
        raise BadEntry("counts and length disagree")
    for count, at in ((a, _HEAD.size), (aaaa, _HEAD.size + a * 8)):
        weights = (0, *_CUMULATIVE[count].unpack_from(entry, at))
        if any(later <= earlier for earlier, later in pairwise(weights)):
            raise BadEntry("weights do not ascend")
    return entry


def choose(entry: bytes, type: int, answers: int, draw: int) -> tuple[int, tuple[bytes, ...]]:
    """TTL and rdata of up to `answers` targets of one type, drawn by weight without repetition.

    `draw` is uniform in 0 to 2**DRAW_BITS - 1. (0, ()) when there is nothing of that type.
    """
    if len(entry) == 1:
        return 0, ()
    _, a, aaaa, a_ttl, aaaa_ttl = _HEAD.unpack_from(entry)
    if type == A:
        count, ttl, at, size = a, a_ttl, _HEAD.size, _SIZES[0]
    elif type == AAAA:
        count, ttl, at, size = aaaa, aaaa_ttl, _HEAD.size + a * (4 + _SIZES[0]), _SIZES[1]
    else:
        return 0, ()
    if not count:
        return 0, ()
    rdata = at + 4 * count
    if count == 1:
        return ttl, (entry[rdata : rdata + size],)
    cumulative = _CUMULATIVE[count].unpack_from(entry, at)
    if answers == 1:
        rdata += size * bisect_right(cumulative, draw * cumulative[-1] >> DRAW_BITS)
        return ttl, (entry[rdata : rdata + size],)
    picks = _draw_several(cumulative, min(answers, count), draw)
    return ttl, tuple(entry[rdata + size * pick : rdata + size * (pick + 1)] for pick in picks)


def _draw_several(cumulative: tuple[int, ...], answers: int, draw: int) -> list[int]:
    """Indices of `answers` targets, each drawn by weight from those not drawn before."""
    left = list(range(len(cumulative)))
    weights = [high - low for low, high in pairwise((0, *cumulative))]
    picks = []
    for _ in range(answers):
        running = list(accumulate(weights))
        at = bisect_right(running, draw * running[-1] >> DRAW_BITS)
        picks.append(left.pop(at))
        weights.pop(at)
        draw = (draw * _STEP + _ADD) & _DRAW_MASK
    return picks
