"""The negative control: a canary that looks at what plans contain passes the run that takes the name dark."""

from dataclasses import replace

from namelatch.lab.hands import canary
from namelatch.lab.scenario import HOLDS
from namelatch.lab.scenarios.az_slow import AZ_SLOW

CONTENT_CANARY = replace(
    AZ_SLOW,
    id="content-canary",
    title="A canary that looks at content only",
    story=(
        "As az-slow, with a canary beside it that reads each plan before it is enacted and finds it complete. It "
        "passes every time: what goes wrong is in the order of writes, and never in a plan's content."
    ),
    others=lambda _: (canary(),),
    sometimes=("told: canary passed",),
    never=("told: canary failed",),
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
        "hardened": HOLDS,
    },
)
