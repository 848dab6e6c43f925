"""The authority answers nobody for a while, in the middle of a plan."""

from namelatch.lab.hands import quorum
from namelatch.lab.phrases import FIPS, REGIONAL, STUCK, UNSWEPT, began, told
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
        "incident": STUCK,
        "d1-before": HOLDS,
        "d1-after": HOLDS,
        "d2-after": STUCK,
        "registered-versioned": HOLDS,
        "spin-fixed": STUCK,
        "hardened": HOLDS,
    },
    why={
        **dict.fromkeys(
            ("incident", "d2-after", "spin-fixed"),
            (
                "Nothing wrong is written. But a was to give up its lock and nobody answered; later it takes its own "
                "lock for another's, and as long as it goes on asking its session keeps that lock alive."
            ),
        ),
        **dict.fromkeys(
            ("d1-before", "d1-after", "registered-versioned", "hardened"),
            (
                "Each endpoint changes in one transaction or not at all; when somebody answers again, a reads what is "
                "there and does the rest."
            ),
        ),
    },
    sometimes=("told: unavailable", "told: finished"),
)
