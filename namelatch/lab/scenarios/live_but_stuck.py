"""Keepalives go on, the worker does not: its claim would hold collection up for ever."""

from coordination.safeguards import LagStop
from namelatch.lab.phrases import BACK, GONE, REGIONAL, began, finished, published, publishing, stands, told
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
        "incident": BACK | GONE | {"claimed-plan-exists", "converges", "rollback-target-exists"},
        "d1-before": BACK | GONE | {"claimed-plan-exists", "converges", "rollback-target-exists"},
        "d1-after": BACK | GONE | {"converges", "rollback-target-exists"},
        "d2-after": frozenset({"rollback-target-exists"}),
        "registered-versioned": BACK | GONE | {"converges", "rollback-target-exists"},
        "spin-fixed": BACK | {"converges", "rollback-target-exists"},
        "hardened": HOLDS,
    },
    why={
        "incident": (
            "Nobody asks for a's claim, so it blocks nothing: its plan is deleted, a comes back and points the "
            "endpoint at it, over 5."
        ),
        "d1-before": "The claim blocks nothing. a writes plan 2 over 5, or writes empty what it finds gone.",
        "d1-after": (
            "The alarm is told, and the claim goes on blocking the collection. When a does come back it writes plan"
            " 2 over 5; then the claim ends and the plan is deleted."
        ),
        "d2-after": (
            "a finds plan 5 under the lock and yields. b has skipped from 1 to 5, and its rollback record names a "
            "plan that is deleted."
        ),
        "registered-versioned": (
            "The claim blocks the collection as long as a is stuck, and no longer: a writes the old plan, and then "
            "it is deleted."
        ),
        "spin-fixed": (
            "b's finish deletes what is old before a comes back; nobody cleans up after a has written, so the name "
            "stays on plan 2, answered."
        ),
        "hardened": (
            "A claim too far behind is revoked, so that collection goes on; the fence refuses all that its holder "
            "still tries."
        ),
    },
    sometimes=("told: claim revoked", "told: fenced", "told: collected"),
)
