"""At least once: replies are lost, the worker dies, and takes the plan again as if it had never seen it."""

from namelatch.lab.explore import Budget
from namelatch.lab.phrases import REGIONAL, finished, publishing, stands, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

REDELIVER = Scenario(
    id="redeliver",
    title="The same plan again",
    story=(
        "a enacts plan 2. One of its replies is lost, and what it asked for may still happen later; a may die "
        "and begin anew. Plan 3 comes."
    ),
    endpoints=(REGIONAL,),
    moves=(Moved(),) * 3,
    azs=("a",),
    published=1,
    keep=1,
    keep_last=2,
    budget=Budget(crashes=1, lost=1, of=("a",)),
    rule=told(Wait(publishing(3), stands("a")), Wait(When("collector"), finished("a", 3))),
    passes=1,
    expects={
        "incident": frozenset(
            {"converges", "fenced-writes", "monotone-generation", "not-wedged", "rollback-target-exists"}
        ),
        "d1-before": frozenset(
            {
                "bounded-staleness",
                "converges",
                "cross-endpoint-skew",
                "fenced-writes",
                "monotone-generation",
                "rollback-target-exists",
            }
        ),
        "d1-after": frozenset(
            {
                "bounded-staleness",
                "converges",
                "cross-endpoint-skew",
                "fenced-writes",
                "monotone-generation",
                "rollback-target-exists",
            }
        ),
        "d2-after": frozenset({"converges", "fenced-writes", "not-wedged", "rollback-target-exists"}),
        "registered-versioned": frozenset({"fenced-writes", "rollback-target-exists"}),
        "spin-fixed": frozenset(
            {"converges", "fenced-writes", "monotone-generation", "not-wedged", "rollback-target-exists"}
        ),
        "hardened": HOLDS,
    },
    sometimes=("crash after it", "reply lost", "late effect", "told: finished"),
)
