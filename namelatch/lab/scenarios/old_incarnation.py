"""An actor is restarted and its old self goes on: two processes, one az, one plan."""

from namelatch.lab.phrases import BACK, FIPS, REGIONAL, UNSWEPT, began, finished, publishing, stands, told
from namelatch.lab.processes import enactor
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

OLD_INCARNATION = Scenario(
    id="old-incarnation",
    title="The old self of a restarted enactor",
    story=(
        "a begins plan 2 and is thought dead. It is begun anew, takes the plan from its old self, and applies plan 3. "
        "Then the old self goes on with plan 2 where it stood."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(),) * 3,
    azs=("a",),
    published=1,
    keep=9,
    keep_last=9,
    others=lambda posture: (enactor("a", posture, name="anew"),),
    rule=told(
        Wait(When("anew"), began("a", 2)),
        Wait(publishing(3), began("anew", 2)),
        Wait(stands("anew"), When(None, "Publish", 3, committed=True)),
        Wait(stands("a"), finished("anew", 3)),
        UNSWEPT,
    ),
    passes=1,
    expects={
        "incident": BACK | {"converges", "fenced-writes"},
        "d1-before": BACK | {"converges", "fenced-writes"},
        "d1-after": BACK | {"converges", "fenced-writes"},
        "d2-after": HOLDS,
        "registered-versioned": BACK | {"converges", "fenced-writes"},
        "spin-fixed": BACK | {"converges", "fenced-writes"},
        "hardened": HOLDS,
    },
    why={
        **dict.fromkeys(
            ("incident", "spin-fixed"),
            (
                "The old self lost its claim to the new one, and nothing of a claim travels with its write: plan 2 over"
                " 3, for good, as the one-time check lets nobody apply 3 again."
            ),
        ),
        **dict.fromkeys(
            ("d1-before", "d1-after", "registered-versioned"),
            (
                "The old self lost its claim to the new one and writes all the same. It finds out when it next "
                "registers and leaves; the new self has plan 3 behind it and does not look again."
            ),
        ),
        "d2-after": "The old self reads plan 3 under the lock, and yields.",
        "hardened": (
            "A claim that was taken over has another fence: all that the old self tries is refused, and it leaves "
            "as replaced."
        ),
    },
    sometimes=("told: claim revoked", "told: fenced", "told: finished"),
)
