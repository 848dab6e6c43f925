"""The incident's trigger alone: mutual exclusion works as designed, and the loser's check grows old."""

from namelatch.lab.crossing import Crossing
from namelatch.lab.phrases import BACK, FIPS, G2, G4, REGIONAL, began, both, finished, published, publishing
from namelatch.lab.rules import Crossed, Ordered, Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

LOCK_STARVATION = Scenario(
    id="lock-starvation",
    title="One that loses the lock every time",
    story=(
        "a passes every check for plan 2. Whenever it tries the regional endpoint's lock, another holds it. "
        "When it gets it at last, plan 4 is applied. Nothing is cleaned up. Where there is no lock, a is "
        "stuck at its change instead."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(),) * 4,
    published=1,
    keep=9,
    keep_last=9,
    rule=both(
        Crossed(Crossing("a", G2, G4), REGIONAL),
        Ordered(
            (
                Wait(publishing(3), began("a", 2)),
                Wait(When("b"), published(4)),
                Wait(When("collector"), finished("b", 4)),
            )
        ),
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
                "The lock gives mutual exclusion and nothing else: a's check is older than its turn. The same check "
                "keeps everybody from applying plan 4 again."
            ),
        ),
        **dict.fromkeys(
            ("d1-before", "d1-after"),
            ("No lock here, and no check either when a goes on: plan 2 over 4, until a takes plan 4 itself."),
        ),
        "d2-after": (
            "What is read under the lock can't change before the write: the re-check finds plan 4, and a yields."
        ),
        "registered-versioned": (
            "a compares the version it has read just before, that of plan 4, and so overwrites it knowingly."
        ),
        "hardened": (
            "The authority itself judges inside the transaction that an endpoint only goes forward, so it does not "
            "matter how old a's check is."
        ),
    },
    sometimes=("told: superseded",),
)
