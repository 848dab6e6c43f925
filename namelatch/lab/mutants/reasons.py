"""Why each survivor lives: one entry a mutant or a family of them. A survivor without one is an error.

`equivalent`: no run can tell it from the original. `not modelled`: the lab has nothing that it could show in, and
`covered` names the tests that do see it. `work only`: it does more or less work and nothing else.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from namelatch.lab.mutants.mutant import Mutant

Kind = Literal["equivalent", "not modelled", "work only"]


@dataclass(frozen=True, slots=True)
class Reason:
    """Which mutants of one function, by the text of the lines they remove and add (`*` for any text), and why."""

    file: str
    function: str
    minus: str
    plus: str
    kind: Kind
    why: str
    covered: str = ""

    def fits(self, mutant: Mutant) -> bool:
        """Whether it speaks of that mutant."""
        if (mutant.file, mutant.function) != (self.file, self.function):
            return False
        lines = (" | ".join(mutant.minus), self.minus), (" | ".join(mutant.plus), self.plus)
        return all(text == pattern or fnmatchcase(text, pattern) for text, pattern in lines)


REASONS: tuple[Reason, ...] = ()


def reason(mutant: Mutant, reasons: tuple[Reason, ...] = REASONS) -> Reason | None:
    """The first that fits; None when there is none."""
    return next((one for one in reasons if one.fits(mutant)), None)
