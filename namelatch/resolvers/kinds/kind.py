"""What a resolver has to be told, and what one is here: its Debian package, its program, its configuration as text."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Place:
    """Where one resolver runs and whom it asks. `directory` is its own, `port` and `upstream` are on loopback.

    `zone` is all that it is asked about; `upstream` is the port of the server that is authoritative for it.
    """

    directory: Path
    port: int
    upstream: int
    zone: str
    serve_stale: bool


@dataclass(frozen=True, slots=True)
class Rendered:
    """A configuration: one file's name and text, and the arguments that make the program read it."""

    name: str
    text: str
    arguments: tuple[str, ...]


class Kind(Protocol):
    """One resolver."""

    @property
    def name(self) -> str:
        """One word, as in a table."""
        ...

    @property
    def package(self) -> str:
        """The Debian package."""
        ...

    @property
    def program(self) -> str:
        """What to run."""
        ...

    @property
    def version_argument(self) -> str:
        """What makes the program tell its version."""
        ...

    @property
    def stale(self) -> tuple[str, ...]:
        """The lines that switch serve-stale on."""
        ...

    @property
    def left(self) -> str:
        """Which bounds of negative answers stay as the package has them."""
        ...

    def render(self, place: Place) -> Rendered:
        """Its configuration at this place: pure."""
        ...
