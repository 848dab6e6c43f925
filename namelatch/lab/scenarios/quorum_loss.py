"""The authority answers nobody for a while, in the middle of a plan."""

from namelatch.lab.hands import quorum
from namelatch.lab.phrases import FIPS, REGIONAL, UNSWEPT, began, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

QUORUM_LOSS = Scenario(
    id="quorum-loss",
    title="Nobody answers",
    story=(
        "The authority loses its quorum at any moment after a has begun plan 2: reads fail, writes bring no reply. It "
        "comes back when somebody has asked in vain. Whatever was half done then is half done still."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(),) * 2,
    azs=("a",),
    published=1,
    keep=9,
    keep_last=9,
    at_once=1,
    others=lambda _: (quorum(),),
    rule=told(
        Wait(When("quorum", "lost"), began("a", 2)),
        Wait(When("quorum", "back"), When("a"), since=When("quorum", "lost")),
        UNSWEPT,
    ),
    passes=1,
    expects={
        "incident": frozenset({"converges", "not-wedged"}),
        "d1-before": HOLDS,
        "d1-after": HOLDS,
        "d2-after": frozenset({"converges", "not-wedged"}),
        "registered-versioned": HOLDS,
        "spin-fixed": frozenset({"converges", "not-wedged"}),
        "hardened": HOLDS,
    },
    sometimes=("told: unavailable", "told: finished"),
)
