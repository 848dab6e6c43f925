"""The roles of a run as posts in a Ray cluster: those of `namelatch up --ray`, but that the planner's inputs are the
run's. What a name gets there depends on the plan that gives it, which no file of inputs can say."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from namelatch.chaos.inputs import turned_health
from namelatch.config import Settings
from namelatch.hosting import HealthSource
from namelatch.matrix.inputs import TurnedHealth
from namelatch.posted import PostedRole, read_post, roles


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
    """A planner with the run's inputs, in the directory of the file that `planner.inputs` names."""

    records: int = 0

    def __reduce__(self) -> tuple[Any, ...]:
        _, (made,) = PostedRole.__reduce__(self)
        return read_turned, (made, self.records)

    def health(self, settings: Settings) -> HealthSource:
        """The directory's file."""
        assert settings.planner.inputs is not None, "without it nothing is posted"
        return TurnedInputs(settings.planner.inputs.parent, self.records)


def read_turned(made: dict[str, Any], records: int) -> TurnedPost:
    """The post that travelled."""
    return _turned(read_post(made), records)


def turned(settings: Settings, records: int) -> Sequence[PostedRole]:
    """The posts of these settings. Raises Misuse."""
    return [_turned(one, records) if one.part == "planner" else one for one in roles(settings)]


def _turned(post: PostedRole, records: int) -> TurnedPost:
    return TurnedPost(post.part, post.variables, post.az, post.version, records=records)
