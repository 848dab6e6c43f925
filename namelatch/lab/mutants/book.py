"""How mutants ended, kept in a file: so that a run goes on where it stopped, and the page is made without one.

An end holds for the sources that it was found with: protocol, lab and small worlds, but not the words of a reason. Of
one that was found with others there is left a hint: where a mutant of the same text fell, it most likely falls again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from namelatch.lab.lattice.sources import brief, closure, digest
from namelatch.lab.mutants.efforts import FILE as PINNED
from namelatch.lab.mutants.kills import STRONG, Kill
from namelatch.lab.mutants.mutant import Mutant
from namelatch.lab.mutants.trial import Tried

FORM = 1
DEPENDS = ("namelatch.lab.mutants.bounds", "namelatch.lab.mutants.trial")
ALIVE = "alive"


@cache
def sources() -> str:
    """What an end depends on, as one digest."""
    return brief(digest(closure(DEPENDS)) + PINNED.read_text(encoding="utf-8"))


@dataclass(slots=True)
class Book:
    """Ends by the sources that they were found with, then by mutants' keys: how, in which bound, what."""

    ends: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def of(self, mutant: Mutant) -> Tried | None:
        """How a mutant ended under the sources as they are, if that is known."""
        return self._of(mutant, self.ends.get(sources(), {}))

    def last(self, mutant: Mutant) -> Tried | None:
        """How a mutant ended under the sources as they are, or under others."""
        found = [self._of(mutant, some) for some in (self.ends.get(sources(), {}), *self.ends.values())]
        return next((one for one in found if one is not None), None)

    def hints(self) -> Mapping[str, str]:
        """By key the bound in which a mutant fell."""
        return {key: end[1] for some in self.ends.values() for key, end in some.items() if end[0] in STRONG}

    def add(self, one: Tried) -> None:
        """Write down an end; what was known of the mutant before is forgotten."""
        for some in self.ends.values():
            some.pop(one.mutant.key, None)
        end = one.kill or one.count
        how = ALIVE if end is None else end.how
        self.ends.setdefault(sources(), {})[one.mutant.key] = [how, *((end.bound, end.what) if end else ("", ""))]

    def keep(self, keys: frozenset[str]) -> None:
        """Forget every mutant that there is no more."""
        self.ends = {of: {key: some[key] for key in sorted(keys & some.keys())} for of, some in self.ends.items()}

    def _of(self, mutant: Mutant, some: Mapping[str, list[str]]) -> Tried | None:
        if mutant.key not in some:
            return None
        how, bound, what = some[mutant.key]
        end = None if how == ALIVE else Kill(how, bound, what)  # type: ignore[arg-type]
        return Tried(mutant, end if how in STRONG else None, end if how == "count" else None, 0.0)


def read(path: Path) -> Book:
    """What a file says; an empty book where there is none, or one of another form."""
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Book()
    return Book(data["ends"]) if data.get("form") == FORM else Book()


def text(book: Book) -> str:
    """A book's file: one line a mutant, so that a difference can be read."""
    parts = []
    for of, some in sorted(book.ends.items()):
        lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(end)}" for key, end in sorted(some.items()))
        if some:
            parts.append(f" {json.dumps(of)}: {{\n{lines}\n }}")
    inner = ",\n".join(parts)
    return f'{{"form": {FORM}, "ends": {{\n{inner}\n}}}}\n'
