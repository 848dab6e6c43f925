"""The incident's second half: the clean-up deletes a plan because it is old, though a root follows it."""

from namelatch.lab.phrases import FIPS, REGIONAL, began, beginning, finished, published, publishing, stands, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

CLEANUP_DELETES_ACTIVE = Scenario(
    id="cleanup-deletes-active",
    title="The clean-up deletes what is followed",
    story=(
        "a begins generation 2 and stands still before it writes. b enacts generation 3. a writes 2 over 3, which the "
        "one-time check lets through, and the regional endpoint follows 2 again. Generation 4 names the other endpoint "
        "alone: b applies it, and cleans up what has grown old, whether or not a root follows it."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(), Moved(), Moved(), Moved((FIPS,))),
    published=1,
    keep=1,
    keep_last=2,
    rule=told(
        Wait(publishing(3), began("a", 2)),
        Wait(When("b"), published(3)),
        Wait(stands("a"), finished("b", 3)),
        Wait(publishing(4), stands("a")),
        Wait(beginning("a", 3), finished("b", 4)),
        Wait(beginning("a", 4), finished("b", 4)),
        Wait(When("collector"), published(4)),
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
                "not-wedged",
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
                "not-wedged",
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
        "hardened": HOLDS,
    },
    sometimes=("told: superseded",),
)
