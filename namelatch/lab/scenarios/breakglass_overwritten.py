"""An operator repairs a name by hand while the automation is about to write it."""

from namelatch.lab.hands import break_glass
from namelatch.lab.phrases import FIPS, G1, REGIONAL, UNSWEPT, began, publishing, stands, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

BREAKGLASS_OVERWRITTEN = Scenario(
    id="breakglass-overwritten",
    title="What was set by hand is overwritten",
    story=(
        "a is about to change the regional endpoint to plan 2. An operator pins it by hand just then. a goes "
        "on; later the operator lets go, and the automation takes over again."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(),) * 3,
    azs=("a",),
    published=1,
    keep=9,
    keep_last=9,
    others=lambda _: (break_glass(REGIONAL, source=G1, lifts=True),),
    rule=told(
        Wait(When("operator"), began("a", 2)),
        Wait(stands("a"), When("operator", "Hold", committed=True)),
        Wait(publishing(4), When("operator", "Lift", committed=True)),
        UNSWEPT,
    ),
    passes=1,
    expects={
        "incident": frozenset({"monotone-generation"}),
        "d1-before": frozenset({"monotone-generation"}),
        "d1-after": frozenset({"monotone-generation"}),
        "d2-after": HOLDS,
        "registered-versioned": frozenset({"monotone-generation"}),
        "spin-fixed": frozenset({"monotone-generation"}),
        "hardened": HOLDS,
    },
    why={
        **dict.fromkeys(
            ("incident", "d1-before", "d1-after", "registered-versioned", "spin-fixed"),
            (
                "The hold keeps a out while it lasts. When it is lifted a's change, made for plan 2, goes through over "
                "the operator's number, since nobody compares ages. The full plan that a lifted hold brings puts it "
                "right."
            ),
        ),
        "d2-after": (
            "Under the lock a reads what the operator wrote, which is newer than plan 2, and yields to it; the "
            "planner owes a full plan after a hold is lifted, and that one takes over."
        ),
        "hardened": (
            "While held, nobody else's change is accepted; after that, plan 2 is older than the operator's number "
            "and refused, and the full plan that a lifted hold brings takes over."
        ),
    },
    sometimes=("told: pinned", "told: held"),
)
