"""What the matrix is made of: roles, faults, moments, and the cell, one of each at one port call. Values only."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Role = Literal["planner", "enactor", "collector", "follower"]
Fault = Literal["die before", "die after", "reply lost", "late", "stopped"]

ROLES: tuple[Role, ...] = ("planner", "enactor", "collector", "follower")
FAULTS: tuple[Fault, ...] = ("die before", "die after", "reply lost", "late", "stopped")
STOPPED_TTLS = 3  # lease lifetimes that a stopped process misses

# When a fault bites. The first four are of the plain story, in other company; the others are stories of their own, for
# calls that the plain one does not make.
MOMENTS = {
    "start": "from the process's first call on",
    "running": "once the first plan is applied",
    "alone": "the same, and no other enactor is there to do the work meanwhile",
    "rival": "the same, and a second process of the same role (of an enactor, of its az) begins when the fault bites",
    "behind": "while no enactor is there to apply what is planned",
    "reborn": "in the second life of a process that was killed in the middle of a plan",
    "unsure": "after the reply to a write of its own was lost",
    "harmed": "after somebody from outside deleted a tree that a root follows",
    "laggard": "while a claim of another az stands still and twelve plans pass it",
}


@dataclass(frozen=True, slots=True, order=True)
class Call:
    """A port's method as one role calls it; `kind` tells what it is about where that decides what the call does."""

    role: Role
    port: str
    method: str
    kind: str = ""

    def __str__(self) -> str:
        return f"{self.port}.{self.method}" + (f"[{self.kind}]" if self.kind else "")


@dataclass(frozen=True, slots=True)
class Cell:
    """One fault at one call of one role, in one moment."""

    call: Call
    moment: str
    fault: Fault

    @property
    def id(self) -> str:
        """What names it on a command line: `enactor/authority.commit[Enact]/running/die-after`."""
        return f"{self.call.role}/{self.call}/{self.moment}/{self.fault.replace(' ', '-')}"


def thinned(cells: Iterable[Cell]) -> tuple[Cell, ...]:
    """One cell of each call: the calls meet the faults and the moments that they have in turn, so that all are met."""
    of_call: dict[Call, list[Cell]] = {}
    for cell in cells:
        of_call.setdefault(cell.call, []).append(cell)
    found = []
    for at, (_, own) in enumerate(sorted(of_call.items())):
        fitting = [cell for cell in own if cell.fault == FAULTS[at % len(FAULTS)]] or own
        found.append(fitting[at // len(FAULTS) % len(fitting)])
    return tuple(found)
