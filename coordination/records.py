"""What a name answers with: values only, no wire format.

An endpoint is a customer-facing name, lower case, without the trailing dot. Its records are at most
one A and one AAAA RRset, each a weighted set of targets. `pack` is the one canonical byte form, used
in etcd values, in plans and on disk; two equal records have equal bytes.
"""

import ipaddress
import re
from dataclasses import dataclass
from typing import Literal, NamedTuple, NewType, cast

from coordination.limits import MAX_TARGETS, MAX_TTL_S, MAX_WEIGHT

Endpoint = NewType("Endpoint", str)
RRType = Literal["A", "AAAA"]

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


class BadRecords(ValueError):
    """A name or RRset that no authority may hold; the text says which rule it breaks."""


class Target(NamedTuple):
    """One address and its share of the answers: weight 0 to MAX_WEIGHT, 0 is never chosen."""

    address: str
    weight: int


@dataclass(frozen=True, slots=True)
class RRset:
    """One type's targets. `ttl` is in seconds (RFC 2181: one TTL for the whole RRset)."""

    type: RRType
    ttl: int
    targets: tuple[Target, ...]


Records = tuple[RRset, ...]


def endpoint(text: str) -> Endpoint:
    """`text` as a canonical endpoint name. Raises BadRecords for anything that is no host name (RFC 1035, 2.3)."""
    name = text.lower().removesuffix(".")
    labels = name.split(".")
    if not text.isascii() or not name or len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise BadRecords(f"{text[:80]!r} is not a host name")
    return Endpoint(name)


def check_records(records: Records) -> Records:
    """`records` themselves if an authority may hold them, else BadRecords. Empty is a safeguard's matter, not ours."""
    if tuple(sorted({rrset.type for rrset in records})) != tuple(rrset.type for rrset in records):
        raise BadRecords("RRsets must be at most one A and one AAAA, in that order")
    for rrset in records:
        if not 0 <= rrset.ttl <= MAX_TTL_S:
            raise BadRecords(f"TTL {rrset.ttl} is outside 0 to {MAX_TTL_S} s")
        if len(rrset.targets) > MAX_TARGETS:
            raise BadRecords(f"{len(rrset.targets)} targets, the most is {MAX_TARGETS}")
        version = 4 if rrset.type == "A" else 6
        for target in rrset.targets:
            if not 0 <= target.weight <= MAX_WEIGHT:
                raise BadRecords(f"weight {target.weight} is outside 0 to {MAX_WEIGHT}")
            try:
                address = ipaddress.ip_address(target.address)
            except ValueError:
                raise BadRecords(f"{target.address[:60]!r} is not an IP address") from None
            if address.version != version or str(address) != target.address or "%" in target.address:
                raise BadRecords(f"{target.address!r} is not a canonical address for {rrset.type}")
    return records


def is_empty(records: Records) -> bool:
    """True when no question about the name could be answered with an address."""
    return not any(target.weight for rrset in records for target in rrset.targets)


def pack(records: Records) -> bytes:
    """The canonical bytes: `A 60 10.0.0.1=50,10.0.0.2=50|AAAA 60 fd00::1=100`; empty records are `-`."""
    if not records:
        return b"-"
    return "|".join(
        f"{rrset.type} {rrset.ttl} {','.join(f'{t.address}={t.weight}' for t in rrset.targets)}" for rrset in records
    ).encode("ascii")


def unpack(packed: bytes) -> Records:
    """The records that `pack` wrote, BadRecords on anything else. Addresses are `check_records`' matter."""
    if packed == b"-":
        return ()
    rrsets = []
    try:
        for part in packed.decode("ascii").split("|"):
            type_, ttl, listed = part.split(" ")
            if type_ not in {"A", "AAAA"}:
                raise BadRecords(f"type {type_[:20]!r} is neither A nor AAAA")
            pairs = (item.split("=") for item in listed.split(",")) if listed else ()
            targets = tuple(Target(address, _number(weight)) for address, weight in pairs)
            rrsets.append(RRset(cast(RRType, type_), _number(ttl), targets))
    except (ValueError, UnicodeDecodeError) as error:
        if isinstance(error, BadRecords):
            raise
        raise BadRecords(f"not packed records: {packed[:60]!r}") from None
    return tuple(rrsets)


def _number(text: str) -> int:
    """A number as `pack` writes it: no sign, no space, no leading zero, or equal records had unequal bytes."""
    if not text.isdecimal() or (text[0] == "0" and text != "0"):
        raise BadRecords(f"{text[:20]!r} is not a plain number")
    return int(text)
