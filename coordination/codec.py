"""A plan as bytes: versioned, canonical, strict. Pure.

A header line (magic, format version, generation, base or `-`, number of entries), then one line an entry:
`<endpoint> <records.pack>`, or `<endpoint> !` for a removal. Equal plans have equal bytes, so a plan is
known by the SHA-256 of them. Nothing is compressed here: another zlib's bytes would be another plan.

Decoding refuses whatever encoding would not have written, and encoding whatever decoding would refuse:
`BadPlan` says in one line which rule is broken. One regular expression judges a usual line whole;
`records.check_records` judges the unusual ones and is what that expression must agree with.
"""

import gc
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from coordination.limits import GENERATION_DIGITS, MAX_TARGETS, MAX_TTL_S, MAX_WEIGHT, PLAN_BYTES, PLAN_ENTRIES
from coordination.plan import Entry, Generation, Plan
from coordination.records import (
    BadRecords,
    Endpoint,
    Records,
    RRset,
    RRType,
    Target,
    check_records,
    endpoint,
    pack,
    unpack,
)

FORMAT = 1
MAGIC = "namelatch-plan"


class BadPlan(ValueError):
    """Bytes (or a plan) that are not what this format allows; the text says which rule they break."""


_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_V4 = rf"{_OCTET}(?:\.{_OCTET}){{3}}"
# RFC 5952 with lone zero groups only: a longer run beside `::`, and the forms of ::ffff:0:0/96 on which Python's
# versions differ, are left to check_records.
# The quantifiers are possessive: there is never a second way to read an address.
_GROUP = r"[1-9a-f][0-9a-f]{0,3}+"
_MORE = rf"(?::(?:0:)?+{_GROUP})*+"
_WHOLE_V6 = rf"(?=(?:[0-9a-f]+:){{7}}[0-9a-f]+=)(?:0:)?+{_GROUP}{_MORE}(?::0)?+"
_SHORT_V6 = (
    r"(?!:{0,2}+(?:[0-9a-f]++::?+){6}[0-9a-f])(?!::ffff:)"
    rf"(?:(?:0:)?+{_GROUP}{_MORE})?+::(?:{_GROUP}{_MORE}(?::0)?+)?+"
)
_V6 = rf"(?:{_SHORT_V6}|{_WHOLE_V6})"
_TTL = r"(?:0|[1-9][0-9]{0,4}|[1-5][0-9]{5})"  # what comes close to the limits is judged by check_records too
_WEIGHT = r"(?:0|[1-9][0-9]{0,3}|[1-5][0-9]{4})"
assert MAX_TTL_S >= 599_999
assert MAX_WEIGHT >= 59_999


def _rrset(type_: str, address: str) -> str:
    return rf"{type_} ({_TTL}) ({address}={_WEIGHT}(?:,{address}={_WEIGHT}){{0,{MAX_TARGETS - 1}}})"


_USUAL = re.compile(rf"{_rrset('A', _V4)}(?:\|{_rrset('AAAA', _V6)})?|{_rrset('AAAA', _V6)}")
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_HEADER = re.compile(
    rf"{MAGIC} (0|[1-9][0-9]{{0,8}}) (0|[1-9][0-9]{{0,{GENERATION_DIGITS - 1}}})"
    rf" (-|0|[1-9][0-9]{{0,{GENERATION_DIGITS - 1}}}) (0|[1-9][0-9]{{0,8}})"
)
_target = partial(tuple.__new__, Target)  # NamedTuple's own constructor costs three times as much


def digest(data: bytes) -> str:
    """SHA-256 in hex: what manifests and chunks carry."""
    return hashlib.sha256(data).hexdigest()


def encode(plan: Plan) -> bytes:
    """The plan's canonical bytes. Raises BadPlan for a plan that no reader would accept."""
    if not 0 <= plan.generation < 10**GENERATION_DIGITS:
        raise BadPlan(f"generation {plan.generation} is outside 0 to {GENERATION_DIGITS} digits")
    if plan.base is not None and not 0 <= plan.base < plan.generation:
        raise BadPlan(f"base {plan.base} is not below generation {plan.generation}")
    if len(plan.entries) > PLAN_ENTRIES:
        raise BadPlan(f"{len(plan.entries)} entries, the most is {PLAN_ENTRIES}")
    base = "-" if plan.base is None else str(plan.base)
    lines = [f"{MAGIC} {FORMAT} {plan.generation} {base} {len(plan.entries)}"]
    lines.extend(_encode_entries(plan.entries))
    if len({name for name, _ in plan.entries}) != len(plan.entries):
        raise BadPlan("an endpoint is named twice")
    data = ("\n".join(lines) + "\n").encode("ascii")
    if len(data) > PLAN_BYTES:
        raise BadPlan(f"{len(data)} bytes, the most is {PLAN_BYTES}")
    return data


def decode(data: bytes) -> Plan:
    """The plan that `encode` wrote. Raises BadPlan on anything else."""
    if len(data) > PLAN_BYTES:
        raise BadPlan(f"{len(data)} bytes, the most is {PLAN_BYTES}")
    generation, base, count = _header(data[: data.find(b"\n") + 1])
    try:
        lines = data.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise BadPlan(f"byte {error.start} is not ASCII") from None
    if lines.pop() != "":
        raise BadPlan("the last line is cut short")
    if len(lines) - 1 != count:
        raise BadPlan(f"{len(lines) - 1} entries where the header announces {count}")
    with _uncollected():
        entries = tuple(map(_entry, lines[1:]))
    if len({name for name, _ in entries}) != count:
        raise BadPlan("an endpoint is named twice")
    return Plan(generation, base, entries)


@contextmanager
def _uncollected() -> Iterator[None]:
    """No garbage collection while millions of small values are made: none is garbage, and looking doubles the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _header(line: bytes) -> tuple[Generation, Generation | None, int]:
    match = _HEADER.fullmatch(line[:-1].decode("ascii", "replace")) if line else None
    if match is None:
        raise BadPlan("no plan header")
    version, generation, base, count = match.groups()
    if int(version) != FORMAT:
        raise BadPlan(f"unknown plan format {version}; this reader knows {FORMAT}")
    if int(count) > PLAN_ENTRIES:
        raise BadPlan(f"{count} entries, the most is {PLAN_ENTRIES}")
    if base != "-" and int(base) >= int(generation):
        raise BadPlan(f"base {base} is not below generation {generation}")
    return Generation(int(generation)), None if base == "-" else Generation(int(base)), int(count)


def _encode_entries(entries: tuple[Entry, ...]) -> Iterator[str]:
    for name, records in entries:
        _check_name(name)
        if records is None:
            yield f"{name} !"
            continue
        try:
            packed = pack(records).decode("ascii")
        except UnicodeEncodeError:
            raise BadPlan(f"{name}: an address is not ASCII") from None
        targets = sum(len(rrset.targets) for rrset in records)
        if _USUAL.fullmatch(packed) is None or packed.count("=") != targets:  # an address may not bring its own `=`
            _slow(name, packed, records)
        yield f"{name} {packed}"


def _entry(line: str) -> Entry:
    name, _, packed = line.partition(" ")
    _check_name(name)
    if packed == "!":
        return Entry(Endpoint(name), None)
    match = _USUAL.fullmatch(packed)
    return Entry(Endpoint(name), _slow(name, packed, None) if match is None else _usual(match))


def _check_name(name: str) -> None:
    """`records.endpoint` for a name that must be canonical already."""
    if len(name) > 253 or _NAME.fullmatch(name) is None:
        try:
            canonical = endpoint(name)
        except BadRecords as error:
            raise BadPlan(str(error)) from None
        raise BadPlan(f"{name[:80]!r} is not canonical: it should read {canonical[:80]!r}")


def _usual(match: re.Match[str]) -> Records:
    ttl4, listed4, ttl6, listed6, lone_ttl6, lone_listed6 = match.groups()
    if ttl4 is None:
        return (_usual_rrset("AAAA", lone_ttl6, lone_listed6),)
    if ttl6 is None:
        return (_usual_rrset("A", ttl4, listed4),)
    return _usual_rrset("A", ttl4, listed4), _usual_rrset("AAAA", ttl6, listed6)


def _usual_rrset(type_: RRType, ttl: str, listed: str) -> RRset:
    flat = listed.replace("=", ",").split(",")
    return RRset(type_, int(ttl), tuple(map(_target, zip(flat[0::2], map(int, flat[1::2]), strict=True))))


def _slow(name: str, packed: str, expected: Records | None) -> Records:
    """The records of an unusual line, judged in full; `expected` is what an encoder meant to write."""
    try:
        records = check_records(unpack(packed.encode("ascii")))
    except BadRecords as error:
        raise BadPlan(f"{name}: {error}") from None
    if pack(records).decode("ascii") != packed or (expected is not None and records != expected):
        raise BadPlan(f"{name}: not the canonical form of its records: {packed[:60]!r}")
    return records
