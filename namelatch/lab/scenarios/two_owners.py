"""Two planners that know nothing of one another, each leading a scope of its own."""

from namelatch.lab.phrases import FIPS, REGIONAL, published
from namelatch.lab.processes import planner
from namelatch.lab.rules import Ordered, Wait, When
from namelatch.lab.scenario import Scenario
from namelatch.lab.world import Moved

TWO_OWNERS = Scenario(
    id="two-owners",
    title="Two automations, one set of names",
    story=(
        "Somebody has deployed the automation twice. Both planners see the same inputs, both lead, each in "
        "its own scope, and both publish for the same names."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(), Moved(), Moved((REGIONAL,))),
    azs=("a",),
    keep=1,
    keep_last=2,
    others=lambda _: (planner("planner-too", scope="another"),),
    rule=Ordered((Wait(When("a"), published(2)),)),
    passes=1,
    expects={},
    core=False,
    sometimes=("told: published", "lost: ReservedBelow", "lost: HeadVersion"),
)
