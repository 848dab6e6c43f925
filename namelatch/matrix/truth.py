"""What etcd itself says was written: every revision under a cell's prefix, and whose write each was. Mostly pure.

A recorder says what its role asked and heard; etcd says what happened. Held against each other, a write whose reply
was lost or whose author died becomes the commit that it was, or none; what leases took away becomes a line; and what
neither explains is found: a write that nobody asked for, or one that somebody was told of and that is not there.
"""

import asyncio
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from coordination.etcd.client import EtcdClient
from coordination.etcd.compile import operations
from coordination.etcd.errors import ReplyLost
from coordination.etcd.keys import Keys, under
from coordination.etcd.requests import Delete, Put, Transaction, encode
from coordination.etcd.watch import Event, Watch, WatchEnded
from coordination.feed import Position
from coordination.intents import Change, Enact, Publish
from coordination.lines import Line, decode
from coordination.ports import Unavailable

Revision = tuple[Event, ...]
ATTEMPTS, AGAIN_S = 20, 0.5
WHOLE = 10_000_000  # revisions of an etcd that many cells share: a cell's own are few among them
LEASES = "leases"  # who deletes a key when its lease ends


@dataclass(frozen=True, slots=True)
class Explained:
    """A history whose every line is certain, and what no line explains: each one sentence."""

    lines: tuple[Line, ...]
    unexplained: tuple[str, ...]
    lost_and_done: int
    expired: int


async def revisions(client: EtcdClient, since: Position) -> dict[int, Revision]:
    """Everything written under the client's prefix after `since`, by revision, up to now. Raises Unavailable.

    Asked for again when etcd does not answer: it may be killed by a client's death (see `docs/reliability.md`).
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return await _revisions(client, since)
        except (Unavailable, ReplyLost, WatchEnded) as error:
            if attempt == ATTEMPTS:
                raise Unavailable(f"etcd did not tell its history: {error}") from error
            await asyncio.sleep(AGAIN_S)
    raise AssertionError("unreachable")


async def _revisions(client: EtcdClient, since: Position) -> dict[int, Revision]:
    ending = Put(mark(client.settings.prefix), b"")
    end = int((await client.write(encode(Transaction((), (ending,), ())))).header.revision)
    found: dict[int, Revision] = {}
    watch = Watch(client, under(f"{client.settings.prefix}/".encode()), since, lambda: "", WHOLE)
    async for position, events in watch.revisions():
        if position.revision >= end:
            break
        found[position.revision] = events
    return found


def explained(lines: Sequence[Line], written: dict[int, Revision], keys: Keys, ended: float) -> Explained:
    """Each revision's line. `ended` is when the cell was over: whatever was still under way had happened by then."""
    done: list[Line] = []
    why: list[str] = []
    open_: dict[int, Revision] = {
        revision: events for revision, events in written.items() if not is_apart(events, keys)
    }
    unknown = [line for line in lines if line.get("out") == "unknown"]
    for line in lines:
        if line.get("out") != "committed" or line["call"] != "commit":
            continue
        asked = [decode(flat) for flat in line["changes"]]
        events = open_.get(line["revision"])
        if events is not None and matches(events, asked, keys):
            del open_[line["revision"]]
        elif any(isinstance(one, Put) for change in asked for one in operations(change, keys)):
            why.append(f"{line['who']} was told that {_named(line)} happened at {line['revision']}: it is not there")
    floors = _floors(lines, unknown)
    happened: dict[int, Line] = {}
    expired = 0
    for revision in sorted(open_):
        events = open_[revision]
        author = next(
            (
                at
                for at, line in enumerate(unknown)
                if at not in happened
                and floors[at] < revision
                and matches(events, [decode(flat) for flat in line["changes"]], keys)
            ),
            None,
        )
        if author is not None:
            happened[author] = unknown[author] | {"out": "committed", "revision": revision, "answered": ended}
        elif gone := list(_expired(events, keys)):
            expired += 1
            done.append(
                {"asked": 0.0, "answered": ended, "who": LEASES, "call": "commit", "changes": gone}
                | {"out": "committed", "revision": revision}
            )
        else:
            why.append(f"revision {revision} was written by nobody known: {[_key(event) for event in events[:3]]}")
    places = {id(line): happened[at] for at, line in enumerate(unknown) if at in happened}
    done += [places.get(id(line), line) for line in lines]
    return Explained(tuple(done), tuple(why), len(happened), expired)


def _floors(lines: Iterable[Line], unknown: Sequence[Line]) -> list[int]:
    """For each unknown line, the highest revision that was answered before it was asked: it happened after that."""
    answered = sorted((line["answered"], line["revision"]) for line in lines if line.get("revision"))
    highest = list(accumulate((revision for _, revision in answered), max))
    times = [at for at, _ in answered]
    places = (bisect_left(times, line["asked"]) for line in unknown)
    return [highest[place - 1] if place else 0 for place in places]


def matches(events: Iterable[Event], asked: Iterable[Change], keys: Keys) -> bool:
    """Whether these events are what these changes write: all that is put, and no more deleted than is asked."""
    events = tuple(events)
    puts: dict[bytes, bytes | None] = {}
    deletes: list[Delete] = []
    for change in asked:
        for one in operations(change, keys):
            if isinstance(one, Put):
                told = isinstance(change, Enact) and one.key != keys.root(change.endpoint)  # addresses are stand-ins
                puts[one.key] = None if told or isinstance(change, Publish) else one.value
            else:
                deletes.append(one)
    put = {event.key: event.value for event in events if event.value is not None}
    if put.keys() != puts.keys() or any(puts[key] not in {None, value} for key, value in put.items()):
        return False
    gone = [event.key for event in events if event.value is None]
    if not puts and not gone:
        return False
    return all(any(_covers(one, key) for one in deletes) for key in gone)


def _covers(one: Delete, key: bytes) -> bool:
    return one.key <= key < one.end if one.end else key == one.key


def is_apart(events: Iterable[Event], keys: Keys) -> bool:
    """Heartbeats of servers, and our own mark: nobody's decision."""
    return all(event.key.startswith(keys.all("served").start) or event.key == mark(keys.prefix) for event in events)


def mark(prefix: str) -> bytes:
    """The key whose writing says where the history ends."""
    return f"{prefix}/end".encode()


def _expired(events: Iterable[Event], keys: Keys) -> Iterator[list[object]]:
    """What hung on a lease that ended, as the changes that it comes to; nothing when it is anything else."""
    found: list[list[object]] = []
    for event in events:
        if event.value is not None:
            return
        if event.key.startswith(keys.all("claims").start):
            generation, az = keys.numbered("claims", event.key)
            found.append(["unclaim", generation, az])
        elif event.key.startswith(keys.all("leaders").start):
            found.append(["unlead", keys.name("leaders", event.key)])
        elif event.key.startswith(keys.all("locks").start):
            found.append(["unlock", keys.name("locks", event.key), LEASES])
        else:
            return
    yield from found


def _named(line: Line) -> str:
    return ", ".join(" ".join(map(str, change[:3])) for change in line["changes"][:3])


def _key(event: Event) -> str:
    return ("deleted " if event.value is None else "") + event.key.decode("utf-8", "replace")
