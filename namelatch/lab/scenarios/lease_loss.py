"""A lease ends though its holder is alive, at any moment: the planner's, an enactor's."""

from namelatch.lab.explorer.explore import Budget
from namelatch.lab.phrases import REGIONAL, began, finished, publishing, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

LEASE_LOSS = Scenario(
    id="lease-loss",
    title="Any lease may end",
    story=("One lease ends at any moment while plans 2 and 3 are published and enacted."),
    endpoints=(REGIONAL,),
    moves=(Moved(),) * 3,
    azs=("a",),
    published=1,
    keep=1,
    keep_last=2,
    budget=Budget(expiries=1),
    rule=told(Wait(publishing(3), began("a", 2)), Wait(When("collector"), finished("a", 3))),
    passes=1,
    expects={
        "incident": frozenset({"fenced-writes", "rollback-target-exists"}),
        "d1-before": frozenset({"fenced-writes"}),
        "d1-after": frozenset({"fenced-writes"}),
        "d2-after": frozenset({"fenced-writes", "rollback-target-exists"}),
        "registered-versioned": frozenset({"fenced-writes"}),
        "spin-fixed": frozenset({"fenced-writes", "rollback-target-exists"}),
        "hardened": HOLDS,
    },
    why={
        **dict.fromkeys(
            ("incident", "d2-after", "spin-fixed"),
            (
                "Nobody asks for the claim at the write: one whose lease has ended writes on, correctly here. a may "
                "skip from 1 to 3, and plan 1, which its rollback record names, is deleted."
            ),
        ),
        **dict.fromkeys(
            ("d1-before", "d1-after", "registered-versioned"),
            (
                "Nobody asks for the claim at the write: one whose lease has ended writes on, correctly here, as nobody"
                " else is there."
            ),
        ),
        "hardened": "The fence stops whoever has lost its claim or its leadership; it begins anew.",
    },
    sometimes=("lease ends", "told: fenced", "told: finished"),
)
