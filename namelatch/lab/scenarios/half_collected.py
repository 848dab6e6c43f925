"""A plan is begun while the collection of old plans is under way."""

from namelatch.lab.phrases import REGIONAL, beginning, finished, published, publishing, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

HALF_COLLECTED = Scenario(
    id="half-collected",
    title="Half of it is gone when somebody begins",
    story=(
        "a means to begin plan 3, the newest it has heard of. Meanwhile plans 4 and 5 come, b applies 5, and "
        "old plans are collected one after the other. When the second of them is gone, a registers for the "
        "third."
    ),
    endpoints=(REGIONAL,),
    moves=(Moved(),) * 5,
    published=2,
    keep=1,
    keep_last=2,
    rule=told(
        Wait(publishing(4), When("a", "head")),
        Wait(When("b"), published(5)),
        Wait(beginning("a", 3), When(None, None, 2)),
        Wait(When("collector"), finished("b", 5)),
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
    sometimes=("told: retired", "told: collected"),
)
