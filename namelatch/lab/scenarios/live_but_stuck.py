"""Keepalives go on, the worker does not: its claim would hold collection up for ever."""

from coordination.safeguards import LagStop
from namelatch.lab.phrases import REGIONAL, began, finished, published, publishing, stands, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

LIVE_BUT_STUCK = Scenario(
    id="live-but-stuck",
    title="Alive and stuck",
    story=(
        "a begins plan 2, keeps its claim alive and gets no further. Four plans later it is still there, and "
        "nothing older than its claim may be collected."
    ),
    endpoints=(REGIONAL,),
    moves=(Moved(),) * 5,
    published=1,
    keep=1,
    keep_last=2,
    lag=LagStop(alarm=1, stop=2),
    rule=told(
        Wait(publishing(3), began("a", 2)),
        Wait(When("b"), published(5)),
        Wait(stands("a"), finished("b", 5)),
        Wait(When("collector"), finished("b", 5)),
    ),
    passes=1,
    expects={
        "incident": frozenset(
            {
                "bounded-staleness",
                "claimed-plan-exists",
                "converges",
                "cross-endpoint-skew",
                "monotone-generation",
                "never-delete-active",
                "never-empty",
                "rollback-target-exists",
            }
        ),
        "d1-before": frozenset(
            {
                "bounded-staleness",
                "claimed-plan-exists",
                "converges",
                "cross-endpoint-skew",
                "monotone-generation",
                "never-delete-active",
                "never-empty",
                "rollback-target-exists",
            }
        ),
        "d1-after": frozenset(
            {
                "bounded-staleness",
                "converges",
                "cross-endpoint-skew",
                "fenced-writes",
                "monotone-generation",
                "never-delete-active",
                "never-empty",
                "rollback-target-exists",
            }
        ),
        "d2-after": frozenset({"rollback-target-exists"}),
        "registered-versioned": frozenset(
            {
                "bounded-staleness",
                "converges",
                "cross-endpoint-skew",
                "monotone-generation",
                "never-delete-active",
                "never-empty",
                "rollback-target-exists",
            }
        ),
        "spin-fixed": frozenset(
            {"bounded-staleness", "converges", "cross-endpoint-skew", "monotone-generation", "rollback-target-exists"}
        ),
        "hardened": HOLDS,
    },
    sometimes=("told: claim revoked", "told: fenced", "told: collected"),
)
