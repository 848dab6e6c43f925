"""The incident as the talk tells it: three enactors, one cleaning up, one installing, one stale."""

from namelatch.lab.crossing import Crossing
from namelatch.lab.phrases import BACK, G2, G4, GONE, REGIONAL, STUCK, began, both, finished, published, publishing
from namelatch.lab.rules import Crossed, Ordered, Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

OCTOBER_2025_THREE = Scenario(
    id="october-2025-three",
    title="The race of 19 October 2025, with three enactors",
    story=(
        "a begins generation 2 and gets stuck at the regional endpoint. c installs generation 4, finishes and cleans "
        "up; b comes with generation 5. a goes on only when c has listed its victims: the old plan is written over the "
        "new one, and the clean-up of another enactor than the one that wrote last deletes it."
    ),
    endpoints=(REGIONAL,),
    moves=(Moved(),) * 5,
    azs=("a", "b", "c"),
    published=1,
    keep=1,
    keep_last=2,
    rule=both(
        Crossed(Crossing("a", G2, G4), REGIONAL),
        Ordered(
            (
                Wait(publishing(3), began("a", 2)),
                Wait(When("c"), published(4)),
                Wait(publishing(5), When(None, "generations")),
                Wait(When("b"), published(5)),
                Wait(When("collector"), finished("c", 4)),
            )
        ),
    ),
    passes=1,
    rounds={"a": 2, "c": 1},
    expects={
        "incident": BACK | GONE | STUCK | {"claimed-plan-exists", "rollback-target-exists"},
        "d1-before": BACK | GONE | STUCK | {"claimed-plan-exists", "rollback-target-exists"},
        "d1-after": BACK | GONE | STUCK | {"rollback-target-exists"},
        "d2-after": frozenset({"rollback-target-exists"}),
        "registered-versioned": BACK | GONE | STUCK | {"rollback-target-exists"},
        "spin-fixed": BACK | GONE | STUCK | {"claimed-plan-exists", "rollback-target-exists"},
        "hardened": HOLDS,
    },
    why={
        "incident": (
            "As with two enactors; the clean-up of c deletes what a has brought back, and b can't apply plan 5, for"
            " its rollback record would name what is gone."
        ),
        "d1-before": (
            "Nothing binds a's write, and the collector keeps the last two plans, not the one that is followed; "
            "then b's plan 5 meets a tree that is gone."
        ),
        "d1-after": (
            "a's claim ends with its work, and plan 2 is followed longer than that. b is wedged at the rollback record."
        ),
        "d2-after": (
            "Lock and re-check refuse the old write. c skips from 1 to 4, and the plan that its rollback record "
            "names is deleted."
        ),
        "registered-versioned": (
            "a compares the version it has just read, and writes the old plan; its claim ends, the collector takes "
            "the plan, and b is wedged at the rollback record."
        ),
        "spin-fixed": (
            "c's own clean-up comes before a's write. The one in the next finish deletes what a has brought back, "
            "and whoever needs it for a rollback record is wedged."
        ),
        "hardened": "a's write is refused as old; nothing that is followed is collected; b applies plan 5.",
    },
    sometimes=("told: superseded", "told: finished"),
)
