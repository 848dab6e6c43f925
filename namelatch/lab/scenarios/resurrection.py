"""An old plan revives what a newer one has taken down."""

from namelatch.lab.phrases import FIPS, REGIONAL, UNSWEPT, began, finished, published, publishing, stands, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

RESURRECTION = Scenario(
    id="resurrection",
    title="A removed name comes back",
    story=(
        "Plan 3 removes the regional endpoint. a is slow with plan 2, which still has it, and comes back "
        "after b has removed it."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(), Moved(), Moved((), removed=(REGIONAL,))),
    published=1,
    keep=9,
    keep_last=9,
    rule=told(
        Wait(publishing(3), began("a", 2)),
        Wait(When("b"), published(3)),
        Wait(stands("a"), finished("b", 3)),
        UNSWEPT,
    ),
    passes=1,
    expects={
        "incident": frozenset({"converges", "monotone-generation"}),
        "d1-before": frozenset({"monotone-generation"}),
        "d1-after": frozenset({"monotone-generation"}),
        "d2-after": HOLDS,
        "registered-versioned": frozenset({"monotone-generation"}),
        "spin-fixed": frozenset({"converges", "monotone-generation"}),
        "hardened": HOLDS,
    },
    why={
        **dict.fromkeys(
            ("incident", "spin-fixed"),
            (
                "Plan 2 is newer than what was applied when a began: it revives the name, and the one-time check lets "
                "nobody apply plan 3 again."
            ),
        ),
        **dict.fromkeys(("d1-before", "d1-after"), "Nothing asks at the write. a removes the name again with plan 3."),
        "d2-after": ("A removal leaves a tombstone with its generation, and the re-check reads it: 3 is newer than 2."),
        "registered-versioned": (
            "The tombstone has a version, which a has just read: it says that nothing changed since, not that 2 is "
            "older. a removes the name again with plan 3."
        ),
        "hardened": "A tombstone has a generation like any root, and no root goes back.",
    },
    sometimes=("told: superseded",),
)
