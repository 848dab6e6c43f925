"""Does the model do what the code did? Each recorded transition is loaded into spin's verifier, which steps by the
model's own rules and compares where that leads with where the code came.
"""

import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from namelatch.lab.model import spin
from namelatch.lab.model.bounds import Bound, defines

AT_ONCE = 2_000  # records written in one piece
_ACCEPTED = re.compile(r"^ACCEPTED (\d+) of (\d+)$", re.M)
_REFUSED = re.compile(r"^REFUSED (\d+) by (\d+) at byte (\d+)$", re.M)


@dataclass(frozen=True, slots=True)
class Refused:
    """A transition that is not the model's: its number, who stepped, the first byte of the state that differs."""

    number: int
    who: int
    byte: int


@dataclass(frozen=True, slots=True)
class Accepted:
    """How many of the records were the model's own transitions; the first of those that were not."""

    accepted: int
    recorded: int
    refused: tuple[Refused, ...]

    @property
    def all(self) -> bool:
        """Whether every one was."""
        return self.accepted == self.recorded


def accepted(bound: Bound, records: Iterable[bytes]) -> Accepted:
    """Have the model judge records, one after another as they come. Raises NoSpin, BrokenModel."""
    sizes = (f"-DPLANS_={bound.plans}", f"-DENACTORS_={bound.enactors}", f"-DENDPOINTS_={bound.endpoints}")
    with spin.verifier((*defines(bound), "-DACCEPTS"), sizes) as pan, (pan.parent / "told").open("w+") as told:
        _feed(pan, records, told.fileno())
        told.seek(0)
        text = told.read()
    found = _ACCEPTED.search(text)
    if found is None:
        raise spin.BrokenModel(f"{bound}: {text.strip()[-400:]}")
    refused = tuple(Refused(*map(int, one)) for one in _REFUSED.findall(text))
    return Accepted(int(found[1]), int(found[2]), refused)


def _feed(pan: Path, records: Iterable[bytes], told: int) -> None:
    command = (str(pan), "-A", "-E")
    with subprocess.Popen(command, cwd=pan.parent, stdin=subprocess.PIPE, stdout=told) as judge:  # noqa: S603 (ours)
        assert judge.stdin is not None
        piece: list[bytes] = []
        try:
            for record in records:
                piece.append(record)
                if len(piece) == AT_ONCE:
                    judge.stdin.write(b"".join(piece))
                    piece.clear()
            judge.stdin.write(b"".join(piece))
        except BrokenPipeError:
            pass  # it gave up; what it said tells why
