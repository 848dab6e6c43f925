"""What reads return: immutable, and past tense. It may have changed since it was read.

A decision made from these values is only as good as the conditions that it travels to the authority with.
"""

from dataclasses import dataclass

from coordination.plan import Generation
from coordination.records import Endpoint


@dataclass(frozen=True, slots=True)
class Root:
    """Which generation customers' queries follow. `version` is the root's modification revision."""

    generation: Generation
    rollback: Generation | None
    tombstone: bool
    version: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What a read found of one endpoint. Past tense: it may have changed since.

    `locked` is true when the reader holds the endpoint's lock. `dangling` is true once the authority refused
    a change because the root's tree is gone; `survivor` is then the newest generation whose tree is left.
    """

    endpoint: Endpoint
    root: Root | None = None
    locked: bool = False
    dangling: bool = False
    survivor: Generation | None = None
    searched: bool = False

    @property
    def root_generation(self) -> Generation | None:
        """The generation that is followed; None without a root or under a tombstone."""
        return None if self.root is None or self.root.tombstone else self.root.generation


@dataclass(frozen=True, slots=True)
class Head:
    """The few numbers everybody steers by. Versions are modification revisions, 0 for never written.

    `version` is that of the newest plan's publication or of a hold's lifting, whichever came last; `lifted` is true
    while it was a lifting: what was refused under that hold is in no plan to come unless somebody names it again.
    """

    newest: Generation | None = None
    version: int = 0
    inputs_revision: int = 0
    reserved: Generation | None = None
    applied: Generation | None = None
    revision: int = 0
    lifted: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """One consistent read: the head and the asked endpoints, in the order asked."""

    head: Head
    seen: tuple[Seen, ...]


@dataclass(frozen=True, slots=True)
class ClaimSeen:
    """One az's claim: what it needs, since which revision (the fence), and whose it is."""

    generation: Generation
    az: str
    fence: int
    token: str
