"""No story and no rule: every schedule of two enactors, with a crash and a lost reply."""

from namelatch.lab.explorer.explore import Budget
from namelatch.lab.phrases import FIPS, REGIONAL
from namelatch.lab.scenario import HOLDS, Scenario
from namelatch.lab.world import Moved

FREE_TWO = Scenario(
    id="free-two",
    title="Any schedule of two enactors",
    story=(
        "Plan 1 is in place, plan 2 is published, plan 3 will be. Two enactors, a planner and a collector do what they "
        "do in any order whatever; one of them may die, and one reply may be lost."
    ),
    endpoints=(FIPS, REGIONAL),
    moves=(Moved(),) * 3,
    published=1,
    budget=Budget(crashes=1, lost=1),
    expects={"hardened": HOLDS},
    why={
        "hardened": (
            "Nothing is looked at that is not also a condition of the write that follows from it: claim, plan, version "
            "and generation are judged where and when it takes effect."
        )
    },
    sometimes=(
        "crash after it",
        "reply lost",
        "reply lost, crash",
        "late effect",
        "lost: AppliedBelow",
        "lost: ClaimFence",
        "lost: ClaimFree",
        "lost: HeadVersion",
        "lost: LeaderFence",
        "lost: LeaderFree",
        "lost: ManifestLive",
        "lost: ManifestRetired",
        "lost: ReservedBelow",
        "lost: RootOlder",
        "lost: RootVersion",
        "lost: TreeExists",
        "lost: Unclaimed",
        "told: claim revoked",
        "told: collected",
        "told: fenced",
        "told: finished",
        "told: forgotten",
        "told: not fresh",
        "told: plan gone",
        "told: retired",
        "told: superseded",
    ),
    core=False,  # some minutes for each of the lattice's searches
)
