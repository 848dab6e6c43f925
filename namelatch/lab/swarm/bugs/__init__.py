"""The known bugs: one file a bug's switch, one entry here. Each is a value, and none is in the protocol.

A bug is on where its `variant` takes part, or its `posture` binds; `without` is the same without it, where that is not
the build itself under `hardened`. A simulation that does not find one of these could not have found it in history.
"""

from dataclasses import dataclass, field

from coordination.postures import D1_BEFORE, HARDENED, INCIDENT, Posture
from namelatch.lab.swarm.asked import Asked
from namelatch.lab.swarm.bugs.auto_commit import AUTO_COMMIT, COMMITS_WHEN_DONE
from namelatch.lab.swarm.bugs.blind_retry import BLIND_RETRY, RECHECKED
from namelatch.lab.swarm.bugs.check_then_act import CHECK_THEN_ACT
from namelatch.lab.swarm.bugs.newest_delta import NEWEST_DELTA
from namelatch.lab.swarm.bugs.no_fence import UNFENCED
from namelatch.lab.swarm.bugs.skips_history import FOLLOWS, SKIPS_HISTORY
from namelatch.lab.swarm.variant import Variant


@dataclass(frozen=True, slots=True)
class Bug:
    """One historic bug. `history`: where it comes from. `falls`: the invariant that has to fall."""

    id: str
    story: str
    history: str
    falls: str
    posture: Posture
    variant: Variant = field(default_factory=Variant)
    without: Asked = field(default_factory=lambda: Asked(HARDENED))

    @property
    def on(self) -> Asked:
        """What is run with the bug."""
        return Asked(self.posture, variant=self.variant)


BUGS: tuple[Bug, ...] = (
    Bug(
        "incident",
        "A check once, before the first write; locks; a clean-up by age that looks at no root.",
        "AWS, 19 and 20 October 2025",
        "never-empty",
        INCIDENT,
    ),
    Bug(
        "keep-last-writes-empty",
        "The last few plans are kept, and an enactor whose plan is gone writes empty records.",
        "the architecture story of the incident, before its fix",
        "never-empty",
        D1_BEFORE,
    ),
    Bug(
        "check-then-act",
        "The collector looks once whether anybody claims what it means to delete, and then deletes it unconditionally.",
        "the incident's clean-up, and most collectors written since",
        "claimed-plan-exists",
        HARDENED,
        CHECK_THEN_ACT,
    ),
    Bug(
        "no-fence",
        "Who holds a lease writes, and nothing in the write says which lease that was.",
        "etcd 3.4.3 under Jepsen: a lease is no mutual exclusion",
        "fenced-writes",
        UNFENCED,
    ),
    Bug(
        "blind-retry",
        "The client repeats a write whose reply was lost, with the version that it finds by then.",
        "jetcd 0.8.2 under Jepsen: retried transactions lost updates",
        "monotone-generation",
        RECHECKED,
        BLIND_RETRY,
        Asked(RECHECKED),
    ),
    Bug(
        "skips-history",
        "A follower whose stream broke goes on from the revision in the header, and never hears what came before.",
        "etcd3aio 0.3.0: its watch resumes at the header's revision + 1",
        "follows",
        HARDENED,
        SKIPS_HISTORY,
        Asked(HARDENED, variant=FOLLOWS),
    ),
    Bug(
        "auto-commit",
        "A consumer's offset is committed when a plan is handed out, and not when it was acted upon.",
        "aiokafka's default: issues 826, 834 and 900",
        "not-wedged",
        HARDENED,
        AUTO_COMMIT,
        Asked(HARDENED, variant=COMMITS_WHEN_DONE),
    ),
    Bug(
        "newest-delta",
        "An enactor applies the newest plan's changes alone, and not those that it is folded from.",
        "reliability review of this project: delta-lost",
        "converges",
        HARDENED,
        NEWEST_DELTA,
    ),
)


def bug(id: str) -> Bug:
    """The bug of that id. Raises KeyError, whose text lists the ids there are."""
    for one in BUGS:
        if one.id == id:
            return one
    raise KeyError(f"no bug {id!r}: there are {', '.join(one.id for one in BUGS)}")
