"""What happens to the authority, and how it is mended. Each is a name, a line about it, and two coroutines.

`empty` is what the incident left: the regional root follows an old generation that a clean-up has deleted. It is made
by the same transactions that the incident's enactors committed, and mended by one that an operator writes by hand.
`silent` is another outage: the servers are stopped, and their ports take questions and never answer.
"""

import asyncio
import socket
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Protocol

from coordination.intents import Batch, Change, Committed, DropGeneration, Enact, Proposal
from coordination.plan import Generation
from coordination.ports import Authority
from coordination.records import Endpoint, Records, RRset, RRType, Target
from namelatch.backends.ports import LOOPBACK
from namelatch.resolvers.bench import Bench
from namelatch.resolvers.watch import PATIENCE_S
from namelatch.trouble import BadEnvironment

OLD, NEW = Generation(2), Generation(5)
EMPTY = "NOERROR without an address"
TTL_S = 5  # as the demo's records, and DynamoDB's own
OPERATOR = "operator"


class Accident(Protocol):
    """One way for a name to go dark."""

    @property
    def name(self) -> str:
        """As `--outage` has it."""
        ...

    @property
    def story(self) -> str:
        """What the authorities answer meanwhile."""
        ...

    @property
    def patience_s(self) -> float:
        """How long after the end resolvers are waited for, beyond the largest MINIMUM."""
        ...

    async def begin(self, bench: Bench, authority: Authority) -> None:
        """From now on the name is dark."""
        ...

    async def end(self, bench: Bench, authority: Authority) -> None:
        """From now on it is not."""
        ...


@dataclass(frozen=True, slots=True)
class Empty:
    """The incident's outage."""

    name: str = "empty"
    story: str = EMPTY
    patience_s: float = PATIENCE_S

    async def begin(self, bench: Bench, authority: Authority) -> None:
        """The old plan over the newer one, and the clean-up of the old."""
        endpoint = bench.asked.name
        await commit(authority, Enact(endpoint, OLD, records(OLD), NEW, "a"))
        await commit(authority, DropGeneration(OLD))

    async def end(self, bench: Bench, authority: Authority) -> None:
        """The newest generation again, by hand."""
        await repair(authority, bench.asked.name, NEW, records(NEW))


@dataclass(slots=True)
class Silent:
    """The authority can't be reached: a host that does not answer, not one that refuses."""

    name: str = "silent"
    story: str = "no answer at all"
    patience_s: float = 1_200.0  # over the 900 s for which Unbound may leave a server alone that it holds to be down
    _holes: ExitStack = field(default_factory=ExitStack)

    async def begin(self, bench: Bench, authority: Authority) -> None:  # noqa: ARG002  (the records stay as they are)
        """Stop the servers and sit on their ports."""
        await asyncio.gather(*(server.stop() for server in bench.servers.values()))
        for server in bench.servers.values():
            for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                hole = self._holes.enter_context(socket.socket(socket.AF_INET, kind))
                hole.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                hole.bind((LOOPBACK, server.port))

    async def end(self, bench: Bench, authority: Authority) -> None:  # noqa: ARG002
        """Give the ports back and start the servers."""
        self._holes.close()
        await asyncio.gather(*(server.start() for server in bench.servers.values()))


def accidents() -> tuple[Accident, ...]:
    """Every one, new: some hold things while they last."""
    return (Empty(), Silent())


def records(generation: Generation) -> Records:
    """A and AAAA that tell their generation."""
    texts: tuple[tuple[RRType, str], ...] = (("A", f"10.0.0.{generation}"), ("AAAA", f"fd00::{generation}"))
    return tuple(RRset(type_, TTL_S, (Target(text, 1),)) for type_, text in texts)


async def bring_in(authority: Authority, endpoint: Endpoint) -> None:
    """A name as it was before the incident: one generation after another, each with its rollback."""
    await commit(authority, Enact(endpoint, OLD, records(OLD), None, "b"))
    await commit(authority, Enact(endpoint, NEW, records(NEW), OLD, "b"))


async def repair(authority: Authority, endpoint: Endpoint, generation: Generation, made: Records) -> None:
    """The root by hand: it follows `generation`, built anew, which is also its rollback, so that nothing dangles."""
    await commit(authority, Enact(endpoint, generation, made, generation, OPERATOR))


async def commit(authority: Authority, change: Change) -> None:
    """One change in a transaction of its own. Raises BadEnvironment when it did not happen."""
    outcome = await authority.commit(Batch((Proposal(change),)))
    if not isinstance(outcome, Committed):
        raise BadEnvironment(f"etcd did not take {type(change).__name__}: {outcome}")
