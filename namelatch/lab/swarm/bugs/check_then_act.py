"""Check-then-act: the collector looks at the claims when its pass begins, and deletes by that, unconditionally."""

from dataclasses import replace

from coordination.intents import Batch, Conflict, DropTree, Lost, Outcome, Proposal, Retire, Unclaimed
from coordination.postures import Posture
from coordination.seen import ClaimSeen
from namelatch.lab.ports import AskingAuthority
from namelatch.lab.processes import Process, collector
from namelatch.lab.swarm import town as towns
from namelatch.lab.swarm.town import PORTS, Town
from namelatch.lab.swarm.variant import Variant


class LooksOnce(AskingAuthority):
    """Deletes what was free to delete when the pass began."""

    def __init__(self) -> None:
        super().__init__(whole_head=True)
        self._claims: tuple[ClaimSeen, ...] = ()

    async def claims(self) -> tuple[ClaimSeen, ...]:
        self._claims = await super().claims()
        return self._claims

    async def commit(self, batch: Batch) -> Outcome:
        if not any(isinstance(one.change, Retire | DropTree) for one in batch.proposals):
            return await super().commit(batch)
        lost = [
            Lost(index, one)
            for index, proposal in enumerate(batch.proposals)
            for one in proposal.conditions
            if isinstance(one, Unclaimed) and any(claim.generation <= one.generation for claim in self._claims)
        ]
        if lost:
            return Conflict(tuple(lost), 0)
        return await super().commit(replace(batch, proposals=tuple(Proposal(one.change) for one in batch.proposals)))


def _cast(town: Town, posture: Posture) -> tuple[Process, ...]:
    hasty = collector(posture, through=replace(PORTS, authority=LooksOnce()))
    return tuple(hasty if one.name == hasty.name else one for one in towns.cast(town, posture))


CHECK_THEN_ACT = Variant(cast=_cast)
