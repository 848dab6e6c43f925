"""A follower of the authority, as a process: the DNS server's own `View`, fed by the simulated stream.

It takes up a broken stream at the last revision that it has seen. `careless` is how a client does it that is content
with the revision of the header: it goes on from now, and what happened in between it never hears of.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from coordination.authority import State
from coordination.feed import Changed, Listed
from coordination.ports import Unavailable
from coordination.records import Endpoint
from dns_server.names import to_wire
from dns_server.snapshot import Snapshot, Zone, nothing
from dns_server.view import View
from namelatch.lab.kernel import Ask, Begin, Call
from namelatch.lab.processes import Process
from namelatch.lab.swarm.feed import Shown, listed

NAME = "follower"
POLL_S, AGAIN_S = 0.3, 0.1
ZONES: Snapshot = nothing((Zone(to_wire(Endpoint("example")), b"", b"", 0, 0, (), 0),))


def follower(careless: bool = False) -> Process:
    """Who serves what the authority holds."""

    def begin(_: int) -> Begin:
        return lambda: _follow(_from_now if careless else _from_seen)

    return Process(NAME, begin)


Resume = Callable[[int], Coroutine[Any, Any, int]]


async def _from_seen(seen: int) -> int:
    return seen


async def _from_now(_: int) -> int:
    revision: int = await Ask(Call("feed", "resume"))
    return revision


async def _follow(resume: Resume) -> None:
    view, seen, broken = View(), 0, False
    while True:
        try:
            if broken:
                seen = await resume(seen)
                broken = False
            event: Listed | Changed | None = await Ask(Call("feed", "next", (seen,)) if seen else Call("feed", "list"))
        except Unavailable:
            broken = seen > 0
            await Ask(Call("clock", "sleep", (AGAIN_S,)))
            continue
        if event is None:
            await Ask(Call("clock", "sleep", (POLL_S,)))
            continue
        seen = event.position.revision
        if isinstance(event, Listed):
            view = View.of(event)
        else:
            view.apply(event.changes)
        await Ask(Call("feed", "serve", (shown_by(view),)))


def shown_by(view: View) -> Shown:
    """What a view answers, name by name."""
    entries = ((name, view.entry(name, ZONES)) for name in sorted(view.endpoints()))
    return tuple((name, None if entry is None else entry[1]) for name, entry in entries)


def should_show(state: State) -> Shown:
    """What a follower of this state answers, if it has missed nothing."""
    return shown_by(View.of(listed(state)))
