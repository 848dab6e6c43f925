"""How far a search has come, on standard error: a line that renews itself on a terminal, else one every few seconds."""

import sys
import threading
import time
from collections.abc import Sized
from types import TracebackType
from typing import Protocol, TextIO

ON_TERMINAL_S = 0.5
ELSEWHERE_S = 5.0


class Search(Protocol):
    """What is looked at of an explorer: its states so far, none where it only judges liveness; what it has found."""

    @property
    def keys(self) -> Sized: ...
    @property
    def found(self) -> "Counts": ...


class Counts(Protocol):
    """`states` is 0 until the search has ended."""

    @property
    def states(self) -> int: ...
    @property
    def depth(self) -> int: ...


def told(search: Search, seconds: float) -> str:
    """One line on how far it has come."""
    states = len(search.keys)
    if not states:
        return "liveness is being judged"
    line = f"{states:,} states, {search.found.depth} deep, {states / max(seconds, 0.001):,.0f} states/s"
    return f"{line}; searched, liveness is being judged" if search.found.states else line


class Progress:
    """Tells of a search from a thread of its own while the block runs. The search knows nothing of it."""

    def __init__(self, stream: TextIO | None = None, every_s: float | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._terminal = self._stream.isatty()
        self._every_s = every_s or (ON_TERMINAL_S if self._terminal else ELSEWHERE_S)
        self._search: Search | None = None
        self._began = time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._tell, daemon=True)

    def watch(self, search: Search) -> None:
        """This is the search to tell of."""
        self._search = search
        self._began = time.monotonic()

    def __enter__(self) -> "Progress":
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        if self._terminal:
            self._write("\r\x1b[K")

    def _tell(self) -> None:
        while not self._over.wait(self._every_s):
            if self._search is not None:
                line = told(self._search, time.monotonic() - self._began)
                self._write(f"\r\x1b[K{line}" if self._terminal else f"{line}\n")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
