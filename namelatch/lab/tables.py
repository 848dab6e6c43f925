"""A table by number whose entries are found when they are first asked for."""

from collections.abc import Callable
from typing import TypeVar

V = TypeVar("V")


class Table(dict[int, V]):
    """What `find` says of each number, asked once."""

    __slots__ = ("_find",)

    def __init__(self, find: Callable[[int], V]) -> None:
        self._find = find

    def __missing__(self, number: int) -> V:
        found = self[number] = self._find(number)
        return found
