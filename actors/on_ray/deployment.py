"""What is to be done so that exactly the wanted posts are there and work: pure, and nothing but looks when they are.

Who reads plans goes before who writes them: while versions differ, a planner must not write what an enactor cannot
read yet. One enactor at a time: the others have the newest plan served meanwhile. So nothing is done past a post that
does not work, whoever posted it, and when. What nobody wants goes last, when what replaces it is there.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

LEAVE_S = 120.0  # for a part to end in its own time: an enactor finishes the plan that it has in hand
FAILED = "part failed"  # in the log of a post: an exception has left its part, which begins again
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
    """Posts to dismiss, then the one to post, then the one that has to work before the next step; None for none."""

    dismissed: tuple[Name, ...]
    posted: Name | None = None
    awaited: Name | None = None

    @property
    def changes(self) -> bool:
        """Whether it is more than a look."""
        return bool(self.dismissed) or self.posted is not None


def steps(wanted: Mapping[str, str], present: Sequence[Name], leaving: Collection[Name] = ()) -> tuple[Step, ...]:
    """From the posts that are `present` to the `wanted`: digests by role, in the order to go by.

    Those `leaving` were told to and never work again: one of them that is wanted is posted anew.
    """
    made = []
    for role, digest in wanted.items():
        name = Name(role, digest)
        others = tuple(sorted(one for one in present if one.role == role and one != name))
        if name not in present:
            made.append(Step(others, name, name))
        elif name in leaving:
            made.append(Step((*others, name), name, name))
        else:
            made.append(Step((), None, name))
            made += [Step(others)] if others else []
    unwanted = tuple(sorted(one for one in present if one.role not in wanted))
    return (*made, Step(unwanted)) if unwanted else tuple(made)
