"""One endpoint of the batch is held by another hand: the rest must go through."""

from coordination.intents import Hold
from namelatch.lab.phrases import FIPS, REGIONAL, UNSWEPT, publishing, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

POISON_NEIGHBOUR = Scenario(
    id="poison-neighbour",
    title="A pinned neighbour",
    story=("The regional endpoint is held by an operator. Plans 2 and 3 name it together with its neighbour."),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(),) * 3,
    azs=("a",),
    given=(Hold(REGIONAL, "operator"),),
    keep=9,
    keep_last=9,
    rule=told(Wait(publishing(3), When("a", "read")), UNSWEPT),
    passes=1,
    expects={
        "incident": HOLDS,
        "d1-before": HOLDS,
        "d1-after": HOLDS,
        "d2-after": HOLDS,
        "registered-versioned": HOLDS,
        "spin-fixed": HOLDS,
        "hardened": HOLDS,
    },
    sometimes=("told: held", "told: finished"),
)
