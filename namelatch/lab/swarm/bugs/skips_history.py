"""Watch that skips history: the follower's client resumes from now. Both variants always have a follower."""

from dataclasses import replace

from coordination.postures import Posture
from namelatch.lab.processes import Process
from namelatch.lab.swarm import town as towns
from namelatch.lab.swarm.follower import follower
from namelatch.lab.swarm.town import Town
from namelatch.lab.swarm.variant import Variant


def _with_follower(town: Town) -> Town:
    return replace(town, follower=True)


def _cast(town: Town, posture: Posture) -> tuple[Process, ...]:
    careless = follower(careless=True)
    return tuple(careless if one.name == careless.name else one for one in towns.cast(town, posture))


FOLLOWS = Variant(_with_follower)
SKIPS_HISTORY = Variant(_with_follower, _cast)
