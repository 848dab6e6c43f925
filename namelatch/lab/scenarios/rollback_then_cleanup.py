"""No race: what an operator went back to is old, and the clean-up deletes what is old."""

from namelatch.lab.hands import break_glass
from namelatch.lab.phrases import FIPS, G1, GONE, REGIONAL, finished, published, publishing, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

ROLLBACK_THEN_CLEANUP = Scenario(
    id="rollback-then-cleanup",
    title="Rolled back by hand, and then cleaned up",
    story=(
        "An operator does not trust plan 1's successors: he pins the regional endpoint, under a new number, "
        "to what plan 1 gave it. The automation goes on with the other endpoint. Some plans later the clean- "
        "up deletes by age."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(), Moved(), Moved((FIPS,)), Moved((FIPS,))),
    azs=("a",),
    applied=2,
    keep=1,
    keep_last=2,
    rule=told(
        Wait(publishing(4), When("operator", "Hold", committed=True)),
        Wait(When("a"), published(5)),
        Wait(When("collector"), finished("a", 5)),
    ),
    passes=1,
    others=lambda _: (break_glass(REGIONAL, source=G1),),
    expects={
        "incident": GONE | {"converges", "rollback-target-exists"},
        "d1-before": GONE | {"converges", "rollback-target-exists"},
        "d1-after": GONE | {"converges", "rollback-target-exists"},
        "d2-after": GONE | {"converges", "rollback-target-exists"},
        "registered-versioned": GONE | {"converges", "rollback-target-exists"},
        "spin-fixed": GONE | {"converges", "rollback-target-exists"},
        "hardened": HOLDS,
    },
    why={
        **dict.fromkeys(
            ("incident", "d2-after", "spin-fixed"),
            (
                "The number that the operator took is older than what the clean-up keeps by two, and age is all it "
                "asks. The name goes dark under a hold, and no plan names it any more."
            ),
        ),
        **dict.fromkeys(
            ("d1-before", "d1-after", "registered-versioned"),
            (
                "Keep-last counts plans, and a change by hand is no plan: its tree is the first to go. No claim speaks "
                "for it, since its writer was no enactor."
            ),
        ),
        "hardened": (
            "The root points at the operator's tree, and what a root points at is not collected, whoever wrote it "
            "and however old."
        ),
    },
    sometimes=("told: pinned", "told: finished"),
)
