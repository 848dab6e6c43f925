"""What may be asked of an authority: changes, the conditions they travel with, and how it ended.

A batch is all or nothing. Every condition is evaluated by the authority at the moment of the change:
what was checked earlier and elsewhere protects nothing. `laws` are the conditions that a change always
carries, whatever the posture. A new condition is one case in `authority.holds` and one in
`etcd.conditions`.
"""

from dataclasses import dataclass

from coordination.plan import Generation, Manifest
from coordination.records import Endpoint, Records

# --- changes -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Enact:
    """Build the tree of `generation` for one endpoint and point its root there; records None writes a tombstone.

    `rollback` is set in the same transaction to the generation that was current. `unlock` gives up the
    endpoint's lock with the change. `hand` names who writes, for holds.
    """

    endpoint: Endpoint
    generation: Generation
    records: Records | None
    rollback: Generation | None
    hand: str
    unlock: bool = False


@dataclass(frozen=True, slots=True)
class TakeLock:
    """Take one endpoint's lock for `holder`; it hangs on the holder's lease."""

    endpoint: Endpoint
    holder: str


@dataclass(frozen=True, slots=True)
class DropLock:
    """Give up one endpoint's lock without a change."""

    endpoint: Endpoint
    holder: str


@dataclass(frozen=True, slots=True)
class TakeClaim:
    """Register that `az` works with plans from `generation` on. Its creation revision is the fence."""

    generation: Generation
    az: str
    token: str


@dataclass(frozen=True, slots=True)
class DropClaim:
    """Give up a claim, or revoke another's: whoever still writes under it is fenced."""

    generation: Generation
    az: str


@dataclass(frozen=True, slots=True)
class TakeLeadership:
    """Become the one who publishes in `scope`. Its creation revision is the fence."""

    scope: str
    token: str


@dataclass(frozen=True, slots=True)
class DropLeadership:
    """Give up the leadership of `scope`."""

    scope: str


@dataclass(frozen=True, slots=True)
class Reserve:
    """Take the next plan number. A number that never gets a manifest is a gap, and gaps are allowed."""

    generation: Generation


@dataclass(frozen=True, slots=True)
class Publish:
    """Make a plan exist: create its manifest and make it the newest."""

    manifest: Manifest


@dataclass(frozen=True, slots=True)
class Finish:
    """Record that every endpoint has reached its goal under `generation`."""

    generation: Generation


@dataclass(frozen=True, slots=True)
class Retire:
    """Mark a plan as one that may no longer begin."""

    generation: Generation


@dataclass(frozen=True, slots=True)
class Forget:
    """Delete a retired plan's manifest, once none of its trees is left."""

    generation: Generation


@dataclass(frozen=True, slots=True)
class DropTree:
    """Delete one endpoint's tree of one generation."""

    generation: Generation
    endpoint: Endpoint


@dataclass(frozen=True, slots=True)
class DropGeneration:
    """Delete all of one generation's trees and its manifest in one range delete: the incident's clean-up."""

    generation: Generation


@dataclass(frozen=True, slots=True)
class Hold:
    """Only `hand` may change this endpoint's root until the hold is lifted."""

    endpoint: Endpoint
    hand: str


@dataclass(frozen=True, slots=True)
class Lift:
    """Remove a hold. What enactors were refused under it is owed from here on: the next plan has to be a full one."""

    endpoint: Endpoint


Change = (
    Enact
    | TakeLock
    | DropLock
    | TakeClaim
    | DropClaim
    | TakeLeadership
    | DropLeadership
    | Reserve
    | Publish
    | Finish
    | Retire
    | Forget
    | DropTree
    | DropGeneration
    | Hold
    | Lift
)

# --- conditions --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RootVersion:
    """The root's modification revision is still `version`; 0 means that there is no root."""

    endpoint: Endpoint
    version: int


@dataclass(frozen=True, slots=True)
class RootOlder:
    """The root exists and follows a generation below `generation`."""

    endpoint: Endpoint
    generation: Generation


@dataclass(frozen=True, slots=True)
class TreeExists:
    """The endpoint's tree of `generation` exists."""

    endpoint: Endpoint
    generation: Generation


@dataclass(frozen=True, slots=True)
class LockFree:
    """Nobody holds the endpoint's lock."""

    endpoint: Endpoint


@dataclass(frozen=True, slots=True)
class LockHeld:
    """`holder` holds the endpoint's lock."""

    endpoint: Endpoint
    holder: str


@dataclass(frozen=True, slots=True)
class Unheld:
    """No other hand than `hand` holds the endpoint."""

    endpoint: Endpoint
    hand: str


@dataclass(frozen=True, slots=True)
class ClaimFree:
    """There is no claim of this az on this generation."""

    generation: Generation
    az: str


@dataclass(frozen=True, slots=True)
class ClaimFence:
    """This az's claim on this generation was created at revision `fence` and is still there."""

    generation: Generation
    az: str
    fence: int


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """No az has a claim on `generation` or on anything older."""

    generation: Generation


@dataclass(frozen=True, slots=True)
class LeaderFree:
    """Nobody leads `scope`."""

    scope: str


@dataclass(frozen=True, slots=True)
class LeaderFence:
    """The leadership of `scope` was created at revision `fence` and is still there."""

    scope: str
    fence: int


@dataclass(frozen=True, slots=True)
class HeadVersion:
    """Since revision `version` no plan was published and no hold lifted."""

    version: int


@dataclass(frozen=True, slots=True)
class ReservedBelow:
    """Every plan number taken so far is below `generation`."""

    generation: Generation


@dataclass(frozen=True, slots=True)
class AppliedBelow:
    """The highest finished generation is below `generation`, or nothing is finished yet."""

    generation: Generation


@dataclass(frozen=True, slots=True)
class ManifestAbsent:
    """No plan of this generation exists."""

    generation: Generation


@dataclass(frozen=True, slots=True)
class ManifestLive:
    """The plan of this generation exists and is not retired."""

    generation: Generation


@dataclass(frozen=True, slots=True)
class ManifestRetired:
    """The plan of this generation exists and is retired."""

    generation: Generation


Condition = (
    RootVersion
    | RootOlder
    | TreeExists
    | LockFree
    | LockHeld
    | Unheld
    | ClaimFree
    | ClaimFence
    | Unclaimed
    | LeaderFree
    | LeaderFence
    | HeadVersion
    | ReservedBelow
    | AppliedBelow
    | ManifestAbsent
    | ManifestLive
    | ManifestRetired
)


def laws(change: Change) -> tuple[Condition, ...]:
    """The conditions in force under every posture.

    Roots and rollbacks only ever point at trees that exist (deleting what is pointed at is allowed, as
    in Route 53: hence the wedge); a held root changes only by the hand that holds it; a lock has one
    holder, a claim one creation, a plan number one manifest; `applied` and `reserved` only grow.
    """
    match change:
        case Enact(endpoint, generation, records, rollback, hand):
            unheld = Unheld(endpoint, hand)
            builds = rollback == generation and records is not None  # a tombstone builds no tree
            if rollback is None or builds:
                return (unheld,)
            return (TreeExists(endpoint, rollback), unheld)
        case TakeLock(endpoint):
            return (LockFree(endpoint),)
        case DropLock(endpoint, holder):
            return (LockHeld(endpoint, holder),)
        case TakeClaim(generation, az):
            return (ClaimFree(generation, az),)
        case TakeLeadership(scope):
            return (LeaderFree(scope),)
        case Reserve(generation):
            return (ReservedBelow(generation),)
        case Publish(manifest):
            return (ManifestAbsent(manifest.generation),)
        case Finish(generation):
            return (AppliedBelow(generation),)
        case Retire(generation):
            return (ManifestLive(generation),)
        case Forget(generation):
            return (ManifestRetired(generation),)
        case _:
            return ()


# --- batches and outcomes ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Proposal:
    """One change and the conditions that it alone depends on."""

    change: Change
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """Changes that happen together or not at all; `conditions` are shared by all of them (a fence, say)."""

    proposals: tuple[Proposal, ...]
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Lost:
    """A condition that did not hold. `index` is its proposal's place in the batch, None for a shared one."""

    index: int | None
    condition: Condition


@dataclass(frozen=True, slots=True)
class Committed:
    """All changes happened, at this revision of the authority."""

    revision: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """Nothing happened. `lost` says which conditions failed when the transaction ran.

    Empty `lost` means that what the authority's adapter assumed was out of date and has been renewed:
    the same batch may be proposed again.
    """

    lost: tuple[Lost, ...]
    revision: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """The reply was lost: the batch happened, or did not, or will yet. Never repeat it without new conditions."""

    reason: str


Outcome = Committed | Conflict | Unknown
