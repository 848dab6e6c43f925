"""The contrast to `az-slow`: what is dead does no harm."""

from namelatch.lab.hands import dying
from namelatch.lab.phrases import FIPS, REGIONAL, everywhere, finished, publishing, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

AZ_OFFLINE = Scenario(
    id="az-offline",
    title="One enactor dead",
    story=(
        "a begins plan 2 and dies before it changes anything, with its claim and, where there are locks, with its "
        "locks, until its leases end. b applies plans 2, 3 and 4, one after the other, and what is old is cleaned up. "
        "It is the same story as in az-slow, only that a never comes back."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(),) * 4,
    azs=("b",),
    published=1,
    keep=1,
    keep_last=2,
    others=lambda posture: (dying("a", posture),),
    rule=told(
        Wait(When("b"), When("a", "noticed")),
        Wait(publishing(3), finished("b", 2)),
        Wait(publishing(4), finished("b", 3)),
        Wait(When("collector"), finished("b", 4)),
    ),
    passes=1,
    expects=everywhere(HOLDS),
    why=everywhere(
        "The dead write nothing. b goes plan by plan, so what its rollback records name is kept by every rule; "
        "a's claims and locks end with its leases."
    ),
    sometimes=("told: finished", "told: collected"),
)
