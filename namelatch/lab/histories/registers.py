"""From a history's lines to what was done to each root and seen of it. Pure.

One line is at most one operation on a root: its conditions on that root, and its write. Of a commit that was
lost, each condition says whether it held; of one whose outcome nobody heard, all of them held if it happened.
A conflict that names no condition, and a commit that was never sent, say nothing about any root.
"""

from collections.abc import Container, Iterable, Iterator
from math import inf
from typing import Any

from coordination.lines import Line, decode_condition, own_endpoint
from coordination.records import Endpoint
from namelatch.lab.histories.linearizable import Check, OlderThan, Op, Register, Saw, VersionIs, Written


def operations(lines: Iterable[Line], wanted: Container[Endpoint] | None = None) -> dict[Endpoint, list[Op]]:
    """Each root's operations (of the `wanted` ones, or of all). An operation's place is its line's."""
    found: dict[Endpoint, list[Op]] = {}
    for place, line in enumerate(lines):
        for endpoint, op in _of_line(line, place, wanted):
            found.setdefault(endpoint, []).append(op)
    return found


def _of_line(line: Line, place: int, wanted: Container[Endpoint] | None) -> Iterator[tuple[Endpoint, Op]]:
    if line["call"] in {"read", "roots"}:
        for endpoint, *seen in line["roots"]:
            if wanted is None or endpoint in wanted:
                yield endpoint, Op(line["asked"], line["answered"], (Saw(*seen),), place=place)
        return
    out = line.get("out")
    if out in {"committed", "unknown"} or (out == "conflict" and line["lost"]):
        checks = _checks(line, wanted)
        writes = _writes(line, wanted) if out != "conflict" else {}
        answered = inf if out == "unknown" else line["answered"]
        for endpoint in dict.fromkeys((*checks, *writes)):
            of_root = tuple(checks.get(endpoint, ()))
            yield endpoint, Op(line["asked"], answered, of_root, writes.get(endpoint), out != "unknown", place)


def _checks(line: Line, wanted: Container[Endpoint] | None) -> dict[Endpoint, list[Check]]:
    """What a commit's conditions said of each root."""
    found: dict[Endpoint, list[Check]] = {}
    changes = line["changes"]
    lost = {(index, text) for index, _, text in line.get("lost", ())}
    for flat in line.get("if", ()):
        index, word, *values = flat
        if word not in {"version", "older"}:
            continue
        endpoint = Endpoint(values[0] if values[0] is not None else own_endpoint(changes[index]) or "")
        if wanted is None or endpoint in wanted:
            held = not lost or (index, str(decode_condition(flat, changes)[1])) not in lost
            check: Check = VersionIs(values[1], held) if word == "version" else OlderThan(values[1], held)
            found.setdefault(endpoint, []).append(check)
    return found


def _writes(line: Line, wanted: Container[Endpoint] | None) -> dict[Endpoint, Written]:
    """What a commit left at each root; twice the same root in one batch: the last."""
    version = line.get("revision")
    return {
        Endpoint(change[1]): Written(change[2], change[4], change[3] is None, version)
        for change in line["changes"]
        if change[0] == "enact" and (wanted is None or change[1] in wanted)
    }


# --- in words ----------------------------------------------------------------------------------------------------


def told(op: Op | None, register: Register) -> str:
    """Why an operation does not fit, in one sentence."""
    if op is None:
        return "no order was found"
    parts = [_of_check(check) for check in op.checks]
    if op.write is not None:
        parts.append(f"wrote {_named(op.write.generation, op.write.version)}")
    stands = "no root" if register.generation is None else _named(register.generation, register.version)
    return f"{' and '.join(parts)}, where every order comes to {stands}"


def _of_check(check: Check) -> str:
    match check:
        case Saw(None):
            return "saw no root"
        case Saw(generation, _, _, version):
            return f"saw {_named(generation, version)}"
        case VersionIs(version, held):
            return f"found version {version}" if held else f"found another version than {version}"
        case OlderThan(generation, held):
            return f"found it below generation {generation}" if held else f"found it not below generation {generation}"


def _named(generation: Any, version: int | None) -> str:
    return f"generation {generation} at version {'unheard' if version is None else version}"
