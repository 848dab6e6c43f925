"""Changes at a set rate, questions at another: what was written when, and what was answered when."""

import threading
import time
from dataclasses import dataclass, field

from tests.ray.beside import Beside

WRITE_S = 0.5
ASK_S = 0.05


def address(number: int) -> str:
    """The `number`th change's address; none is used twice."""
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


@dataclass
class Load:
    """Runs within its block. `written` has when each change was, by its address; `answers` when and what."""

    beside: Beside
    first: int = 0  # how many changes were made by loads before
    written: dict[str, float] = field(default_factory=dict)
    answers: list[tuple[float, tuple[str, ...]]] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)

    def __enter__(self) -> "Load":
        self._ends = threading.Event()
        self._threads = [threading.Thread(target=run) for run in (self._write, self._ask)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        for thread in self._threads:
            thread.join()

    def _write(self) -> None:
        while not self._ends.wait(WRITE_S):
            to = address(self.first + len(self.written) + 1)
            self.written[to] = time.monotonic()
            self.beside.write(to)

    def _ask(self) -> None:
        while not self._ends.wait(ASK_S):
            try:
                found = self.beside.answered()
            except Exception as error:  # any trouble is a question without an answer
                self.trouble.append(f"{type(error).__name__}: {error}")
            else:
                self.answers.append((time.monotonic(), found))

    def seen(self) -> list[int]:
        """Which of the changes each answer showed, in the order asked; answers from before the first are left out."""
        numbers = {address: number for number, address in enumerate(self.written)}
        return [numbers[found[0]] for _, found in self.answers if found and found[0] in numbers]

    def last(self) -> str:
        """What was written last."""
        return next(reversed(self.written))

    def stalest_s(self) -> float:
        """The longest time that an answer was older than the change that came after the one that it showed."""
        addresses, times = list(self.written), list(self.written.values())
        after = {one: times[at + 1] for at, one in enumerate(addresses[:-1])}
        return max((at - after[found[0]] for at, found in self.answers if found[0] in after), default=0.0)
