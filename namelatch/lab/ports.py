"""The ports as the lab hands them to the protocol: every call is one Ask. No state, no time, no chance in here."""

from collections.abc import Callable
from typing import Any, NoReturn

from coordination.intents import Batch, Condition, Outcome, TakeClaim, TakeLeadership
from coordination.plan import Generation, Manifest, Plan
from coordination.ports import Inputs, Progress, Report, silent
from coordination.records import Endpoint, Records
from coordination.seen import ClaimSeen, Head, Reading, Seen
from namelatch.lab.kernel import Ask, Call


class Hidden:
    """What a role does not look at. To look at it after all is an error, so leaving it out is no assumption."""

    __slots__ = ()

    def _looked_at(self, *_: object) -> NoReturn:
        raise AssertionError("a role decides by a number that the lab hides from it: show it in namelatch/lab/ports.py")

    __bool__ = __int__ = __index__ = __lt__ = __le__ = __gt__ = __ge__ = __add__ = __radd__ = __sub__ = _looked_at


HIDDEN: Any = Hidden()


class AskingAuthority:
    """`ports.Authority`. Only the planner looks at what is behind `reserved`, versions and inputs in a head."""

    def __init__(self, whole_head: bool = False) -> None:
        self._whole_head = whole_head

    def _shown(self, head: Head) -> Head:
        if self._whole_head:
            return head
        return Head(head.newest, HIDDEN, HIDDEN, HIDDEN, head.applied, 0)

    async def head(self) -> Head:
        reply: Head = await Ask(Call("authority", "head"))
        return self._shown(reply)

    async def read(self, endpoints: tuple[Endpoint, ...]) -> Reading:
        reply: Reading = await Ask(Call("authority", "read", (endpoints,)))
        return Reading(self._shown(reply.head), reply.seen)

    async def commit(self, batch: Batch) -> Outcome:
        reply: Outcome = await Ask(Call("authority", "commit", (batch,)))
        return reply

    async def survivor(self, endpoint: Endpoint) -> Generation | None:
        reply: Generation | None = await Ask(Call("authority", "survivor", (endpoint,)))
        return reply

    async def generations(self) -> tuple[Generation, ...]:
        reply: tuple[Generation, ...] = await Ask(Call("authority", "generations"))
        return reply

    async def trees(self, generation: Generation, after: Endpoint | None, limit: int) -> tuple[Endpoint, ...]:
        reply: tuple[Endpoint, ...] = await Ask(Call("authority", "trees", (generation, after, limit)))
        return reply

    async def roots(self, after: Endpoint | None, limit: int) -> tuple[Seen, ...]:
        reply: tuple[Seen, ...] = await Ask(Call("authority", "roots", (after, limit)))
        return reply

    async def manifests(self) -> tuple[Manifest, ...]:
        reply: tuple[Manifest, ...] = await Ask(Call("authority", "manifests"))
        return reply

    async def claims(self) -> tuple[ClaimSeen, ...]:
        reply: tuple[ClaimSeen, ...] = await Ask(Call("authority", "claims"))
        return reply


class AskingClaims:
    """`ports.Claims`."""

    async def acquire(self, key: TakeClaim | TakeLeadership, conditions: tuple[Condition, ...]) -> Outcome:
        reply: Outcome = await Ask(Call("claims", "acquire", (key, conditions)))
        return reply

    async def renew(self, key: TakeClaim | TakeLeadership) -> bool:
        reply: bool = await Ask(Call("claims", "renew", (key,)))
        return reply

    async def release(self, key: TakeClaim | TakeLeadership) -> Outcome:
        reply: Outcome = await Ask(Call("claims", "release", (key,)))
        return reply


class AskingLog:
    """`ports.PlanLog`. A plan is one chunk here: progress is shown once."""

    async def append(self, plan: Plan, progress: Progress = silent) -> Manifest:
        reply: Manifest = await Ask(Call("log", "append", (plan,)))
        await progress()
        return reply

    async def fetch(self, manifest: Manifest, progress: Progress = silent) -> Plan:
        reply: Plan = await Ask(Call("log", "fetch", (manifest,)))
        await progress()
        return reply

    async def holds(self, manifest: Manifest) -> bool:
        reply: bool = await Ask(Call("log", "holds", (manifest,)))
        return reply

    async def announce(self, generation: Generation) -> None:
        await Ask(Call("log", "announce", (generation,)))

    async def heard(self, beyond: Generation | None, timeout_s: float) -> Generation | None:
        reply: Generation | None = await Ask(Call("log", "heard", (beyond, timeout_s)))
        return reply

    async def report(self, report: Report) -> None:
        await Ask(Call("log", "report", (report,)))


class AskingClock:
    """`ports.Clock`. `now` is not a scheduling point: whoever drives says what time it is."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now

    async def sleep(self, seconds: float) -> None:
        await Ask(Call("clock", "sleep", (seconds,)))


class AskingHealth:
    """`ports.Health`. What an endpoint is given is a pure function of endpoint and generation."""

    def __init__(self, allocate: Callable[[Endpoint, Generation], Records]) -> None:
        self.allocate = allocate

    async def inputs(self, since: int) -> Inputs:
        reply: Inputs = await Ask(Call("health", "inputs", (since,)))
        return reply
