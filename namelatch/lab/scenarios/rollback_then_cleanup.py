"""No race: what an operator went back to is old, and the clean-up deletes what is old."""

from namelatch.lab.hands import break_glass
from namelatch.lab.phrases import FIPS, G1, REGIONAL, finished, published, publishing, told
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
        "incident": frozenset({"converges", "never-delete-active", "never-empty", "rollback-target-exists"}),
        "d1-before": frozenset({"converges", "never-delete-active", "never-empty", "rollback-target-exists"}),
        "d1-after": frozenset({"converges", "never-delete-active", "never-empty", "rollback-target-exists"}),
        "d2-after": frozenset({"converges", "never-delete-active", "never-empty", "rollback-target-exists"}),
        "registered-versioned": frozenset(
            {"converges", "never-delete-active", "never-empty", "rollback-target-exists"}
        ),
        "spin-fixed": frozenset({"converges", "never-delete-active", "never-empty", "rollback-target-exists"}),
        "hardened": HOLDS,
    },
    sometimes=("told: pinned", "told: finished"),
)
