"""The contrast to `az-offline`: what is slow comes back."""

from namelatch.lab.phrases import FIPS, REGIONAL, began, finished, publishing, stands, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

AZ_SLOW = Scenario(
    id="az-slow",
    title="One enactor slow",
    story=(
        "a begins plan 2 and is slow where it changes the regional endpoint. b applies plans 2, 3 and 4, one after the "
        "other, and what is old is cleaned up. It is the same story as in az-offline, only that a comes back."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(),) * 4,
    published=1,
    keep=1,
    keep_last=2,
    rule=told(
        Wait(When("b"), began("a", 2)),
        Wait(publishing(3), finished("b", 2)),
        Wait(publishing(4), finished("b", 3)),
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
        "d2-after": frozenset({"claimed-plan-exists"}),
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
            {"bounded-staleness", "claimed-plan-exists", "converges", "cross-endpoint-skew", "monotone-generation"}
        ),
        "hardened": HOLDS,
    },
    sometimes=("told: finished", "told: superseded"),
)
