"""The roles of a run as posts in its Ray cluster, by the code of `namelatch up --ray`; only the inputs are the run's.

    python -m namelatch.chaos.posting ADDRESS RECORDS

The settings come from the environment; `planner.inputs` is the file that the run turns. Ends with status 0 once every
post has reached etcd, with 2 and one line when one has not. A process of its own: a driver of a Ray cluster can't
outlive what a run does to it.
"""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from namelatch import log
from namelatch.chaos.inputs import turned_health
from namelatch.config import Settings
from namelatch.deploying import deploy
from namelatch.hosting import HealthSource
from namelatch.loading import load
from namelatch.matrix.inputs import TurnedHealth
from namelatch.posted import PostedRole, roles
from namelatch.trouble import Trouble


@dataclass(frozen=True, slots=True)
class TurnedInputs:
    """`HealthSource`: the file that a run turns, over an inventory of so many records."""

    directory: Path
    records: int

    def open(self, scope: str) -> TurnedHealth:  # noqa: ARG002  (every planner reads the same file)
        """The planner's side."""
        return turned_health(self.directory, self.records)


@dataclass(slots=True)
class TurnedPost(PostedRole):
    """A post whose planner has the run's inputs: what a name gets there depends on the plan that gives it."""

    records: int = 0

    def __reduce__(self) -> tuple[Any, ...]:
        read, (made,) = super(TurnedPost, self).__reduce__()  # slots: the class is not the one that was defined
        return read_turned, (read, made, self.records)

    def health(self, settings: Settings) -> HealthSource:
        """The directory's file."""
        assert settings.planner.inputs is not None, "without it nothing is posted"
        return TurnedInputs(settings.planner.inputs.parent, self.records)


def read_turned(read: Any, made: dict[str, Any], records: int) -> TurnedPost:
    """The post that travelled."""
    post: PostedRole = read(made)
    return TurnedPost(post.part, post.variables, post.az, post.version, records=records)


def turned(settings: Settings, records: int) -> Sequence[PostedRole]:
    """The posts of these settings, the planner with the run's inputs."""
    return [
        TurnedPost(one.part, one.variables, one.az, one.version, records=records) if one.part == "planner" else one
        for one in roles(settings)
    ]


class Said:
    """Progress, one line each."""

    def say(self, line: str) -> None:
        """At once."""
        print(line, flush=True)


def main(address: str, records: int) -> int:
    """Post everything; the exit status."""
    log.configure("error")
    try:
        asyncio.run(deploy(address, load(), Said(), lambda settings: turned(settings, records)))
    except Trouble as trouble:
        print(trouble, flush=True)
        return 2
    return 0


if __name__ == "__main__":
    # Under its own name: what travels to the nodes is found there by it.
    from namelatch.chaos import posting

    sys.exit(posting.main(sys.argv[1], int(sys.argv[2])))
