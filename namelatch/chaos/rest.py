"""Whether everything has come to rest: planned, applied, collected, let go of, and answered by the DNS server."""

import asyncio
import time
from collections.abc import Iterator, Sequence

from coordination.etcd.authority import EtcdAuthority
from coordination.etcd.client import EtcdClient
from coordination.etcd.keys import Keys
from coordination.etcd.listing import listed
from coordination.feed import Listed
from coordination.plan import Generation
from coordination.ports import Unavailable
from coordination.postures import posture
from coordination.records import Endpoint
from coordination.seen import ClaimSeen
from namelatch.chaos.stage import Stage
from namelatch.demo.asker import Asker
from namelatch.demo.evidence import dangling, garbage
from namelatch.demo.probes import Probe
from namelatch.demo.rota import Question

CONVERGE_S = 90.0
RECORDS_PER_S = 300  # a full plan of so many may be due, and its collection, on two cores
LOOK_S = 0.5
ASKED = 400  # names asked at rest, spread over all, besides what is gone
ANSWER_S = 2.0


class Rest:
    """Waits for rest, at most `bound_s`. `wrong`: what is missing. `seconds`: it took. `found`: what etcd held."""

    def __init__(self, stage: Stage, client: EtcdClient, bound_s: float | None) -> None:
        self.bound_s = CONVERGE_S + stage.inventory.records / RECORDS_PER_S if bound_s is None else bound_s
        self.wrong = ""
        self.seconds = 0.0
        self.found: Listed | None = None
        self._stage, self._client = stage, client
        self._authority = EtcdAuthority(client)

    async def wait(self, revision: int) -> bool:
        """Whether rest came within the bound: all that these inputs ask for is done."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(self.bound_s):
                while True:
                    try:
                        self.wrong = await self._unrest(revision)
                    except Unavailable as unavailable:
                        self.wrong = str(unavailable)
                    if not self.wrong:
                        return True
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            return False
        finally:
            self.seconds = time.monotonic() - began

    async def _unrest(self, revision: int) -> str:
        head = await self._authority.head()
        if head.inputs_revision < revision or head.newest != head.applied:
            return f"inputs {head.inputs_revision} of {revision}, newest {head.newest}, applied {head.applied}"
        claims = await self._authority.claims()
        late = [one for one in claims if head.applied is None or one.generation < head.applied]
        if late:
            return f"generation {late[0].generation} is still claimed by {late[0].az}"
        found = await listed(self._client, Keys(self._stage.etcd.prefix))
        self.found = found
        return self._left(found, claims) or await self._unanswered(found)

    def _left(self, found: Listed, claims: Sequence[ClaimSeen]) -> str:
        if dangling(found):
            return f"{dangling(found)} roots dangle"
        if posture(self._stage.posture).rule == "by reference" and garbage(found, claims):
            return f"{garbage(found, claims)} trees that nobody needs are not collected"
        return ""

    async def _unanswered(self, found: Listed) -> str:
        """What the DNS server answers otherwise than etcd has it."""
        above = {over for name, root in found.roots.items() if not root.tombstone for over in _above(name)}
        told = await self._asked(asked(found, self._stage.inventory.regional))
        for name, probe in told.items():
            root = found.roots[name]
            # A name that is gone and has others below exists, with nothing of its own (RFC 8020).
            if root.tombstone and probe.kind != ("empty" if name in above else "nxdomain"):
                return f"{name} is gone, and answered with {probe.kind}"
            if not root.tombstone and not _is_same(probe, root.generation):
                return f"{name}: {probe.kind} of generation {probe.generation}, and it follows {root.generation}"
        return ""

    async def _asked(self, names: Sequence[Endpoint]) -> dict[Endpoint, Probe]:
        asker = Asker(self._stage.server, ANSWER_S)
        found: dict[Endpoint, Probe] = {}
        try:
            for name in names:
                asker.ask(Question(name, "A"))
                await asyncio.sleep(0)
            while not asker.idle:
                for port in range(len(asker.sockets)):
                    found |= {probe.name: probe for probe in asker.hear(port)}
                found |= {probe.name: probe for probe in asker.give_up(time.monotonic())}
                await asyncio.sleep(0.01)
        finally:
            asker.close()
        return found


def asked(found: Listed, regional: Endpoint) -> list[Endpoint]:
    """Whom to ask for at rest: the regional name, everything that is gone, and some, spread over all."""
    names = sorted(found.roots)
    some = {regional, *names[:: max(1, len(names) // ASKED)]}
    return [name for name in names if name in some or found.roots[name].tombstone]


def _above(name: Endpoint) -> Iterator[str]:
    """The names that a name lies under."""
    while name := Endpoint(name.partition(".")[2]):
        yield name


def _is_same(probe: Probe, generation: Generation) -> bool:
    """An A tells twelve bits of its generation."""
    return probe.kind == "answer" and probe.generation is not None and (probe.generation - generation) % 4096 == 0
