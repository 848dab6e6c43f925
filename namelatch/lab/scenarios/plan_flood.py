"""The planner is faster than an enactor: how far behind may one write?"""

from coordination.safeguards import LagStop
from namelatch.lab.phrases import BACK, FIPS, GONE, REGIONAL, began, finished, published, publishing, stands, told
from namelatch.lab.rules import Wait, When
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

PLAN_FLOOD = Scenario(
    id="plan-flood",
    title="More plans than anybody can follow",
    story=("a begins plan 2 and is slow. The planner publishes four more. b takes the newest. a goes on, far behind."),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(),) * 6,
    published=1,
    keep=2,
    keep_last=3,
    lag=LagStop(alarm=1, stop=2),
    rule=told(
        Wait(publishing(3), began("a", 2)),
        Wait(When("a", "read"), published(6)),
        Wait(stands("a"), published(6)),
        Wait(When("b"), published(6)),
        Wait(When("collector"), finished("b", 6)),
    ),
    passes=1,
    rounds={"b": 1},
    expects={
        "incident": BACK | GONE | {"claimed-plan-exists", "converges", "rollback-target-exists"},
        "d1-before": BACK | GONE | {"claimed-plan-exists", "converges", "rollback-target-exists"},
        "d1-after": BACK | GONE | {"converges", "rollback-target-exists"},
        "d2-after": frozenset({"claimed-plan-exists", "rollback-target-exists"}),
        "registered-versioned": BACK | GONE | {"converges", "rollback-target-exists"},
        "spin-fixed": BACK | GONE | {"claimed-plan-exists", "converges", "rollback-target-exists"},
        "hardened": HOLDS,
    },
    why={
        "incident": (
            "a is four plans behind and may write: nobody asks after the start. The clean-up deletes what it has "
            "brought back."
        ),
        "d1-before": ("No bound on how far behind a writes, and the last three plans are kept whatever is followed."),
        "d1-after": (
            "The alarm tells how far behind a is, and nobody is stopped by it. The claim spares plan 2 until a is "
            "done, the endpoint follows it longer."
        ),
        "d2-after": (
            "The re-check stops an old write only when something newer is there; b then goes from 2 to 6 at once, "
            "and its clean-up deletes plan 2, which a claims and the rollback records name."
        ),
        "registered-versioned": (
            "a writes plan 2 over 6 with a fresh version; when its claim moves on, the collector deletes what the "
            "endpoint follows."
        ),
        "spin-fixed": (
            "The clean-up in b's finish deletes plan 2 under a, who has just written or is just about to: what was "
            "applied last is spared, what is followed is not."
        ),
        "hardened": (
            "Too far behind, a stops by itself and gives up its claim; before that its alarm is told; the roots "
            "judge what it would still write."
        ),
    },
    sometimes=("told: lag-stop", "told: lag alarm"),
)
