"""What hangs on leases: claims, leaderships and locks, each with a deadline that its holder's progress moves on.

A lease ends by itself: when nobody renewed it in time, whether its holder is dead, paused, slow or fenced off. What it
takes away then is what it was taken for and nothing later, as with a lease of etcd.
"""

from coordination.authority import State
from coordination.intents import (
    Batch,
    Change,
    ClaimFence,
    DropClaim,
    DropLeadership,
    DropLock,
    LeaderFence,
    Proposal,
    TakeClaim,
    TakeLeadership,
    TakeLock,
)

Owner = tuple[str, int]  # a process and its incarnation


class Lease:
    """One key's lease. `end` is what it takes away."""

    __slots__ = ("deadline", "end", "owner")

    def __init__(self, owner: Owner, deadline: float, end: Batch) -> None:
        self.owner, self.deadline, self.end = owner, deadline, end


class Leases:
    """All that are running."""

    def __init__(self, ttl_s: float) -> None:
        self.ttl_s = ttl_s
        self._running: dict[Change, Lease] = {}

    def take(self, batch: Batch, after: State, owner: Owner, now: float) -> list[Lease]:
        """The leases that a committed batch has begun."""
        begun = []
        for proposal in batch.proposals:
            end = _end(proposal.change, after)
            if end is not None:
                lease = self._running[proposal.change] = Lease(owner, now + self.ttl_s, end)
                begun.append(lease)
        return begun

    def renew(self, key: Change, owner: Owner, now: float) -> None:
        """A holder has shown progress: its key's lease goes on, and those of its locks."""
        for change, lease in self._running.items():
            if change == key or (lease.owner == owner and isinstance(change, TakeLock)):
                lease.deadline = now + self.ttl_s

    def runs(self, lease: Lease) -> bool:
        """Whether this very lease is running: its key may have been given up and taken anew."""
        return any(one is lease for one in self._running.values())

    def over(self, lease: Lease) -> None:
        """This one has ended."""
        self._running = {change: one for change, one in self._running.items() if one is not lease}


def _end(change: Change, after: State) -> Batch | None:
    """What the end of a change's lease takes away; None where it hangs on none."""
    match change:
        case TakeClaim(generation, az):
            fence = ClaimFence(generation, az, after.claims[generation, az].fence)
            return Batch((Proposal(DropClaim(generation, az), (fence,)),))
        case TakeLeadership(scope):
            return Batch((Proposal(DropLeadership(scope), (LeaderFence(scope, after.leaders[scope].fence),)),))
        case TakeLock(endpoint, holder):
            return Batch((Proposal(DropLock(endpoint, holder)),))
    return None
