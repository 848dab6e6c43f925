"""The walkers of one enactment: its goals in contiguous parts, a walk for each part, all together.

Walkers share the plan, the claim and its fence, and nothing else: no endpoint is in two parts. How one walker
ends does not end the others: what stops them all (a lost fence, a newer plan applied) each meets at its own next
step, and what stops only one leaves the others their work. The enactment ends when all have ended, and by then
each has given up its locks. They renew one claim together, so it shows the progress of whichever goes on.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from actors.roles import EnactorSettings, Ports
from actors.walk import Stopped, Walk
from coordination import limits
from coordination.plan import Goal
from coordination.ports import Unavailable
from coordination.records import Endpoint
from coordination.safeguards import Context


@dataclass(frozen=True, slots=True)
class Walked:
    """How all walkers ended, merged: `ended` is what stopped the first, in walk order, of those that were stopped."""

    counts: Counter[str]
    undone: tuple[Endpoint, ...]
    ended: Stopped | Unavailable | None


async def walk_all(ports: Ports, settings: EnactorSettings, context: Context, goals: Sequence[Goal]) -> Walked:
    """Bring all goals about, as far as that can be done. Raises only what no walker expects."""
    parts = in_parts(goals, settings.walkers)
    walks = [Walk(ports, settings, context) for _ in parts]
    ends = await ports.crew.together([_to_its_end(walk, part) for walk, part in zip(walks, parts, strict=True)])
    return Walked(
        sum((walk.counts for walk in walks), Counter()),
        tuple(endpoint for walk in walks for endpoint in walk.undone),
        next((end for end in ends if end is not None), None),
    )


def in_parts(goals: Sequence[Goal], walkers: int) -> list[Sequence[Goal]]:
    """At most `walkers` parts of nearly one size, in order; no more of them than there are full reads."""
    assert 1 <= walkers <= limits.WALKERS, f"{walkers} walkers"
    count = max(1, min(walkers, len(goals) // limits.READ_ENDPOINTS))
    return [goals[len(goals) * part // count : len(goals) * (part + 1) // count] for part in range(count)]


async def _to_its_end(walk: Walk, goals: Sequence[Goal]) -> Stopped | Unavailable | None:
    """One walker's part; what the world may do to it is its result."""
    try:
        try:
            await walk.run(goals)
        finally:
            await walk.give_up_locks()
    except (Stopped, Unavailable) as end:
        return end
    return None
