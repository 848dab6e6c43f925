"""Whoever answers queries reads root and tree apart: the tree may be gone before the move of the root is seen."""

from namelatch.lab.hands import reader
from namelatch.lab.phrases import REGIONAL, published, told
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
        "d1-before": frozenset(
            {"converges", "never-delete-active", "never-empty", "not-wedged", "rollback-target-exists"}
        ),
        "d1-after": frozenset(
            {"converges", "never-delete-active", "never-empty", "not-wedged", "rollback-target-exists"}
        ),
        "d2-after": frozenset({"rollback-target-exists"}),
        "registered-versioned": frozenset(
            {"converges", "never-delete-active", "never-empty", "not-wedged", "rollback-target-exists"}
        ),
        "spin-fixed": frozenset({"rollback-target-exists"}),
        "hardened": HOLDS,
    },
    sometimes=("told: finished", "told: collected"),
    never=("told: served empty",),
)
