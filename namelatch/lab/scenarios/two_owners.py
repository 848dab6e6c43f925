"""Two planners that know nothing of one another, each leading a scope of its own."""

from namelatch.lab.phrases import FIPS, REGIONAL, finished, published
from namelatch.lab.processes import planner
from namelatch.lab.rules import Ordered, Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

TWO_OWNERS = Scenario(
    id="two-owners",
    title="Two automations, one set of names",
    story=(
        "Somebody has deployed the automation twice. Both planners see the same inputs, both lead, each in "
        "its own scope, and both publish for the same names."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(),) * 2,
    azs=("a",),
    keep=1,
    keep_last=2,
    others=lambda _: (planner("planner-too", scope="another"),),
    rule=Ordered((Wait(When("a"), published(3)), Wait(When("collector"), finished("a", 3)))),
    passes=1,
    expects={
        "incident": frozenset({"rollback-target-exists"}),
        "d1-before": HOLDS,
        "d1-after": HOLDS,
        "d2-after": frozenset({"rollback-target-exists"}),
        "registered-versioned": HOLDS,
        "spin-fixed": frozenset({"rollback-target-exists"}),
        "hardened": HOLDS,
    },
    sometimes=("told: published", "lost: ReservedBelow", "lost: HeadVersion"),
)
