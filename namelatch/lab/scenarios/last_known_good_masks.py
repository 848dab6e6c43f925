"""A server that keeps what it served last must not keep what was taken down, nor hide what has gone dark."""

from namelatch.lab.following import follower
from namelatch.lab.phrases import FIPS, REGIONAL, UNSWEPT, began, finished, publishing, stands, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

LAST_KNOWN_GOOD_MASKS = Scenario(
    id="last-known-good-masks",
    title="The last good answer masks a removal",
    story=(
        "The regional endpoint's address is hijacked, and plan 3 takes the name down. A DNS server's follower hears of "
        "every revision, or of several at once. It must stop answering with what it had; a is still busy with plan 2."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(), Moved(), Moved((), removed=(REGIONAL,))),
    published=1,
    keep=9,
    keep_last=9,
    rounds={"b": 1},
    others=lambda _: (follower(),),
    rule=told(
        Wait(publishing(3), began("a", 2)),
        Wait(When("b"), When(None, "Publish", 3, committed=True)),
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
                "The follower serves what the authority holds. But a's plan 2 revives the hijacked name, and the one-"
                "time check lets nobody remove it again."
            ),
        ),
        **dict.fromkeys(
            ("d1-before", "d1-after", "registered-versioned"),
            (
                "The follower serves what the authority holds, a's old plan included, which brings the name back until "
                "a takes plan 3."
            ),
        ),
        "d2-after": (
            "The re-check reads the tombstone, and the follower shows it: a removal is no failure to be bridged."
        ),
        "hardened": (
            "The tombstone holds against the old plan, and the follower stops answering with the first revision "
            "that has it."
        ),
    },
    sometimes=("told: followed", "told: served removed"),
    never=("told: served otherwise", "told: served dangling"),
)
