"""What the world answers to a call, found once: whoever stands before the same call in the same world hears the same.

A call that only looks is answered once for all worlds that look alike to it (`looks.py`). Calls and replies have
numbers here, so that whoever asks compares numbers and not what they stand for.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from coordination.invariants import Fall
from namelatch.lab.explorer.looks import Looks, sight
from namelatch.lab.explorer.numbers import WORLD_BITS, Numbers
from namelatch.lab.kernel import Call
from namelatch.lab.world import Setting, Transition, perform

CALL_BITS = 20


class Heard(NamedTuple):
    """The world after a call, the reply and its number, what fell."""

    world: int
    reply: Any
    number: int
    falls: tuple[Fall, ...]


class Answers:
    """The answers of one setting. `judge` is asked about each commit, `notice` is told of each answer, once."""

    def __init__(
        self,
        setting: Setting,
        worlds: Numbers,
        judge: Callable[[Transition], Iterator[Fall]],
        notice: Callable[[Call, Any], None],
    ) -> None:
        self._setting, self._worlds, self._judge, self._notice = setting, worlds, judge, notice
        self.calls = Numbers((1 << CALL_BITS) - 1)
        self._replies = Numbers((1 << WORLD_BITS) - 1)
        self.looks = Looks(worlds)
        self._sights: dict[int, int | None] = {}
        self._looked: dict[int, Heard] = {}
        self._known: dict[int, Heard] = {}

    def of(self, world: int, call: int) -> Heard:
        """What a call by its number is answered in a world."""
        known = self._known.get(world << CALL_BITS | call)
        if known is None:
            known = self._known[world << CALL_BITS | call] = self._found(world, call)
        return known

    def sight(self, call: int) -> int | None:
        """What a call by its number sees of the world; None where it may change it."""
        if call not in self._sights:
            self._sights[call] = sight(self.calls.values[call])
        return self._sights[call]

    def _found(self, world: int, call: int) -> Heard:
        what = self.sight(call)
        if what is None:
            return self._performed(world, call)
        number = self.looks.of(what, world) << CALL_BITS | call
        looked = self._looked.get(number)
        if looked is None:
            looked = self._looked[number] = self._performed(world, call)
        return looked._replace(world=world)

    def _performed(self, world: int, call: int) -> Heard:
        was, asked = self._worlds.values[world], self.calls.values[call]
        answer = perform(self._setting, was, asked)
        self._notice(asked, answer.reply)
        after = world if answer.world is was else self._worlds.of(answer.world)
        fell = tuple(self._judge(answer.transition)) if answer.transition is not None else ()
        return Heard(after, answer.reply, self._replies.of(answer.reply), fell)
