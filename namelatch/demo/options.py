"""What a demo is asked for, what it says on the way, and what it hands back."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:  # the command line reads the names below at every start, and the settings only where it needs them
    from namelatch.config import Settings

# `--posture all`, in the order told: the incident, the fixes that were proposed, the one that holds.
TOLD = ("incident", "d1-after", "d2-after", "registered-versioned", "hardened")
SHOWN = ("incident", "hardened")

# What `--kill` can kill in the middle of each posture.
VICTIMS = ("planner", "collector", "a", "b", "c", "etcd", "broker", "dns", "dns-worker")


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """One run. `run_dir` is writable; the run's own directory is created in it. `settings` has everything else.

    `kill` names a part that is killed in the middle of each posture. `resolvers` are the SOA MINIMUMs of the servers
    that resolvers stand before; none, and there are no resolvers. `backend` is one of ours, by its word.
    """

    records: int
    postures: tuple[str, ...]
    cause: Literal["order", "pause"]
    keep: bool
    run_dir: Path
    settings: "Settings"
    kill: str | None = None
    resolvers: tuple[int, ...] = ()
    backend: str = "embedded"


class Progress(Protocol):
    """Where a run says what it is doing. Lines are for people; nothing reads them back."""

    def say(self, line: str) -> None:
        """One line, shown at once."""
        ...


@dataclass(frozen=True, slots=True)
class DemoResult:
    """How it ended. `as_recorded`: the incident fell as the record says, and what should hold held.

    `document` is what result.json holds and --json prints.
    """

    as_recorded: bool
    document: Mapping[str, object]
