"""A state of the search as one number: the world, what is left of the fault budget, the rule, each process's place.

Values stand for themselves once, as entries of a table (`Numbers`); a state is their numbers side by side. A step then
adds a difference to a state's number, whatever else is in it.
"""

from typing import Any

WORLD_BITS, SMALL_BITS, PLACE_BITS = 24, 14, 20
WORLD_MASK, SMALL_MASK, PLACE_MASK = (1 << WORLD_BITS) - 1, (1 << SMALL_BITS) - 1, (1 << PLACE_BITS) - 1
BUDGET_SHIFT = WORLD_BITS
RULE_SHIFT = BUDGET_SHIFT + SMALL_BITS
PLACES_SHIFT = RULE_SHIFT + SMALL_BITS
OUTSIDE = (1 << RULE_SHIFT) - 1  # world and budget


class Numbers:
    """Values for numbers and back. Raises OverflowError beyond `most`."""

    def __init__(self, most: int) -> None:
        self.values: list[Any] = []
        self._numbers: dict[Any, int] = {}
        self._most = most

    def of(self, value: Any) -> int:
        """The value's number, a new one if it was never seen."""
        number = self._numbers.get(value)
        if number is None:
            number = self._numbers[value] = len(self.values)
            if number > self._most:
                raise OverflowError(f"more than {self._most} of one kind: a state's number has no room for them")
            self.values.append(value)
        return number


def place_shift(index: int) -> int:
    """Where the place of the process of that index begins in a state's number."""
    return PLACES_SHIFT + PLACE_BITS * index
