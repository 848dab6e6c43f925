"""Auto-commit: enactors that take plans from a topic, one announcement after the other, and not from the authority.

Such a consumer is sound as long as its offset is committed when a plan was acted upon (COMMITS_WHEN_DONE): after a
crash the plan is handed out again. Committed when it is handed out, a crash in between loses it for good. In these
towns every plan is announced and a topic keeps what it has: it is who consumes to whom things happen.
"""

from dataclasses import replace

from actors.enactor import Held, enact
from actors.roles import EnactorSettings
from coordination import limits
from coordination.plan import Generation, digits
from coordination.ports import Unavailable
from coordination.postures import Posture
from coordination.seen import Head
from namelatch.lab.kernel import Ask, Begin, Call
from namelatch.lab.processes import Process
from namelatch.lab.swarm import town as towns
from namelatch.lab.swarm.town import PORTS, Town
from namelatch.lab.swarm.variant import Variant

POLL_S = 0.3
LOSSY = frozenset({"announcement lost", "log forgets"})


def _whole_topic(town: Town) -> Town:
    return replace(
        town,
        twin=None,
        operator=None,
        rates={kind: rate for kind, rate in town.rates.items() if kind not in LOSSY},
        strikes=town.azs,
    )


def consumer(az: str, posture: Posture, auto: bool) -> Process:
    """One enactor that consumes."""

    def begin(incarnation: int) -> Begin:
        return lambda: _consume(EnactorSettings(az, f"{az}-{incarnation}", posture), auto)

    return Process(az, begin, az)


async def _consume(settings: EnactorSettings, auto: bool) -> None:
    born = False
    held: Held | None = None
    while True:
        polled: tuple[int, Generation] | None = await Ask(Call("log", "poll"))
        if polled is None:
            if held is not None and not await PORTS.claims.renew(held.claim):
                held = None
            await PORTS.clock.sleep(POLL_S)
            continue
        offset, generation = polled
        if auto:
            await Ask(Call("log", "offset", (offset,)))
        while True:
            try:
                head = await PORTS.authority.head()
                if not born:
                    settings = replace(settings, token=f"{digits(head.revision)}-{settings.token}")
                    born = True
                if _is_past(head, generation):
                    break
                ended = await enact(PORTS, settings, generation, head, held)
            except Unavailable:
                held = None
                await PORTS.clock.sleep(limits.BACKOFF_MOST_S)
                continue
            held = ended.held
            if ended.status in {"finished", "superseded", "not fresh", "plan gone", "retired"}:
                break
            await PORTS.clock.sleep(limits.BACKOFF_MOST_S)
        if not auto:
            await Ask(Call("log", "offset", (offset,)))


def _is_past(head: Head, generation: Generation) -> bool:
    """Whether something newer makes this plan's enactment pointless: that is announced as well."""
    return head.newest is not None and head.newest > generation


def _cast(auto: bool, town: Town, posture: Posture) -> tuple[Process, ...]:
    consumers = {az: consumer(az, posture, auto) for az in town.azs}
    return tuple(consumers.get(one.name, one) for one in towns.cast(town, posture))


def _careless(town: Town, posture: Posture) -> tuple[Process, ...]:
    return _cast(True, town, posture)


def _careful(town: Town, posture: Posture) -> tuple[Process, ...]:
    return _cast(False, town, posture)


AUTO_COMMIT = Variant(_whole_topic, _careless)
COMMITS_WHEN_DONE = Variant(_whole_topic, _careful)
