"""Every port of a process behind one gate, which knows each call by name and strikes at one of them.

`Gated` takes whatever methods a port has: one that is added tomorrow goes through it too. What can go wrong with a
message goes wrong in the seam (`seam`); what the process does to itself, and what has no message, goes wrong here.
"""

import inspect
import json
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

from coordination.feed import Feed, FeedEvent, Position
from coordination.intents import Batch
from coordination.ports import Unavailable
from namelatch.matrix.catalogue import EFFECTS
from namelatch.matrix.strike import ARMED, CURRENT, Late, Strike


class Gate:
    """One process's gate: its strikes come one after the other. `notes` takes a line for each call, if there is one."""

    def __init__(
        self, strikes: Sequence[Strike], late: Late, directory: Path, notes: Callable[[str], None] | None
    ) -> None:
        self.strikes, self.late = strikes, late
        self._directory, self._notes = directory, notes
        self._noted: set[tuple[str, bool]] = set()

    def pass_(self, name: str) -> Strike | None:
        """A call is about to be made: the strike, if it is this one."""
        if self._notes is not None:
            armed = (self._directory / ARMED).exists()
            if (name, armed) not in self._noted:
                self._noted.add((name, armed))
                self._notes(json.dumps({"call": name, "armed": armed}))
        strike = next((one for one in self.strikes if not one.spent), None)
        return strike if strike is not None and strike.bites(name) else None


class Gated:
    """Any port behind a gate."""

    def __init__(self, inner: Any, port: str, gate: Gate) -> None:
        self._inner, self._port, self._gate = inner, port, gate

    def __getattr__(self, name: str) -> Any:
        inner = getattr(self._inner, name)
        if f"{self._port}.{name}" not in EFFECTS:
            return inner
        if not inspect.iscoroutinefunction(inner):
            return lambda *args: self._at_once(name, inner, args)
        return lambda *args: self._through(name, inner, args)

    def _at_once(self, name: str, inner: Any, args: tuple[Any, ...]) -> Any:
        strike = self._gate.pass_(f"{self._port}.{name}")
        if strike is not None:
            _before(strike)
        found = inner(*args)
        if strike is not None and not strike.spent:
            strike.die()
        return found

    async def _through(self, name: str, inner: Any, args: tuple[Any, ...]) -> Any:
        strike = self._gate.pass_(f"{self._port}.{name}{kind_of(args)}")
        effect = EFFECTS[f"{self._port}.{name}"]
        if strike is not None:
            _before(strike)
        outer = CURRENT.set(strike)  # also None: a call within a call (a plan's progress renews a claim) has its own
        try:
            found = await inner(*args)
        finally:
            CURRENT.reset(outer)
        if strike is not None and not strike.spent and not strike.sends:
            found = self._after(strike, f"{self._port}.{name}", found)
        if effect == "read":
            await self._gate.late.arrive()
        return found

    def _after(self, strike: Strike, name: str, found: Any) -> Any:
        """No message of the call was hit: it had none, or they were not the seam's."""
        if strike.fault == "die after":
            strike.die()
        if strike.fault == "reply lost" and EFFECTS[name] == "read":
            strike.fire()
            if name == "log.heard":
                return None  # an announcement may be lost: that is what this port says then
            raise Unavailable(f"{name}: the reply was lost")
        return found  # it waits for a call that does send something


def _before(strike: Strike) -> None:
    if strike.fault == "die before":
        strike.die()
    if strike.fault == "stopped":
        strike.stop()


def kind_of(args: tuple[Any, ...]) -> str:
    """What a call is about, where that is part of its name: of a commit, what changes; of a claim, what is taken."""
    first = args[0] if args else None
    if isinstance(first, Batch):
        return f"[{'+'.join(sorted({type(one.change).__name__ for one in first.proposals}))}]"
    return f"[{type(first).__name__}]" if type(first).__name__ in {"TakeClaim", "TakeLeadership"} else ""


class GatedFeed:
    """A feed behind a gate: each event is a call, as far as whoever follows is concerned.

    An event that is lost takes its stream along, as a broken connection would. A late one comes after the next, which
    no feed of ours does: its follower has to notice.
    """

    def __init__(self, inner: Feed, gate: Gate) -> None:
        self._inner, self._gate = inner, gate

    async def follow(self, since: Position | None) -> AsyncIterator[FeedEvent]:
        held: FeedEvent | None = None
        async for event in self._inner.follow(since):
            strike = self._gate.pass_(f"feed.follow[{type(event).__name__}]")
            if strike is not None:
                _before(strike)
                if strike.fault == "reply lost":
                    strike.fire()
                    raise Unavailable("the event was lost, and its stream with it")
                if strike.fault == "late" and held is None:
                    strike.fire()
                    held = event
                    continue
            yield event
            if strike is not None and strike.fault == "die after":
                strike.die()  # asked for the next one: this one was taken in
            if held is not None:
                late, held = held, None
                yield late
