"""Acting on the newest delta alone would lose changes for good."""

from namelatch.lab.phrases import FIPS, REGIONAL, began, everywhere, told
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
    expects=everywhere(HOLDS),
    why=everywhere(
        "No posture acts on the newest delta alone: a plan is folded along its chain from the plan that is "
        "applied, and finished only when every endpoint of the chain is."
    ),
    sometimes=("told: finished",),
)
