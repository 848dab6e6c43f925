"""The planner is faster than an enactor: how far behind may one write?"""

from coordination.safeguards import LagStop
from namelatch.lab.phrases import FIPS, REGIONAL, began, finished, published, publishing, stands, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

PLAN_FLOOD = Scenario(
    id="plan-flood",
    title="More plans than anybody can follow",
    story=("a begins plan 2 and is slow. The planner publishes four more. b takes the newest. a goes on, far behind."),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(),) * 6,
    published=1,
    keep=2,
    keep_last=3,
    lag=LagStop(alarm=1, stop=2),
    rule=told(
        Wait(publishing(3), began("a", 2)),
        Wait(When("a", "read"), published(6)),
        Wait(stands("a"), published(6)),
        Wait(When("b"), published(6)),
        Wait(When("collector"), finished("b", 6)),
    ),
    passes=1,
    rounds={"b": 1},
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
        "d1-after": frozenset({"rollback-target-exists"}),
        "d2-after": frozenset({"claimed-plan-exists", "rollback-target-exists"}),
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
    sometimes=("told: lag-stop", "told: lag alarm"),
)
