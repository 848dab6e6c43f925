"""Whoever answers queries reads root and tree apart: the tree may be gone before the move of the root is seen."""

from namelatch.lab.hands import reader
from namelatch.lab.phrases import GONE, REGIONAL, STUCK, published, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

SERVED_IS_NOT_APPLIED = Scenario(
    id="served-is-not-applied",
    title="Read in two steps",
    story=(
        "A reader reads roots, then trees, while plans 2 and 3 are applied and old trees are collected. Before "
        "it answers nothing it looks whether the root is still what it was."
    ),
    endpoints=(REGIONAL,),
    moves=(Moved(),) * 3,
    azs=("a",),
    keep=1,
    keep_last=2,
    others=lambda _: (reader(),),
    rule=told(Wait(When("a"), published(2)), Wait(When("reader"), published(3))),
    expects={
        "incident": frozenset({"rollback-target-exists"}),
        "d1-before": GONE | STUCK | {"rollback-target-exists"},
        "d1-after": GONE | STUCK | {"rollback-target-exists"},
        "d2-after": frozenset({"rollback-target-exists"}),
        "registered-versioned": GONE | STUCK | {"rollback-target-exists"},
        "spin-fixed": frozenset({"rollback-target-exists"}),
        "hardened": HOLDS,
    },
    why={
        **dict.fromkeys(
            ("incident", "d2-after", "spin-fixed"),
            (
                "The reader, who looks twice, never answers empty. a skips from 1 to 3, and the clean-up deletes the "
                "plan that its rollback record names."
            ),
        ),
        **dict.fromkeys(
            ("d1-before", "d1-after", "registered-versioned"),
            (
                "Two newer plans are published, and plan 1 is deleted before either is applied: then the reader's "
                "second look finds the same root, and the answer is empty in truth."
            ),
        ),
        "hardened": (
            "A tree goes only after its root has moved: whoever reads in two steps and finds nothing has missed a "
            "move, and finds it with a second look."
        ),
    },
    sometimes=("told: finished", "told: collected"),
    never=("told: served empty",),
)
