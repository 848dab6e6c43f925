"""How far a search has come is told while it runs, by somebody else."""

import io
import threading
from dataclasses import dataclass, field

import pytest

from namelatch.lab.commands.progress import Progress, told
from namelatch.lab.explorer.explore import Found

DEADLINE_S = 20.0


@dataclass
class Search:
    keys: list[int] = field(default_factory=lambda: [0] * 12_000)
    found: Found = field(default_factory=lambda: Found(depth=31))


class Stream(io.StringIO):
    """A stream that tells when something was written."""

    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self.terminal = terminal
        self.written = threading.Event()

    def isatty(self) -> bool:
        return self.terminal

    def write(self, text: str) -> int:
        count = super().write(text)
        self.written.set()
        return count


def test_a_line_has_states_depth_and_speed_and_says_when_the_search_is_over() -> None:
    search = Search()
    assert told(search, 2.0) == "12,000 states, 31 deep, 6,000 states/s"
    assert told(Search(keys=[]), 2.0) == "liveness is being judged"
    search.found.states = 12_000
    assert told(search, 4.0) == "12,000 states, 31 deep, 3,000 states/s; searched, liveness is being judged"


@pytest.mark.parametrize("terminal", [True, False])
def test_a_terminal_has_one_line_that_goes_away_and_a_file_has_a_line_each_time(terminal: bool) -> None:
    stream = Stream(terminal)
    with Progress(stream, every_s=0.01) as progress:
        progress.watch(Search())
        assert stream.written.wait(DEADLINE_S)
    said = stream.getvalue()
    assert "12,000 states, 31 deep" in said
    assert said.endswith("\r\x1b[K" if terminal else " states/s\n")
    assert ("\n" in said) is not terminal


def test_a_search_that_is_over_soon_says_nothing() -> None:
    stream = Stream(terminal=False)
    with Progress(stream) as progress:
        progress.watch(Search())
    assert stream.getvalue() == ""


def test_nothing_is_told_after_the_block_even_when_it_ends_by_an_error() -> None:
    stream = Stream(terminal=False)
    progress = Progress(stream, every_s=0.01)
    with pytest.raises(KeyboardInterrupt), progress:
        raise KeyboardInterrupt
    assert not progress._thread.is_alive()
