"""The first half of the incident: an old plan over a newer one, and no clean-up."""

from namelatch.lab.phrases import BACK, FIPS, REGIONAL, began, finished, published, publishing, stands, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

STALE_CHECK_OVERWRITE = Scenario(
    id="stale-check-overwrite",
    title="An old plan over a newer one",
    story=(
        "a passes every check for plan 2 and gets stuck before it changes the regional endpoint. b takes plan 3 and "
        "finishes. Then a goes on. Nothing is cleaned up: the name is never dark, only back on an old plan, for good."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(),) * 3,
    published=1,
    keep=9,
    keep_last=9,
    rule=told(
        Wait(publishing(3), began("a", 2)),
        Wait(When("b"), published(3)),
        Wait(stands("a"), finished("b", 3)),
    ),
    passes=1,
    expects={
        "incident": BACK | {"converges"},
        "d1-before": BACK,
        "d1-after": BACK,
        "d2-after": HOLDS,
        "registered-versioned": BACK,
        "spin-fixed": BACK | {"converges"},
        "hardened": HOLDS,
    },
    why={
        **dict.fromkeys(
            ("incident", "spin-fixed"),
            (
                "The only check of a's plan was made before it got stuck. Once 3 is applied the same check refuses 3 to"
                " everybody, so nobody repairs the name."
            ),
        ),
        **dict.fromkeys(
            ("d1-before", "d1-after"),
            (
                "Nothing asks how old the plan is when it is written. a itself takes plan 3 next and repairs the name: "
                "it was back on an old plan, and not for good."
            ),
        ),
        "d2-after": (
            "Under the lock a reads the root again, sees plan 3, and leaves it: while it holds the lock nobody else"
            " can write."
        ),
        "registered-versioned": (
            "A version says that the root is as it was read, not that the plan is newer: a reads 3, and writes 2 "
            "over just that. It repairs that with plan 3 next."
        ),
        "hardened": (
            "The authority itself judges inside the transaction that an endpoint only goes forward: a's write of 2 "
            "over 3 is refused."
        ),
    },
    sometimes=("told: superseded",),
)
