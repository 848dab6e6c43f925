"""A broker in memory is killed: every plan's bytes are gone, what was published stays published."""

from namelatch.lab.explorer.explore import Budget
from namelatch.lab.phrases import FIPS, REGIONAL, UNSWEPT, publishing, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

LOG_LOST = Scenario(
    id="log-lost",
    title="The log forgets",
    story=(
        "At any moment the log forgets everything it had. Plans 2 and 3 are deltas; nobody can fetch what came before."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(), Moved((REGIONAL,)), Moved((FIPS,))),
    azs=("a",),
    published=1,
    keep=9,
    keep_last=9,
    budget=Budget(forgets=1),
    rule=told(Wait(publishing(3), When("a", "head")), UNSWEPT),
    passes=1,
    expects={
        "incident": HOLDS,
        "d1-before": frozenset({"converges"}),
        "d1-after": HOLDS,
        "d2-after": HOLDS,
        "registered-versioned": HOLDS,
        "spin-fixed": HOLDS,
        "hardened": HOLDS,
    },
    why={
        "d1-before": (
            "It goes on without the bytes that are lost: what plan 2 changed is never applied, and plan 3 is called"
            " finished. Nothing is dark, and one name stays on plan 1."
        ),
        **dict.fromkeys(
            ("incident", "d1-after", "d2-after", "registered-versioned", "spin-fixed", "hardened"),
            (
                "Whoever can't fetch a plan of the chain applies none of it, and tells. The planner sees what the log "
                "has lost and publishes everything anew."
            ),
        ),
    },
    sometimes=("log forgets", "told: plan lost", "told: finished"),
)
