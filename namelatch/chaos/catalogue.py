"""The kinds of faults: what each strikes, how it heals, and where it can be had. Values only.

A name here is what a plan's file says. What is done about it stands in `strikes`, one coroutine a kind.
"""

from dataclasses import dataclass
from typing import Literal

Part = Literal["process", "client link", "member link", "member", "etcd", "etcd data", "dns", "topic", "plan", "clock"]

ROLES = ("planner", "a", "b", "collector")
DNS, WORKER, BROKER = "dns", "dns-worker", "kafka"
LEADER = "etcd-leader"  # whichever member leads when the fault comes
MEMBERS = ("etcd-1", "etcd-2", "etcd-3")
HEAD = "raylet-head"
RAYLETS = (HEAD, "raylet-a", "raylet-b")  # where the roles are actors of a Ray cluster: a worker an az


@dataclass(frozen=True, slots=True)
class Kind:
    """`strikes` says of which part a target is, `weight` how often a random plan draws it. `longest_s`: of its time."""

    name: str
    strikes: Part
    what: str
    heals: str
    weight: int = 2
    longest_s: float = 12.0
    alone: bool = False  # nothing else is broken meanwhile


KINDS: tuple[Kind, ...] = (
    Kind("kill", "process", "SIGKILL", "started again, the same data", weight=6, longest_s=8.0),
    Kind("stop", "process", "SIGSTOP", "SIGCONT", weight=6),
    Kind("cut", "client link", "nothing passes, neither way", "what was held arrives", weight=3),
    Kind("cut-there", "client link", "requests do not arrive", "what was held arrives"),
    Kind("cut-back", "client link", "replies do not arrive", "what was held arrives", weight=3),
    Kind("delay", "client link", "everything comes 0.7 s late, each way", "at once again"),
    Kind("isolate", "member", "a member hears no other, nor they it", "what was held arrives"),
    Kind("cut-peer", "member link", "one member's messages do not reach another", "what was held arrives", weight=1),
    Kind("quorum", "etcd", "two members are stopped: etcd answers nobody", "SIGCONT", weight=1, longest_s=10.0),
    Kind("move-leader", "etcd", "etcd's leader hands over to another member", "at once", weight=1, longest_s=1.0),
    Kind("compact", "etcd", "history is compacted up to now", "never: whoever is behind lists again", longest_s=1.0),
    Kind("compact-behind", "dns", "the DNS server is stopped, and what it has not read is compacted", "SIGCONT"),
    Kind("no-space", "etcd", "the alarm NOSPACE: every write is refused", "disarmed", weight=1, longest_s=8.0),
    Kind("defragment", "member", "a member rebuilds its file, answering nobody", "at its end", longest_s=1.0),
    Kind("restore", "etcd data", "etcd is restored from a backup, watched", "at once", 1, 1.0, alone=True),
    Kind("truncate", "topic", "the plans' topic loses all it has", "never: a new full plan is due", 1, 1.0),
    Kind("duplicate", "topic", "the last messages of the plans' topic come again", "never", longest_s=1.0),
    Kind("litter", "topic", "bytes of no format among the plans' chunks", "never", longest_s=1.0),
    Kind("poison-bytes", "plan", "a plan is published whose bytes are no plan", "the planner's next", longest_s=1.0),
    Kind("poison-digest", "plan", "a plan is published whose digest is another", "the planner's next", longest_s=1.0),
    Kind("poison-version", "plan", "a plan is published in an unknown format", "the planner's next", longest_s=1.0),
    Kind("clock-ahead", "clock", "the wall clock jumps an hour ahead", "it jumps back"),
    Kind("clock-behind", "clock", "the wall clock jumps an hour back", "it jumps ahead again"),
)
BY_NAME = {kind.name: kind for kind in KINDS}
GRADUAL = frozenset({"no-space", "defragment", "restore"})  # they may have struck though they could not be done


def targets(kind: Kind, members: tuple[str, ...], linked: bool, raylets: tuple[str, ...] = ()) -> tuple[str, ...]:
    """What the kind may strike on a backend of these members, which has links or has none, in a fixed order.

    `raylets`: those that the roles live on; without any, each role is a process of its own, with a clock of its own.
    """
    match kind.strikes:
        case "process":
            leader = (LEADER,) if len(members) > 1 else ()
            return (*ROLES, DNS, WORKER, BROKER, *members, *leader, *raylets)
        case "client link":
            return tuple(f"client>{name}" for name in (*members, BROKER)) if linked else ()
        case "member link":
            return tuple(f"{one}>{other}" for one in members for other in members if one != other) if linked else ()
        case "member":
            enough = kind.name == "defragment" or (linked and len(members) > 1)
            return (*members, *((LEADER,) if len(members) > 1 else ())) if enough else ()
        case "etcd":
            return ("etcd",) if len(members) > 1 or kind.name in {"compact", "no-space"} else ()
        case "etcd data":
            return ("etcd",) if len(members) > 1 else ()
        case "dns":
            return (DNS,)
        case "topic" | "plan":
            return ("plans",)
        case "clock":
            return () if raylets else ROLES


def blinds(fault: str, target: str) -> bool:
    """Whether the DNS server may hear nothing of new plans while the fault lasts: then nothing is owed in time."""
    return fault in {"quorum", "restore"} or target == DNS or (target == WORKER and fault != "kill")


def stalls(fault: str, target: str) -> bool:
    """Whether the DNS server may have to go over to another member, or to begin anew, to hear of new plans.

    No such thing is a compaction (whoever is up to date does not notice) or a leader that hands over.
    """
    if fault == "no-space":
        return True  # heartbeats are refused, too; reads are not, and each beginning lists everything
    return target.removeprefix("client>").partition(">")[0] in {LEADER, *MEMBERS}


def harms_etcd(fault: str, target: str) -> bool:
    """Whether etcd is weaker, or its clients', while the fault lasts."""
    return stalls(fault, target) or target == "etcd"
