"""Acting on the newest delta alone would lose changes for good."""

from namelatch.lab.phrases import FIPS, REGIONAL, began, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

DELTA_LOST = Scenario(
    id="delta-lost",
    title="The newest delta alone",
    story=(
        "Plan 2 changes the regional endpoint, plan 3 its neighbour. Whoever hears only of plan 3 must bring in both."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(), Moved((REGIONAL,)), Moved((FIPS,))),
    published=2,
    keep=9,
    keep_last=9,
    rule=told(Wait(When("b"), began("a", 2))),
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
    sometimes=("told: finished",),
)
