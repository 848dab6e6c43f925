"""One endpoint's record can't be applied: its neighbours must not wait for it."""

from namelatch.lab.phrases import FIPS, REGIONAL, publishing, starved, told, wrote
from namelatch.lab.rules import Wait
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

POISON_RECORD = Scenario(
    id="poison-record",
    title="One bad record in a batch",
    story=(
        "Plan 2 gives the regional endpoint nothing, and stays so while plan 3 changes its neighbour in the "
        "same batch. Plan 4 mends it."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(), Moved(), Moved((FIPS,)), Moved((REGIONAL,))),
    azs=("a",),
    published=1,
    keep=9,
    keep_last=9,
    gives=starved(REGIONAL, 2),
    rule=told(
        Wait(publishing(3), wrote("a", 2, FIPS)),
        Wait(publishing(4), wrote("a", 3, FIPS)),
    ),
    passes=1,
    expects={
        "incident": frozenset({"never-empty"}),
        "d1-before": frozenset({"never-empty"}),
        "d1-after": frozenset({"never-empty"}),
        "d2-after": HOLDS,
        "registered-versioned": frozenset({"never-empty"}),
        "spin-fixed": frozenset({"never-empty"}),
        "hardened": HOLDS,
    },
    why={
        **dict.fromkeys(
            ("incident", "d1-before", "d1-after", "registered-versioned", "spin-fixed"),
            (
                "The empty record is written like any other: its neighbours are not held up, and the name is dark until"
                " plan 4."
            ),
        ),
        "d2-after": (
            "The record is refused, its neighbour goes through in the same batch, and plan 2 is never called "
            "finished; plan 4 mends it."
        ),
        "hardened": "As d2-after: one refusal an endpoint, never one a batch.",
    },
    sometimes=("told: refused", "told: incomplete", "told: finished"),
)
