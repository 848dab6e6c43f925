"""The incident: a slow enactor's old plan crosses a newer one, and the clean-up deletes what the root follows."""

from coordination.plan import Generation
from coordination.records import Endpoint
from namelatch.lab.crossing import Crossing
from namelatch.lab.phrases import began, both, finished, published, publishing
from namelatch.lab.rules import Crossed, Ordered, Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

REGIONAL, FIPS = Endpoint("dynamodb.example"), Endpoint("fips.example")
OLD, NEW = Generation(2), Generation(4)

OCTOBER_2025 = Scenario(
    id="october-2025",
    title="The race of 19 October 2025",
    story=(
        "a passes the one-time check for generation 2 and loses the regional endpoint's lock to others who hold it. "
        "b takes generation 4, finishes and lists what is old. Only then a goes on, and writes the old plan over the "
        "new one; the clean-up deletes the old plan's trees. The root follows a tree that is gone. Generation 5 "
        "comes, and no enactor can apply it: the rollback record would point at nothing."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(),) * 5,
    published=1,
    keep=1,
    keep_last=2,
    rule=both(
        Crossed(Crossing("a", OLD, NEW), REGIONAL),
        Ordered(
            (
                Wait(When("b"), published(NEW)),
                Wait(publishing(OLD + 1), began("a", OLD)),
                Wait(publishing(NEW + 1), finished("b", NEW)),
                Wait(When("collector"), finished("b", NEW)),
            )
        ),
    ),
    passes=1,
    expects={
        "incident": frozenset(
            {
                "monotone-generation",
                "bounded-staleness",
                "cross-endpoint-skew",
                "never-delete-active",
                "claimed-plan-exists",
                "rollback-target-exists",
                "never-empty",
                "not-wedged",
                "converges",
            }
        ),
        "hardened": HOLDS,
    },
    sometimes=("told: superseded", "told: finished"),
)
