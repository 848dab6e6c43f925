"""What is to be done so that exactly the wanted posts are there: pure, and nothing when they are.

Who reads plans goes before who writes them: while versions differ, a planner must not write what an enactor cannot
read yet. One enactor at a time: the others have the newest plan served meanwhile. What nobody wants goes last, when
what replaces it is there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

LEAVE_S = 120.0  # for a part to end in its own time: an enactor finishes the plan that it has in hand
BACK_S = 60.0  # for Ray to restart a process: on a busy machine one takes ten


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """A post: its role, and the digest of what it was made from."""

    role: str
    digest: str

    def __str__(self) -> str:
        return f"{self.role}.{self.digest}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The name in `text`; None when it is none of ours."""
        role, dot, digest = text.partition(".")
        return cls(role, digest) if role and dot and digest else None


@dataclass(frozen=True, slots=True)
class Step:
    """Posts to dismiss, then the one to post, None for none. The next step waits until it works."""

    dismissed: tuple[Name, ...]
    posted: Name | None


def steps(wanted: Mapping[str, str], present: Sequence[Name]) -> tuple[Step, ...]:
    """From the posts that are `present` to the `wanted`: digests by role, in the order to go by."""
    made = []
    for role, digest in wanted.items():
        name = Name(role, digest)
        others = tuple(sorted(one for one in present if one.role == role and one != name))
        if others or name not in present:
            made.append(Step(others, None if name in present else name))
    unwanted = tuple(sorted(one for one in present if one.role not in wanted))
    return (*made, Step(unwanted, None)) if unwanted else tuple(made)
