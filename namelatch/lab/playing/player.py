"""One process that is being played: where it stands, and in which of its lives."""

from typing import Any

from namelatch.lab.kernel import Call, Continuation
from namelatch.lab.processes import Process


class Player:
    """A live coroutine, begun in its first incarnation."""

    __slots__ = ("continuation", "incarnation", "process")

    def __init__(self, process: Process) -> None:
        self.process = process
        self.incarnation = 1
        self.continuation = Continuation(process.begin(1))

    @property
    def pending(self) -> Call:
        """The call that it stands before."""
        return self.continuation.pending

    def hear(self, reply: Any) -> None:
        """Go on to the next call with this reply."""
        self.continuation.hear(reply)

    def begin_anew(self) -> None:
        """Die, having forgotten everything, and begin as the next incarnation."""
        self.continuation.close()
        self.incarnation += 1
        self.continuation = Continuation(self.process.begin(self.incarnation))
