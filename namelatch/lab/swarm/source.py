"""Where chance comes from: a seeded stream of choices, the same on every machine and under every hash seed.

Only `Random.random` is used, whose stream Python promises to keep; a stream is named, so that drawing more for one
purpose moves nothing that is drawn for another.
"""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Source:
    """One named stream of a seed."""

    __slots__ = ("unit",)

    def __init__(self, seed: int, purpose: str) -> None:
        # By text: seeding hashes it with SHA-512, so neighbouring seeds have nothing in common.
        self.unit = random.Random(f"{seed} {purpose}").random  # noqa: S311 (a schedule, and no secret)
        """The next number, from 0 up to 1."""

    def chance(self, probability: float) -> bool:
        """True so often."""
        return self.unit() < probability

    def below(self, count: int) -> int:
        """One of 0 up to `count` - 1."""
        return int(self.unit() * count)

    def between(self, least: int, most: int) -> int:
        """One of `least` up to `most`, both included."""
        return least + int(self.unit() * (most - least + 1))

    def span(self, least: float, most: float) -> float:
        """A number from `least` up to `most`."""
        return least + self.unit() * (most - least)

    def pick(self, among: Sequence[T]) -> T:
        """One of them."""
        return among[int(self.unit() * len(among))]

    def some(self, among: Sequence[T], least: int = 1) -> tuple[T, ...]:
        """A subset of at least so many, in their order."""
        left = list(among)
        for _ in range(len(left) - self.between(least, len(left))):
            del left[self.below(len(left))]
        return tuple(left)
