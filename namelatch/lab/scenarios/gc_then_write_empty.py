"""Another mechanism than AWS's, from an architecture story: the enactor itself writes the empty record."""

from namelatch.lab.phrases import BACK, FIPS, GONE, REGIONAL, began, finished, published, publishing, stands, told
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
        "incident": BACK | GONE | {"claimed-plan-exists", "converges", "rollback-target-exists"},
        "d1-before": BACK | GONE | {"claimed-plan-exists", "converges", "rollback-target-exists"},
        "d1-after": BACK | GONE | {"converges", "rollback-target-exists"},
        "d2-after": frozenset({"rollback-target-exists"}),
        "registered-versioned": BACK | GONE | {"converges", "rollback-target-exists"},
        "spin-fixed": BACK | {"converges", "rollback-target-exists"},
        "hardened": HOLDS,
    },
    why={
        "incident": (
            "a's old plan passes by its early check, and the clean-up deletes by age what a then goes on to write "
            "and to point at."
        ),
        "d1-before": (
            "The mechanism of the story: a finds its plan gone and writes an empty record, as if the plan had said "
            "so. The claim keeps the collector from nothing."
        ),
        "d1-after": (
            "The collector spares plan 2 as long as a claims it, so nothing is written empty. But a writes it over "
            "4, and when its claim is gone the plan that is followed is deleted."
        ),
        "d2-after": (
            "The re-check sees plan 4 and a yields; nothing empty is ever written. b has skipped from 1 to 4, and "
            "its rollback records name a plan that age has deleted."
        ),
        "registered-versioned": (
            "The claim delays the collector, no more: a writes plan 2 over 4 with the version that it has just "
            "read, lets the claim go, and the plan is deleted."
        ),
        "spin-fixed": (
            "b's clean-up comes before a's write, and none comes after it: the name is back on plan 2 for good, and"
            " not dark. b's rollback records name plan 1, which is deleted."
        ),
        "hardened": "Plan 2 stays as long as it is claimed; a finds plan 4 in its place and yields.",
    },
    sometimes=("told: superseded",),
)
