"""Health inputs from a file: what should exist, as TOML or JSON, re-read when its content changes.

    ["api.example.com"]
    ttl = 60
    A = { "192.0.2.1" = 70, "192.0.2.2" = 30 }
    AAAA = { "2001:db8::1" = 100 }

    [remove]
    names = ["old.example.com"]

A name that is not in the file is left as it is: taking one down is explicit, under `remove`. A file that is
missing, broken or lists nothing is no answer at all (Unavailable): a failing source must never look like an
empty world. After a start everything may have changed, so the first plan is a full one.
"""

import asyncio
import json
import os
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from coordination.limits import MAX_WEIGHT
from coordination.plan import Generation
from coordination.ports import Inputs, Unavailable
from coordination.records import BadRecords, Endpoint, Records, RRset, RRType, Target, check_records, endpoint, is_empty

Stamp = tuple[int, int, int, int, int]

FILE_BYTES = 512 * 1024 * 1024  # a million endpoints take some 200 MB
SETTLED_NS = 2_000_000_000  # a file's clock ticks coarsely: what was written again within one tick looks the same
DEFAULT_TTL_S = 60


@dataclass(frozen=True, slots=True)
class FileInputs:
    """Where the inputs are; opens them for a planner."""

    path: Path

    def open(self, scope: str) -> "FileHealth":  # noqa: ARG002 (every planner reads the same file)
        """The planner's side."""
        return FileHealth(self.path)


class FileHealth:
    """`ports.Health` over a file, which is read when it looks changed and parsed when its content is another."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: Stamp | None = None
        self._digest = b""
        self._good = b""
        self._trouble = ""
        self._revision = 0
        self._known: Mapping[Endpoint, Records] = {}
        self._removed: tuple[Endpoint, ...] = ()

    async def inputs(self, since: int) -> Inputs:
        """What the file says. Its content has no history: any change is "everything may have changed"."""
        content = await asyncio.to_thread(self._read)
        digest = self._digest if content is None else sha256(content).digest()
        if content is not None and digest != self._digest:
            await self._take(content, digest, since)
            self._digest = digest
        if self._trouble:
            raise Unavailable(self._trouble)
        changed = None if self._revision > since else ()
        return Inputs(max(self._revision, since), tuple(self._known), changed, self._removed if changed is None else ())

    def allocate(self, endpoint: Endpoint, generation: Generation) -> Records:  # noqa: ARG002 (the file says it all)
        """The endpoint's records as the file has them."""
        return self._known[endpoint]

    async def _take(self, content: bytes, digest: bytes, since: int) -> None:
        """Plan from this content, unless it is the last good one's again; or know why not."""
        self._trouble = ""
        if digest == self._good:
            return
        try:
            self._known, self._removed = await asyncio.to_thread(parse, self._path, content)
        except BadRecords as error:
            self._trouble = f"inputs {error}"
        else:
            self._good, self._revision = digest, max(self._revision, since) + 1

    def _read(self) -> bytes | None:
        """The content; None while the file looks as it did when it was read last."""
        try:
            if self._stamp is not None and _stamp(self._path.stat()) == self._stamp:
                return None
            self._stamp = None
            with self._path.open("rb") as file:
                found = os.fstat(file.fileno())
                content = file.read(FILE_BYTES + 1)
        except OSError as error:
            raise Unavailable(f"inputs {self._path}: {error.strerror}") from None
        if len(content) > FILE_BYTES:
            raise Unavailable(f"inputs {self._path}: more than {FILE_BYTES} bytes")
        if time.time_ns() - found.st_mtime_ns > SETTLED_NS:
            self._stamp = _stamp(found)
        return content


def _stamp(found: os.stat_result) -> Stamp:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def parse(path: Path, content: bytes) -> tuple[dict[Endpoint, Records], tuple[Endpoint, ...]]:
    """Endpoints with their records, in the file's order, and the names to take down. Raises BadRecords."""
    try:
        text = content.decode("utf-8")
        document = json.loads(text, object_pairs_hook=_once) if path.suffix == ".json" else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadRecords(f"{path}: {error}") from None
    if not isinstance(document, dict):
        raise BadRecords(f"{path}: a table of names is wanted")
    try:
        gone = _removed(document.pop("remove", {}))
    except BadRecords as error:
        raise BadRecords(f"{path}: remove: {error}") from None
    removed = frozenset(gone)
    found: dict[Endpoint, Records] = {}
    for name, table in document.items():
        try:
            canonical = endpoint(name)
            if canonical in found or canonical in removed:
                raise BadRecords("is there twice, or is also removed")
            found[canonical] = check_records(_records(table))
            if is_empty(found[canonical]):
                raise BadRecords("has no address with a weight; to take it down, list it under remove")
        except BadRecords as error:
            raise BadRecords(f"{path}: {name}: {error}") from None
    if not found:
        raise BadRecords(f"{path}: no endpoint is listed; to take names down, list them under remove")
    return found, gone


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """JSON's own rule is that the last one wins: half of what was meant would be lost without a word."""
    table = dict(pairs)
    if len(table) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise BadRecords(f"{twice[:80]!r} is there twice")
    return table


def _removed(table: Any) -> tuple[Endpoint, ...]:
    names = table.get("names", []) if isinstance(table, dict) and set(table) <= {"names"} else None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise BadRecords("a list `names` of host names is wanted")
    return tuple(dict.fromkeys(endpoint(name) for name in names))


def _records(table: Any) -> Records:
    if not isinstance(table, dict) or set(table) - {"ttl", "A", "AAAA"}:
        raise BadRecords("ttl, A and AAAA are what a name may have")
    ttl = table.get("ttl", DEFAULT_TTL_S)
    types: tuple[RRType, ...] = ("A", "AAAA")
    return tuple(RRset(type_, _whole(ttl, "ttl"), _targets(table[type_])) for type_ in types if type_ in table)


def _targets(listed: Any) -> tuple[Target, ...]:
    if not isinstance(listed, dict) or not listed:
        raise BadRecords(f"targets are a table of addresses with their weights, 0 to {MAX_WEIGHT}")
    return tuple(Target(address, _whole(weight, address)) for address, weight in listed.items())


def _whole(value: Any, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadRecords(f"{what}: a whole number is wanted, not {str(value)[:40]!r}")
    return value
