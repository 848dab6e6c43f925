"""Whose turn it is: which question a prober asks when. Pure; the caller says what time it is.

The watched name is asked at a steady rate, its types in turn. The others are sampled at a rate of their
own, spread over the whole walk at once rather than from its beginning. A slot that was missed (the prober
was stopped, or the machine was busy) is skipped and counted, never made up for by a burst.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from coordination.records import BadRecords, Endpoint, RRType, endpoint
from namelatch.demo.inventory import Inventory

RATE_MOST = 2_000.0  # questions a second: more would measure this prober instead of the server

_GOLDEN = 0.618_033_988_75  # a stride of this share of the list visits it evenly, however long one looks
_MISSED_S = 0.1  # a slot this late is skipped: by then the picture has moved on


class Question(NamedTuple):
    """One name, one type."""

    name: Endpoint
    type: RRType


def names_text(inventory: Inventory) -> str:
    """The prober's names file: a line per endpoint, its name and then the types that it has."""
    return "".join(f"{name} {' '.join(inventory.types(name))}\n" for name in inventory.endpoints)


def parse_names(lines: Iterable[str]) -> tuple[Question, ...]:
    """The questions that a names file allows, in its order. Raises BadRecords on anything but its format."""
    questions = []
    for line in lines:
        name, types = line.partition(" ")[0].strip(), line.split()[1:]
        if not types or not set(types) <= {"A", "AAAA"}:
            raise BadRecords(f"{line.strip()[:80]!r} is not a name and its types")
        checked = endpoint(name)
        questions += [Question(checked, "A" if type_ == "A" else "AAAA") for type_ in types]
    return tuple(questions)


@dataclass(slots=True)
class _Lane:
    """One steady stream of questions. `at` is when the next is due."""

    questions: tuple[Question, ...]
    period_s: float
    stride: int
    at: float
    index: int = 0

    def skip(self, now: float) -> int:
        """Leave out the slots that are too late; how many."""
        late = max(0, math.ceil((now - _MISSED_S - self.at) / self.period_s))
        self.at += late * self.period_s
        return late

    def due(self, now: float) -> Iterator[Question]:
        while self.at <= now:
            yield self.questions[self.index]
            self.index = (self.index + self.stride) % len(self.questions)
            self.at += self.period_s


class Rota:
    """The watched name's questions and the sampled others', each at a rate of its own (a second)."""

    def __init__(
        self, questions: tuple[Question, ...], watched: Endpoint, rate: float, sample_rate: float, start: float
    ) -> None:
        mine = tuple(question for question in questions if question.name == watched)
        rest = tuple(question for question in questions if question.name != watched)
        self._lanes = [
            _Lane(listed, 1 / lane_rate, stride, start)
            for listed, lane_rate, stride in ((mine, rate, 1), (rest, sample_rate, _stride(len(rest))))
            if listed and lane_rate > 0
        ]
        self.skipped = 0

    def due(self, now: float) -> list[Question]:
        """The questions to ask now. At most what _MISSED_S holds: older slots are skipped and counted."""
        self.skipped += sum(lane.skip(now) for lane in self._lanes)
        return [question for lane in self._lanes for question in lane.due(now)]

    def next_at(self) -> float:
        """When the next question is due; never, with nothing to ask."""
        return min((lane.at for lane in self._lanes), default=float("inf"))


def _stride(length: int) -> int:
    """Near the golden section and coprime to `length`: a walk by it visits everything, evenly."""
    stride = max(1, round(length * _GOLDEN))
    while math.gcd(stride, length) > 1:
        stride += 1
    return stride
