"""Act on the newest delta: what the enactors are shown of a plan hides what it is folded from."""

from dataclasses import replace

from coordination.plan import Manifest
from coordination.postures import Posture
from namelatch.lab.ports import AskingAuthority
from namelatch.lab.processes import Process
from namelatch.lab.swarm import town as towns
from namelatch.lab.swarm.town import PORTS, Town
from namelatch.lab.swarm.variant import Variant


class Baseless(AskingAuthority):
    """Takes each plan for whole."""

    async def manifests(self) -> tuple[Manifest, ...]:
        return tuple(replace(one, base=None) for one in await super().manifests())


def _cast(town: Town, posture: Posture) -> tuple[Process, ...]:
    return towns.cast(town, posture, enactors=replace(PORTS, authority=Baseless(whole_head=True)))


NEWEST_DELTA = Variant(cast=_cast)
