"""A writer that remembers what it was told, and the question that settles what it was not told."""

import asyncio
import http.client
from collections.abc import Callable, Sized
from dataclasses import dataclass, field

from coordination.conformance.world import ONE, g
from coordination.etcd.authority import EtcdAuthority
from coordination.intents import Batch, Committed, Enact, Proposal, RootVersion, Unknown
from coordination.ports import Unavailable
from coordination.records import Endpoint
from namelatch.backends.part import Part
from namelatch.backends.running import Running

PACE_S = 0.02


@dataclass(slots=True)
class Told:
    """Endpoints by what their write's caller heard."""

    committed: list[Endpoint] = field(default_factory=list)
    unknown: list[Endpoint] = field(default_factory=list)
    refused: list[Endpoint] = field(default_factory=list)


def first_write(endpoint: Endpoint) -> Batch:
    """The endpoint's first root, on condition that there is none: done twice it would conflict."""
    return Batch((Proposal(Enact(endpoint, g(1), ONE, None, "x"), (RootVersion(endpoint, 0),)),))


async def keep_writing(authority: EtcdAuthority, told: Told, stop: asyncio.Event, prefix: str = "w") -> None:
    """One write after another, each to an endpoint of its own and sent once, until told to stop."""
    number = 0
    while not stop.is_set():
        number += 1
        endpoint = Endpoint(f"{prefix}{number}.example")
        try:
            outcome = await authority.commit(first_write(endpoint))
        except Unavailable:
            told.refused.append(endpoint)
        else:
            if isinstance(outcome, Unknown):
                told.unknown.append(endpoint)
            else:
                assert isinstance(outcome, Committed), f"{endpoint} was written by nobody else: {outcome}"
                told.committed.append(endpoint)
        await asyncio.sleep(PACE_S)


async def present(authority: EtcdAuthority) -> set[Endpoint]:
    """Everything that has a root."""
    found: set[Endpoint] = set()
    after: Endpoint | None = None
    while page := await authority.roots(after, 500):
        found |= {seen.endpoint for seen in page}
        after = page[-1].endpoint
    return found


async def settled(authority: EtcdAuthority, told: Told) -> None:
    """No acknowledged write is lost, no refused one happened, and each unknown one is found to be one or the other."""
    there = await present(authority)
    assert set(told.committed) <= there, sorted(set(told.committed) - there)
    assert not set(told.refused) & there, sorted(set(told.refused) & there)
    for endpoint in told.unknown:
        again = await authority.commit(first_write(endpoint))
        assert isinstance(again, Committed) is (endpoint not in there), (endpoint, again)
    assert there <= {*told.committed, *told.unknown}


async def leader(running: Running) -> Part:
    """The member that says it leads, once exactly one does."""
    async with asyncio.timeout(30):
        while True:
            leading = [one for one in running.members() if one.pid and await asyncio.to_thread(_leads, one)]
            if len(leading) == 1:
                return leading[0]
            await asyncio.sleep(0.05)


def _leads(member: Part) -> bool:
    """What it says at its port for metrics; False when it says nothing."""
    flag = next(word for word in member.program.argv if word.startswith("--listen-metrics-urls="))
    host, port = flag.rsplit("/", 1)[1].split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=1)
    try:
        connection.request("GET", "/metrics")
        return b"\netcd_server_is_leader 1\n" in connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


async def so(reached: Callable[[], bool], within_s: float = 60.0) -> None:
    """Wait until it is so; fail after a deadline."""
    async with asyncio.timeout(within_s):
        while not reached():  # noqa: ASYNC110  (the world outside sets no Event)
            await asyncio.sleep(0.02)


async def more(count: int, of: Sized) -> None:
    """Wait until so many more were told than now."""
    reached = len(of) + count
    await so(lambda: len(of) >= reached)
