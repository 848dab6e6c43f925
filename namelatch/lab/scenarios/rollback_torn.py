"""A rollback in two steps may end after the first."""

from namelatch.lab.explorer.explore import Budget
from namelatch.lab.hands import roll_back
from namelatch.lab.phrases import FIPS, G1, REGIONAL, UNSWEPT, everywhere, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

ROLLBACK_TORN = Scenario(
    id="rollback-torn",
    title="A rollback interrupted",
    story=(
        "An operator publishes the content of plan 1 as a new plan, and is interrupted anywhere on the way. "
        "Until it is published nothing of it counts; from then on it is a plan like any other."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(),) * 2,
    azs=("a",),
    published=1,
    keep=9,
    keep_last=9,
    budget=Budget(crashes=1, lost=1, of=("operator",)),
    others=lambda _: (roll_back(G1),),
    rule=told(Wait(When("a"), When("operator", "head")), UNSWEPT),
    passes=1,
    expects=everywhere(HOLDS),
    why=everywhere(
        "A rollback is one plan: bytes first, then one transaction that makes it count. Interrupted before that"
        " nothing has happened, after it a plan is there like any other."
    ),
    sometimes=("told: rolled back", "crash after it"),
)
