"""Another mechanism than AWS's, from an architecture story: the enactor itself writes the empty record."""

from namelatch.lab.phrases import FIPS, REGIONAL, began, finished, published, publishing, stands, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

GC_THEN_WRITE_EMPTY = Scenario(
    id="gc-then-write-empty",
    title="The plan is collected, and nothing is written as if it were something",
    story=(
        "a begins plan 2 and gets stuck before it looks at the regional endpoint. Plans 3 and 4 come, b "
        "applies 4, and the collector keeps only the last few plans. Then a goes on with a plan that is gone."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(),) * 4,
    published=1,
    keep=1,
    keep_last=2,
    rule=told(
        Wait(publishing(3), began("a", 2)),
        Wait(When("b"), published(4)),
        Wait(When("a", "read"), finished("b", 4)),
        Wait(stands("a"), finished("b", 4)),
        Wait(When("collector"), finished("b", 4)),
    ),
    passes=1,
    expects={
        "incident": frozenset(
            {
                "bounded-staleness",
                "claimed-plan-exists",
                "converges",
                "cross-endpoint-skew",
                "monotone-generation",
                "never-delete-active",
                "never-empty",
                "rollback-target-exists",
            }
        ),
        "d1-before": frozenset(
            {
                "bounded-staleness",
                "claimed-plan-exists",
                "converges",
                "cross-endpoint-skew",
                "monotone-generation",
                "never-delete-active",
                "never-empty",
                "rollback-target-exists",
            }
        ),
        "d1-after": frozenset(
            {
                "bounded-staleness",
                "converges",
                "cross-endpoint-skew",
                "monotone-generation",
                "never-delete-active",
                "never-empty",
                "rollback-target-exists",
            }
        ),
        "d2-after": frozenset({"rollback-target-exists"}),
        "registered-versioned": frozenset(
            {
                "bounded-staleness",
                "converges",
                "cross-endpoint-skew",
                "monotone-generation",
                "never-delete-active",
                "never-empty",
                "rollback-target-exists",
            }
        ),
        "spin-fixed": frozenset(
            {"bounded-staleness", "converges", "cross-endpoint-skew", "monotone-generation", "rollback-target-exists"}
        ),
        "hardened": HOLDS,
    },
    sometimes=("told: superseded",),
)
