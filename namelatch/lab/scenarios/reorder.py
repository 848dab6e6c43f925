"""An older plan is begun after a newer one is finished, by the word of a check that was made before."""

from namelatch.lab.phrases import BACK, FIPS, REGIONAL, beginning, finished, published, publishing, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

REORDER = Scenario(
    id="reorder",
    title="Plans out of order",
    story=("a has looked and means to begin plan 2. Before it registers, b begins plan 3 and finishes it."),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(),) * 3,
    published=1,
    keep=9,
    keep_last=9,
    rule=told(
        Wait(publishing(3), When("a", "head")),
        Wait(When("b"), published(3)),
        Wait(beginning("a", 2), finished("b", 3)),
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
                "a's check was made before plan 3 was applied, and is not made again at registering. Then it keeps "
                "everybody from repairing it with plan 3."
            ),
        ),
        **dict.fromkeys(("d1-before", "d1-after"), "Nothing compares ages. a takes plan 3 next and repairs it."),
        "d2-after": "a finds plan 3 under each lock, and yields.",
        "registered-versioned": (
            "The version is that of plan 3, which a has read: nothing has changed since. It repairs it with plan 3 "
            "next."
        ),
        "hardened": (
            "The authority itself judges inside the transaction that an endpoint only goes forward: no order of "
            "delivery matters."
        ),
    },
    sometimes=("told: superseded",),
)
