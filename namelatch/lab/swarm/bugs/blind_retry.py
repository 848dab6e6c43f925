"""Blind retry: the enactors' adapter sends a write again until there is a reply, with the root's version as it is then.

RECHECKED is `hardened` with a re-check and a version in place of `forward`: nobody takes a root back, for what was
re-checked is what is written over. The retry takes the version anew and re-checks nothing.
"""

from dataclasses import replace

from coordination.intents import Batch, Condition, Enact, Outcome, Proposal, RootVersion, Unknown
from coordination.limits import UNKNOWN_ATTEMPTS
from coordination.postures import HARDENED, Posture
from coordination.safeguards import Forward, Recheck
from namelatch.lab.ports import AskingAuthority
from namelatch.lab.processes import Process
from namelatch.lab.swarm import town as towns
from namelatch.lab.swarm.town import PORTS, Town
from namelatch.lab.swarm.variant import Variant

AGAIN_S = 0.5
RECHECKED = replace(
    HARDENED,
    name="hardened:rechecked",
    safeguards=tuple(Recheck() if isinstance(guard, Forward) else guard for guard in HARDENED.safeguards),
)


class Retries(AskingAuthority):
    """Does not take no reply for an answer."""

    async def commit(self, batch: Batch) -> Outcome:
        outcome = await super().commit(batch)
        for _ in range(UNKNOWN_ATTEMPTS):
            if not isinstance(outcome, Unknown):
                break
            await PORTS.clock.sleep(AGAIN_S)
            batch = await self._renewed(batch)
            outcome = await super().commit(batch)
        return outcome

    async def _renewed(self, batch: Batch) -> Batch:
        names = tuple(one.change.endpoint for one in batch.proposals if isinstance(one.change, Enact))
        versions: dict[str, int] = {}
        if names:
            seen = (await self.read(names)).seen
            versions = {one.endpoint: one.root.version if one.root else 0 for one in seen}
        return replace(batch, proposals=tuple(_with_version(one, versions) for one in batch.proposals))


def _with_version(proposal: Proposal, versions: dict[str, int]) -> Proposal:
    conditions: list[Condition] = []
    for one in proposal.conditions:
        if isinstance(one, RootVersion):
            one = RootVersion(one.endpoint, versions.get(one.endpoint, one.version))  # noqa: PLW2901
        conditions.append(one)
    return replace(proposal, conditions=tuple(conditions))


def _cast(town: Town, posture: Posture) -> tuple[Process, ...]:
    return towns.cast(town, posture, enactors=replace(PORTS, authority=Retries(whole_head=True)))


BLIND_RETRY = Variant(cast=_cast)
