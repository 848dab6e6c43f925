"""The next plan, from the same bad inputs, must not undo what an operator went back to."""

from namelatch.lab.hands import break_glass
from namelatch.lab.phrases import FIPS, G1, REGIONAL, publishing, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import Scenario
from namelatch.lab.world import Moved

ROLLBACK_UNDONE = Scenario(
    id="rollback-undone",
    title="A rollback undone",
    story=(
        "Plan 2 is bad. An operator goes back to what plan 1 gave the regional endpoint and holds it there. "
        "Plan 3, made from the same inputs, names it again."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(),) * 3,
    azs=("a",),
    applied=2,
    keep=9,
    keep_last=9,
    others=lambda _: (break_glass(REGIONAL, source=G1),),
    rule=told(Wait(publishing(4), When("operator", "Hold", committed=True))),
    passes=1,
    expects={},
    sometimes=("told: pinned", "told: held", "told: finished"),
)
