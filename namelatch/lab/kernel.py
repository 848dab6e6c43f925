"""The kernel: one place where control yields. The protocol's coroutines run here unchanged, one port call at a time.

A port call in the lab is `await Ask(call)`: the coroutine stops, and whoever drives it decides what the world answers
and when. Nothing else may be awaited: a coroutine that stops at anything but an Ask has left the ports, and
`Continuation` names the line. A reply is a value to return or an exception to raise. A continuation is thus a pure
function of its beginning and of what it has heard, which is what lets the explorer go back and take another way.
"""

from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass
from types import CodeType
from typing import Any, NamedTuple


class Call(NamedTuple):
    """One call at a port: `port.name(*arguments)`. Immutable and hashable, so that calls can be compared and stored."""

    port: str
    name: str
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Raised:
    """A reply that is raised instead of returned. Equal when the exceptions' types and texts are."""

    type: type[Exception]
    text: str


@dataclass(frozen=True, slots=True)
class Ask:
    """The one thing that a coroutine in the lab may await."""

    call: Call

    def __await__(self) -> Generator[Call, Any, Any]:
        return (yield self.call)


class LeftThePorts(RuntimeError):
    """A coroutine awaited something that is not a port call. The text names the place."""


ENDED = Call("", "ended")  # what a coroutine that has returned is stopped at: nobody answers it


Begin = Callable[[], Coroutine[Any, Any, Any]]


class Continuation:
    """A coroutine stopped at a port call. `pending` is that call; `heard` is every reply since the beginning."""

    def __init__(self, begin: Begin, heard: tuple[Any, ...] = ()) -> None:
        self.coroutine = begin()
        self.heard: tuple[Any, ...] = ()
        self.pending = self._stopped_at(lambda: self.coroutine.send(None))
        for reply in heard:
            self.hear(reply)

    def hear(self, reply: Any) -> Call:
        """Go on to the next port call with this reply to the pending one."""
        self.heard = (*self.heard, reply)
        if isinstance(reply, Raised):
            self.pending = self._stopped_at(lambda: self.coroutine.throw(reply.type(reply.text)))
        else:
            self.pending = self._stopped_at(lambda: self.coroutine.send(reply))
        return self.pending

    def close(self) -> None:
        """Let the coroutine go; what it would still do on its way out is a crash's business, and does not happen."""
        abandon(self.coroutine)

    __del__ = close

    def _stopped_at(self, go_on: Callable[[], Any]) -> Call:
        try:
            stopped = go_on()
        except StopIteration:
            return ENDED
        if not isinstance(stopped, Call):
            raise LeftThePorts(f"{_innermost(self.coroutine)} awaits {stopped!r}, which is no port call")
        return stopped


def abandon(coroutine: Coroutine[Any, Any, Any]) -> None:
    """Close it; a `finally` that asks a port on the way out is told that nobody answers, and is closed again."""
    for _ in range(100):
        try:
            coroutine.close()
        except RuntimeError:  # "coroutine ignored GeneratorExit": it asked a port once more
            continue
        return
    raise AssertionError("a coroutine that can't be closed")


def _innermost(coroutine: Any) -> str:
    """The line at which a coroutine is stopped, as `function (file:line)`."""
    place = "?"
    while coroutine is not None:
        frame = getattr(coroutine, "cr_frame", None) or getattr(coroutine, "gi_frame", None)
        if frame is None:
            break
        code: CodeType = frame.f_code
        place = f"{code.co_qualname} ({code.co_filename}:{frame.f_lineno})"
        coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "gi_yieldfrom", None)
    return place
