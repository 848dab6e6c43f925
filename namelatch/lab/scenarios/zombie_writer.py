"""A lease ends while its holder is paused, and the holder does not know."""

from namelatch.lab.explorer.explore import Budget
from namelatch.lab.phrases import BACK, REGIONAL, began, finished, published, publishing, stands, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

ZOMBIE_WRITER = Scenario(
    id="zombie-writer",
    title="A paused holder outlives its lease",
    story=(
        "a begins plan 2 and is paused before it changes the regional endpoint. Its lease may end meanwhile. "
        "b applies plan 3. Then a goes on as if nothing had happened."
    ),
    endpoints=(REGIONAL,),
    moves=(Moved(),) * 3,
    published=1,
    keep=2,
    keep_last=3,
    budget=Budget(expiries=1, of=("a",)),
    rule=told(
        Wait(publishing(3), began("a", 2)),
        Wait(When("b"), published(3)),
        Wait(stands("a"), finished("b", 3)),
        Wait(When("collector"), finished("b", 3)),
        Wait(When("collector"), stands("a")),
    ),
    passes=1,
    expects={
        "incident": BACK | {"converges", "fenced-writes"},
        "d1-before": BACK | {"fenced-writes"},
        "d1-after": BACK | {"fenced-writes"},
        "d2-after": HOLDS,
        "registered-versioned": BACK | {"fenced-writes"},
        "spin-fixed": BACK | {"converges", "fenced-writes"},
        "hardened": HOLDS,
    },
    why={
        **dict.fromkeys(
            ("incident", "spin-fixed"),
            (
                "Nothing of a's claim travels with its writes: it may be lost, and they are accepted. The old plan "
                "stays, as the one-time check lets nobody apply plan 3 again."
            ),
        ),
        **dict.fromkeys(
            ("d1-before", "d1-after"),
            (
                "Registered, and never asked for at the write: with the claim gone a writes all the same, plan 2 over "
                "3, and repairs it with its next round."
            ),
        ),
        "d2-after": (
            "No fence here either, yet the re-check under the lock finds plan 3 before a writes: nothing old is "
            "accepted, with or without a claim. After an end of its leases a has lost the lock as well."
        ),
        "registered-versioned": (
            "A lease is a hint. The version is read after the pause, so nothing in a's write depends on what it had"
            " lost."
        ),
        "hardened": (
            "Every write carries its claim's fence: the claim is gone, the write is refused, and a begins anew."
        ),
    },
    sometimes=("lease ends", "told: fenced", "told: superseded"),
)
