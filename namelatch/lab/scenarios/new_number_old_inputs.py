"""A planner reads its inputs, pauses, and publishes."""

from namelatch.lab.phrases import REGIONAL, UNSWEPT, everywhere, published, publishing
from namelatch.lab.processes import planner
from namelatch.lab.rules import Ordered, Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

NEW_NUMBER_OLD_INPUTS = Scenario(
    id="new-number-old-inputs",
    title="A new plan from old inputs",
    story=(
        "The planner has made plan 2 and pauses before it publishes it. Another planner, begun in its place, "
        "publishes plans 3 and 4 from newer inputs. Then the first goes on."
    ),
    endpoints=(REGIONAL,),
    moves=(Moved(),) * 3,
    azs=("a",),
    keep=9,
    keep_last=9,
    others=lambda posture: (planner("planner-anew", "region" if posture.plans == "planner" else "a"),),
    rule=Ordered(
        (
            Wait(When("planner-anew"), When(None, "Reserve", 2)),
            Wait(publishing(2), published(4)),
            Wait(When("a"), published(4)),
            UNSWEPT,
        )
    ),
    passes=1,
    expects=everywhere(HOLDS),
    why=everywhere(
        "The head's version is compared when a plan is published: what was read before plans 3 and 4 came is "
        "refused, whatever number it has."
    ),
    sometimes=("told: fenced",),
)
