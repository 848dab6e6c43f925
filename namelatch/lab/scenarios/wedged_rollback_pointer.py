"""The wedge: what a change must set its rollback record to is gone, so every change by everybody is refused."""

from coordination.intents import DropTree
from namelatch.lab.phrases import FIPS, G2, REGIONAL, STUCK
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

WEDGED_ROLLBACK_POINTER = Scenario(
    id="wedged-rollback-pointer",
    title="The rollback record that can not be written",
    story=(
        "The regional endpoint follows plan 2, and the tree of plan 2 is gone: it answers nothing. Plan 3 "
        "comes. Every change must set the rollback record to what was there before, and a rollback may only "
        "point at a tree that exists."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(),) * 3,
    azs=("a",),
    applied=2,
    keep=9,
    keep_last=9,
    given=(DropTree(G2, REGIONAL),),
    passes=1,
    expects={
        "incident": STUCK,
        "d1-before": STUCK,
        "d1-after": STUCK,
        "d2-after": STUCK,
        "registered-versioned": STUCK,
        "spin-fixed": STUCK,
        "hardened": HOLDS,
    },
    why={
        **dict.fromkeys(
            ("incident", "d1-before", "d1-after", "d2-after", "registered-versioned", "spin-fixed"),
            (
                "The rollback record has to name plan 2, whose tree is gone, and the authority points at nothing that "
                "is not there. Every change by everybody is refused."
            ),
        ),
        "hardened": (
            "A rollback that is gone is replaced by the newest tree that survives, and the change goes through."
        ),
    },
    sometimes=("told: finished", "lost: TreeExists"),
)
