"""Names between text and wire format (RFC 1035, 3.1), never compressed.

A *key* is a wire name in lower case: what names are compared by (RFC 4343). Lowering the whole wire form is
sound because a length octet is at most 63, below every letter.
"""

from collections.abc import Iterator

from dns_server.limits import LABEL_OCTETS, NAME_OCTETS

ROOT = b"\0"


class BadName(ValueError):
    """A text that is no domain name; the message says which rule it breaks."""


def to_wire(text: str) -> bytes:
    """`text` (ASCII, without escapes, a trailing dot or none) in wire format, its case kept. Raises BadName."""
    stem = text.removesuffix(".")
    if not stem:
        return ROOT
    try:
        labels = [label.encode("ascii") for label in stem.split(".")]
    except UnicodeEncodeError:
        raise BadName(f"{text[:80]!r} is not ASCII") from None
    if not all(0 < len(label) <= LABEL_OCTETS for label in labels):
        raise BadName(f"{text[:80]!r} has an empty label or one over {LABEL_OCTETS} octets")
    wire = b"".join(bytes((len(label),)) + label for label in labels) + ROOT
    if len(wire) > NAME_OCTETS:
        raise BadName(f"{text[:80]!r} is over {NAME_OCTETS} octets")
    return wire


def to_text(wire: bytes) -> str:
    """A well-formed wire name as text without the trailing dot, `.` for the root; odd octets as \\DDD (RFC 4343)."""
    labels = []
    at = 0
    while wire[at]:
        label = wire[at + 1 : at + 1 + wire[at]]
        labels.append("".join(chr(c) if 0x21 <= c <= 0x7E and c not in b'."\\' else f"\\{c:03d}" for c in label))
        at += 1 + wire[at]
    return ".".join(labels) or "."


def name_end(message: bytes, start: int) -> int:
    """The offset after the uncompressed name at `start`; -1 for a pointer, a reserved length, 256 octets or a cut."""
    at = start
    most = min(len(message), start + NAME_OCTETS)
    while at < most:
        length = message[at]
        at += 1
        if not length:
            return at
        if length > LABEL_OCTETS:
            return -1
        at += length
    return -1


def suffixes(key: bytes) -> Iterator[bytes]:
    """The name itself, then its ancestors, the root last. Steps by labels: a label's octets may look like a name."""
    at = 0
    while key[at]:
        yield key[at:]
        at += 1 + key[at]
    yield ROOT
