"""One cell's run: five processes, a story, one fault; and the rest that everybody has to come to.

The runner turns the inputs, looks at etcd itself, starts again what dies, and lets go on what was stopped, after
STOPPED_TTLS lease lifetimes. It tells nobody what to do. What happens is judged afterwards (`verdict`).
"""

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from coordination.etcd.authority import EtcdAuthority
from coordination.etcd.claims import EtcdClaims
from coordination.etcd.client import EtcdClient
from coordination.etcd.keys import Keys
from coordination.etcd.listing import listed
from coordination.feed import Listed, Position
from coordination.history import RecordingAuthority, RecordingClaims
from coordination.lines import Line
from coordination.ports import Unavailable
from coordination.records import Endpoint
from coordination.seen import ClaimSeen, Head
from namelatch.demo.evidence import dangling, garbage
from namelatch.matrix import shown
from namelatch.matrix.cells import STOPPED_TTLS, Cell, Role
from namelatch.matrix.grounds import Grounds
from namelatch.matrix.inputs import Turned
from namelatch.matrix.processes import Nursery, NurseryGone, Process
from namelatch.matrix.strike import ARMED, STRUCK, Aim
from namelatch.matrix.variant import Variant

SETTLE_S = 60.0  # for a plan to be published and applied, a fault and a busy machine included; it takes some two
LIVES = 12  # of one role: more means that it dies of something else than of its cell
RESTART_S = 0.05
LOOK_S = 0.1
ALONE = frozenset({"alone", "rival", "reborn", "unsure", "harmed"})  # moments of an enactor that has no other beside it
RIVAL = "2"  # after the name of whom it is a second process of
ACTED_BY: dict[Role, str] = {"planner": "planner", "enactor": "a", "collector": "collector", "follower": "follower"}
PRELUDES = {
    "reborn": Aim("authority.commit[Enact]", "die before", armed_at_birth=True, prelude=True),
    "unsure": Aim("authority.commit[Enact]", "reply lost", armed_at_birth=True, prelude=True),
}


class Stuck(Exception):
    """What was waited for did not come in time. The text says what there was instead."""


@dataclass(slots=True)
class Evidence:
    """What a run leaves behind for its judge, besides the files in `directory`."""

    directory: Path
    began: Position
    keys: Keys
    turned: Turned
    taken_down: set[Endpoint] = field(default_factory=set)
    harmed: set[Endpoint] = field(default_factory=set)
    by_hand: list[Line] = field(default_factory=list)  # explains what is in etcd, and is not judged
    beside: list[Line] = field(default_factory=list)  # is judged
    away: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    accidents: list[str] = field(default_factory=list)
    stuck: str = ""
    ended: float = 0.0
    seconds: float = 0.0
    converged_s: float = 0.0  # from the last change of the inputs to rest
    head: Head = Head()
    listed: Listed | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What to run: a cell, at its call after `skip` such ones; or a moment whose calls of one role are written down."""

    role: Role
    moment: str
    cell: Cell | None
    variant: Variant
    skip: int = 0


class Trial:
    """One run. `authority` is the runner's own look at etcd."""

    def __init__(
        self, asked: Asked, grounds: Grounds, nursery: Nursery, client: EtcdClient, evidence: Evidence
    ) -> None:
        self.asked, self.evidence = asked, evidence
        self.directory = evidence.directory
        self.client, self.authority = client, EtcdAuthority(client)
        self._grounds, self._nursery = grounds, nursery
        self._hit = ACTED_BY[asked.role]

    # --- what the story may do -----------------------------------------------------------------------------------

    def arm(self) -> None:
        """From now on the fault may bite."""
        (self.directory / ARMED).touch()

    @property
    def has_struck(self) -> bool:
        """Whether the cell's own fault has bitten."""
        return any(not line["prelude"] for line in self._strikes())

    def _strikes(self) -> list[dict[str, Any]]:
        path = self.directory / STRUCK
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    async def settled(self, revision: int) -> None:
        """Wait until the plan of these inputs is applied."""

        async def is_applied() -> str:
            head = await self.authority.head()
            if head.inputs_revision >= revision and head.newest == head.applied:
                return ""
            return f"inputs {head.inputs_revision} of {revision}, newest {head.newest}, applied {head.applied}"

        await self._until(is_applied)

    async def published(self, generation: int) -> None:
        """Wait until there is a plan of this number."""

        async def is_published() -> str:
            newest = (await self.authority.head()).newest
            return "" if (newest or 0) >= generation else f"newest {newest}, waited for {generation}"

        await self._until(is_published)

    async def at_rest(self) -> None:
        """Wait until everybody has nothing more to do: all applied, collected, let go of, and shown."""

        async def unrest() -> str:
            head, claims = await self.authority.head(), await self.authority.claims()
            found = await listed(self.client, self.evidence.keys)
            manifests = await self.authority.manifests()
            left = [m.generation for m in manifests if m.retired and not any(g == m.generation for g, _ in found.trees)]
            self.evidence.head, self.evidence.listed = head, found
            wrong = _unrest(head, found, self.evidence.turned.revision)
            if self.asked.variant.posture().rule == "by reference":  # other rules leave something behind on purpose
                wrong = wrong or _left(head, claims, found, left)
            return wrong or self._unshown(found)

        began = time.monotonic()
        await self._until(unrest)
        self.evidence.converged_s = time.monotonic() - began

    def _unshown(self, found: Listed) -> str:
        standing = shown.standing(shown.read(self.directory / "follower.shown.jsonl"))
        for name, root in found.roots.items():
            owed: int | str = "gone" if root.tombstone else root.generation
            if standing.get(name, "gone") != owed:
                return f"{name} is shown as {standing.get(name)}, and is {owed}"
        return ""

    async def _until(self, wrong: Callable[[], Awaitable[str]]) -> None:
        said = ""
        try:
            async with asyncio.timeout(SETTLE_S):
                while True:
                    try:
                        said = await wrong()
                    except Unavailable as unavailable:
                        said = str(unavailable)
                    if not said:
                        return
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            raise Stuck(f"after {SETTLE_S:g} s: {said}") from None

    def hand(self, judged: bool) -> tuple[RecordingAuthority, RecordingClaims]:
        """Somebody from outside, whose writes are explained, and judged or not."""
        sink = (self.evidence.beside if judged else self.evidence.by_hand).append
        return (
            RecordingAuthority(self.authority, "hand", time.monotonic, sink),
            RecordingClaims(EtcdClaims(self.client), "hand", time.monotonic, sink),
        )

    # --- the processes -------------------------------------------------------------------------------------------

    def roles(self) -> dict[str, Role]:
        """Who runs, by name."""
        found: dict[str, Role] = {"planner": "planner", "a": "enactor", "b": "enactor", "collector": "collector"}
        found["follower"] = "follower"
        if self.asked.moment == "rival":
            found[self._hit + RIVAL] = self.asked.role
        if self.asked.role == "enactor" and (self.asked.moment in ALONE or self.asked.cell is None):
            del found["b"]  # also where calls are written down: what two do by chance is no call to rely on
        return found

    async def keep(self, who: str, role: Role) -> None:
        """Start one process, and again whenever it has ended; what stops goes on after a while."""
        if who.endswith(RIVAL):
            await self._struck()
        if (who == "b" and self._leads_alone) or (role == "enactor" and self.asked.moment == "behind"):
            await self._armed_or_struck()
        for life in range(1, LIVES + 1):
            process = await self._nursery.start(self._spec(who, role, life))
            away = self.evidence.away.setdefault(who, [])
            if life > 1:
                away[-1] = (away[-1][0], time.monotonic())
            try:
                waking = asyncio.create_task(self._wake(who, process))
                try:
                    await process.ended.wait()
                finally:
                    waking.cancel()
            finally:
                with suppress(NurseryGone):  # and everybody with it
                    self._nursery.send(process, signal.SIGKILL)
            away.append((time.monotonic(), float("inf")))
            if process.signal != signal.SIGKILL:
                self.evidence.accidents.append(f"{who} ended by itself: {self._last_words(who)}")
            await asyncio.sleep(RESTART_S)
        self.evidence.accidents.append(f"{who} died {LIVES} times")

    @property
    def _leads_alone(self) -> bool:
        """Whether the first plan is for the one that is to be hit, until it was."""
        return self.asked.role == "enactor" and self.asked.moment == "start"

    async def _armed_or_struck(self) -> None:
        while not self.has_struck and not (self.directory / ARMED).exists():  # noqa: ASYNC110  (other processes)
            await asyncio.sleep(LOOK_S)

    async def _struck(self) -> None:
        while not self.has_struck:  # noqa: ASYNC110  (another process does)
            await asyncio.sleep(LOOK_S)

    async def _wake(self, who: str, process: Process) -> None:
        while True:
            await process.stopped.wait()
            since = time.monotonic()
            await asyncio.sleep(STOPPED_TTLS * self._grounds.etcd.lease_ttl_s)
            self.evidence.away[who].append((since, time.monotonic()))
            self._nursery.send(process, signal.SIGCONT)

    def _spec(self, who: str, role: Role, life: int) -> dict[str, Any]:
        return {
            "role": role,
            "who": who,
            "name": who.removesuffix(RIVAL),
            "life": life,
            "directory": str(self.directory),
            "log": str(self.directory / f"{who}.log"),
            "etcd": asdict(self._grounds.etcd),
            "kafka": asdict(self._grounds.kafka),
            "variant": asdict(self.asked.variant),
            "aims": [asdict(aim) for aim in self._aims(life)] if who == self._hit else [],
            "notes": self.asked.cell is None and who == self._hit,
        }

    def _aims(self, life: int) -> list[Aim]:
        cell, moment = self.asked.cell, self.asked.moment
        if self.has_struck:
            return []
        aims = [PRELUDES[moment]] if moment == "unsure" or (moment == "reborn" and life == 1) else []
        if cell is not None:
            at_birth = moment in {"start", "behind", "reborn", "unsure"}
            aims.append(Aim(str(cell.call), cell.fault, at_birth, skip=self.asked.skip))
        return aims

    def _last_words(self, who: str) -> str:
        log = self.directory / f"{who}.log"
        said = [line for line in log.read_text(errors="replace").splitlines() if line.strip()] if log.exists() else []
        return said[-1][:300] if said else "without a word"


def _unrest(head: Head, found: Listed, revision: int) -> str:
    """What is not done yet; empty when all is."""
    if head.inputs_revision < revision or head.newest != head.applied:
        return f"inputs {head.inputs_revision} of {revision}, newest {head.newest}, applied {head.applied}"
    return f"{dangling(found)} roots dangle" if dangling(found) else ""


def _left(head: Head, claims: tuple[ClaimSeen, ...], found: Listed, left: list[Any]) -> str:
    """What nobody has let go of or collected yet."""
    late = [claim for claim in claims if head.applied is None or claim.generation < head.applied]
    if late:
        return f"claimed for ever: generation {late[0].generation} by {late[0].az}"
    if garbage(found, claims):
        return f"{garbage(found, claims)} trees that nobody needs are not collected"
    return f"manifests of {left} are not forgotten" if left else ""


async def position_now(client: EtcdClient, keys: Keys) -> Position:
    """Where etcd stands now. Raises Unavailable."""
    async with asyncio.timeout(SETTLE_S):
        while True:
            try:
                return (await listed(client, keys)).position
            except Unavailable:
                await asyncio.sleep(LOOK_S)


@asynccontextmanager
async def begun(asked: Asked, grounds: Grounds, nursery: Nursery, directory: Path) -> AsyncIterator[Trial]:
    """A trial with its processes running, for the time of the block; then they are all gone."""
    directory.mkdir(parents=True)  # noqa: ASYNC240  (at once)
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(EtcdClient(grounds.etcd))
        keys = Keys(grounds.etcd.prefix)
        position = await position_now(client, keys)
        trial = Trial(asked, grounds, nursery, client, Evidence(directory, position, keys, Turned(directory)))
        keeping = [asyncio.create_task(trial.keep(who, role)) for who, role in trial.roles().items()]
        try:
            yield trial
        finally:
            for task in keeping:
                task.cancel()
            await asyncio.gather(*keeping, return_exceptions=True)
