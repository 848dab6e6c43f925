"""A planner is begun anew while its old self lives."""

from namelatch.lab.phrases import REGIONAL, UNSWEPT, everywhere, published
from namelatch.lab.processes import planner
from namelatch.lab.rules import Ordered, Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

TWO_PLANNERS = Scenario(
    id="two-planners",
    title="Two planners, one number",
    story=(
        "The planner has reserved number 2 when another is begun in its place, which deposes it. Both have "
        "something to publish."
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
            Wait(When("a"), published(3)),
            UNSWEPT,
        )
    ),
    passes=1,
    expects=everywhere(HOLDS),
    why=everywhere(
        "A number is reserved once, and a plan is published under the leader's fence and the head's version: "
        "the deposed planner's plan is refused, or was first."
    ),
    sometimes=("told: fenced", "told: published"),
)
