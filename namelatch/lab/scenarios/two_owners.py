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
    why={
        **dict.fromkeys(
            ("incident", "d2-after", "spin-fixed"),
            (
                "Numbers are reserved and published at one head, so neither planner undoes the other. a skips from 1 to"
                " 3, and the clean-up deletes plan 1, which its rollback records name."
            ),
        ),
        **dict.fromkeys(
            ("d1-before", "d1-after", "registered-versioned", "hardened"),
            (
                "Both reserve from one row of numbers and publish under one head's version: the second to come sees the"
                " first one's plan and makes the next."
            ),
        ),
    },
    sometimes=("told: published", "lost: ReservedBelow", "lost: HeadVersion"),
)
