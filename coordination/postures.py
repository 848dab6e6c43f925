"""Named postures: who plans, who sweeps, by which rule, under which safeguards.

The protocol is the same under all of them; a posture only says what binds. Adding one is one entry in
POSTURES. The sources of each are in docs/postures.md.
"""

from dataclasses import dataclass
from typing import Literal

from coordination.safeguards import (
    Fence,
    Forward,
    FreshOnce,
    LagStop,
    Lock,
    NonEmpty,
    PlanExists,
    Recheck,
    RollbackTolerant,
    Safeguard,
    SpareClaimed,
    SpareReferenced,
    Version,
)

Planning = Literal["planner", "each enactor"]
Sweeping = Literal["each enactor", "collector"]
Rule = Literal["older than applied", "keep last", "by reference"]


@dataclass(frozen=True, slots=True)
class Posture:
    """One way to run the same protocol.

    `keep` is K of the incident's rule (older than applied - K) or N of keep-last-N. `one_claim`: an az's claim
    is replaced when it takes its next plan, instead of overlapping. `repeats`: walks in one order and does work
    again that another enactor has done, as the record says of the incident. `writes_empty`: an enactor whose
    plan is gone writes empty records. `sweeps_at_once`: the clean-up is in the transaction that finishes.
    """

    name: str
    story: str
    plans: Planning
    sweeps: Sweeping
    rule: Rule
    keep: int
    safeguards: tuple[Safeguard, ...]
    one_claim: bool = False
    repeats: bool = False
    writes_empty: bool = False
    sweeps_at_once: bool = False

    @property
    def lag(self) -> LagStop | None:
        """Its lag thresholds, if it has any."""
        return next((guard for guard in self.safeguards if isinstance(guard, LagStop)), None)


INCIDENT = Posture(
    "incident",
    "The automation of October 2025: a one-time freshness check, per-endpoint locks, clean-up by relative age.",
    "planner",
    "each enactor",
    "older than applied",
    2,
    (FreshOnce(), Lock()),
    repeats=True,
)
D1_BEFORE = Posture(
    "d1-before",
    "The architecture story before its fix: the last few plans are kept, and a plan that is gone is written empty.",
    "each enactor",
    "collector",
    "keep last",
    5,
    (),
    one_claim=True,
    writes_empty=True,
)
D1_AFTER = Posture(
    "d1-after",
    "The architecture story's fix: registered ownership that the collector respects, and a lag alarm.",
    "each enactor",
    "collector",
    "keep last",
    5,
    (LagStop(stop=None), SpareClaimed()),
    one_claim=True,
)
D2_AFTER = Posture(
    "d2-after",
    "The technical autopsy's fix: lock, re-check per record, record versions, nothing empty is written.",
    "planner",
    "each enactor",
    "older than applied",
    2,
    (Lock(), Recheck(), Version(), NonEmpty(deletions=False)),
)
REGISTERED_VERSIONED = Posture(
    "registered-versioned",
    "The obvious fix: leases for plan ownership, versions for records.",
    "planner",
    "collector",
    "keep last",
    5,
    (Version(), SpareClaimed()),
)
SPIN_FIXED = Posture(
    "spin-fixed",
    "A published model's fix: applying and cleaning up are one step, and the plan just applied is never cleaned up.",
    "planner",
    "each enactor",
    "older than applied",
    2,
    (FreshOnce(), Lock()),
    repeats=True,
    sweeps_at_once=True,
)
HARDENED = Posture(
    "hardened",
    "What every schedule known so far leaves standing.",
    "planner",
    "collector",
    "by reference",
    0,
    (
        FreshOnce(),
        LagStop(),
        Version(),
        Forward(),
        Fence(),
        PlanExists(),
        NonEmpty(),
        RollbackTolerant(),
        SpareClaimed(),
        SpareReferenced(),
    ),
)

MINIMAL = Posture(
    "minimal",
    "The fewest safeguards that are safe in every core scenario of the lab, as its lattice has found.",
    "planner",
    "collector",
    "by reference",
    0,
    (Forward(), NonEmpty(), RollbackTolerant(), SpareClaimed(), SpareReferenced()),
)

POSTURES: tuple[Posture, ...] = (
    INCIDENT,
    D1_BEFORE,
    D1_AFTER,
    D2_AFTER,
    REGISTERED_VERSIONED,
    SPIN_FIXED,
    HARDENED,
    MINIMAL,
)


def posture(name: str) -> Posture:
    """The posture of that name. Raises KeyError, whose text lists the names there are."""
    for candidate in POSTURES:
        if candidate.name == name:
            return candidate
    raise KeyError(f"no posture {name!r}: there are {', '.join(p.name for p in POSTURES)}")
