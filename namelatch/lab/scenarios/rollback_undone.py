"""What people went back to must not be undone by the next plan, which comes from the inputs that they distrust."""

from namelatch.lab.hands import break_glass
from namelatch.lab.phrases import FIPS, G1, REGIONAL, UNSWEPT, everywhere, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

ROLLBACK_UNDONE = Scenario(
    id="rollback-undone",
    title="A rollback undone by the next plan",
    story=(
        "Plan 2 is bad, and applied. An operator takes both endpoints back to what plan 1 gave them, each under a "
        "hold. The planner does not know, and publishes plans from the same bad inputs. a applies them."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(),) * 3,
    azs=("a",),
    applied=2,
    keep=9,
    keep_last=9,
    others=lambda _: (break_glass(FIPS, REGIONAL, source=G1),),
    rule=told(Wait(When("planner"), When("operator", "Hold", endpoint=REGIONAL, committed=True)), UNSWEPT),
    passes=1,
    expects=everywhere(HOLDS),
    why=everywhere(
        "That a held root changes only by the hand that holds it is a law of the authority, in force under "
        "every posture: plan after plan leaves both endpoints as they are, and counts as applied."
    ),
    sometimes=("told: pinned", "told: held", "told: finished"),
)
