"""What a reason is: why some mutants of one function live, that live for the same one.

A mutant is named by its key, another once the lines that it is about change: then its reason speaks of nothing,
and that is an error too. `covered` names the tests that see what the lab has nothing for.
"""

from dataclasses import dataclass
from typing import Literal

from namelatch.lab.mutants.mutant import Mutant

Kind = Literal["equivalent", "work only", "not modelled"]
KINDS: dict[Kind, str] = {
    "equivalent": "No run of the protocol can tell these from the original.",
    "work only": "These do more or less work, or the same in another order, and nothing else.",
    "not modelled": "The lab has nothing in which these could show.",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Mutants of one function, by their keys, and why the lab can't kill them."""

    file: str
    function: str
    kind: Kind
    why: str
    keys: tuple[str, ...]
    covered: str = ""

    def fits(self, mutant: Mutant) -> bool:
        """Whether it speaks of that mutant."""
        return (mutant.file, mutant.function) == (self.file, self.function) and mutant.key in self.keys
