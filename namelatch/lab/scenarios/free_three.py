"""No story and no rule: every schedule of three enactors, without a fault."""

from dataclasses import replace

from namelatch.lab.explorer.explore import NO_FAULTS
from namelatch.lab.scenarios.free_two import FREE_TWO

FREE_THREE = replace(
    FREE_TWO,
    id="free-three",
    title="Any schedule of three enactors",
    story=(
        "Plan 1 is in place, plan 2 is published, plan 3 will be. Three enactors, a planner and a collector do what "
        "they do in any order whatever."
    ),
    azs=("a", "b", "c"),
    budget=NO_FAULTS,
    sometimes=(
        "lost: AppliedBelow",
        "lost: ManifestLive",
        "lost: RootOlder",
        "lost: RootVersion",
        "lost: TreeExists",
        "lost: Unclaimed",
        "told: collected",
        "told: finished",
        "told: forgotten",
        "told: not fresh",
        "told: plan gone",
        "told: retired",
        "told: superseded",
    ),
)
