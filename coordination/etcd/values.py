"""What is kept in etcd's values: to bytes and back, strictly.

A root is `<generation> <rollback or -> <r|t>`: the generation comes first and in 20 digits, so that
`root < G` is a VALUE compare. A tree is packed records. Anything else raises BadStored: a value that we
can't read is never taken for one that is not there.

What says no format is of the first, which is the only one so far. A later one says so: a root and the head by a last
word, `f2`, a manifest by its field `format`. So whoever does not know it can say what is lacking.
"""

import json
import re
from dataclasses import asdict, fields

from coordination.etcd.keys import BadStored
from coordination.limits import GENERATION_DIGITS
from coordination.plan import Generation, Manifest, digits
from coordination.seen import Root

_ROOT = re.compile(rb"([0-9]{%d}) ([0-9]{%d}|-) ([rt])" % (GENERATION_DIGITS, GENERATION_DIGITS))
_HEAD = re.compile(rb"([0-9]{%d}) (-?[0-9]{1,19})" % GENERATION_DIGITS)
_LATER = re.compile(rb".* f([1-9][0-9]{0,8})", re.DOTALL)
FORMAT = 1
_MANIFEST_FIELDS = {field.name for field in fields(Manifest)} - {"retired"}


def text_of(value: bytes, where: str) -> str:
    """A text that is kept as it is: a token, a hand. Raises BadStored."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise BadStored(f"{where} has a value that is not UTF-8: {value[:80]!r}") from None


def root_value(generation: Generation, rollback: Generation | None, tombstone: bool) -> bytes:
    """A root's bytes."""
    back = "-" if rollback is None else digits(rollback)
    return f"{digits(generation)} {back} {'t' if tombstone else 'r'}".encode()


def root_of(value: bytes, version: int) -> Root:
    """The root that `root_value` wrote, with its modification revision."""
    match = _ROOT.fullmatch(value)
    if match is None:
        raise _bad("root", value, "`generation rollback flag`")
    generation, back, flag = match.groups()
    return Root(Generation(int(generation)), None if back == b"-" else Generation(int(back)), flag == b"t", version)


def head_value(generation: Generation, inputs_revision: int) -> bytes:
    """The bytes of the pointer to the newest plan."""
    return f"{digits(generation)} {inputs_revision}".encode()


def head_of(value: bytes) -> tuple[Generation, int]:
    """The newest plan's generation and the revision of its inputs."""
    match = _HEAD.fullmatch(value)
    if match is None:
        raise _bad("head", value, "`generation inputs-revision`")
    return Generation(int(match[1])), int(match[2])


def _bad(what: str, value: bytes, wanted: str) -> BadStored:
    if (later := _LATER.fullmatch(value)) and int(later[1]) > FORMAT:
        return BadStored(f"{what} value of format {later[1].decode()}; this version knows {FORMAT}")
    return BadStored(f"{what} value {value[:80]!r} is not {wanted}")


def manifest_value(manifest: Manifest) -> bytes:
    """A manifest as canonical JSON; whether it is retired is another key's matter."""
    stored = {name: value for name, value in asdict(manifest).items() if name in _MANIFEST_FIELDS}
    return json.dumps(stored, sort_keys=True, separators=(",", ":")).encode()


def manifest_of(value: bytes, generation: Generation, retired: bool) -> Manifest:
    """The manifest that `manifest_value` wrote under the key of `generation`."""
    try:
        stored = json.loads(value)
    except (ValueError, RecursionError):
        raise BadStored(f"manifest {generation} is not JSON: {value[:80]!r}") from None
    if isinstance(stored, dict) and stored.get("format", FORMAT) != FORMAT:
        raise BadStored(f"manifest {generation} is of format {stored['format']!r:.20}; this version knows {FORMAT}")
    if not isinstance(stored, dict) or stored.keys() != _MANIFEST_FIELDS:
        raise BadStored(f"manifest {generation} has other fields than this version writes: {value[:80]!r}")
    if stored["generation"] != generation:
        raise BadStored(f"manifest {generation} says that it is {stored['generation']!r:.40}")
    numbers = ("generation", "size", "chunks", "offset", "inputs_revision")
    base_is_fine = stored["base"] is None or type(stored["base"]) is int
    if not base_is_fine or any(type(stored[name]) is not int for name in numbers):
        raise BadStored(f"manifest {generation} has a number that is none: {value[:80]!r}")
    if stored["base"] is not None and not 0 <= stored["base"] < generation:  # folding would never come to an end
        raise BadStored(f"manifest {generation} says that it builds on {stored['base']!r:.40}")
    if any(stored[name] < 0 for name in ("size", "chunks", "offset")):
        raise BadStored(f"manifest {generation} counts below nought: {value[:80]!r}")
    if not isinstance(stored["digest"], str) or not isinstance(stored["publisher"], str):
        raise BadStored(f"manifest {generation} has a text that is none: {value[:80]!r}")
    return Manifest(**stored, retired=retired)
