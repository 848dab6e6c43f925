"""What a result depends on: the project's own files that a module imports, one by way of another, as one digest.

Read from the text of the files and not from what happens to be imported. A package's own file counts where something is
imported from it by name. Blank lines, and comments on lines of their own, count for nothing.
"""

import ast
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = frozenset({"actors", "coordination", "namelatch"})


def closure(modules: Iterable[str]) -> frozenset[str]:
    """These modules and all of the project's that they import, directly or not."""
    found: set[str] = set()
    left = list(modules)
    while left:
        module = left.pop()
        if module not in found:
            found.add(module)
            left += _imported(module)
    return frozenset(found)


def digest(modules: Iterable[str]) -> str:
    """One digest of these modules' texts, whatever the order in which they are named."""
    summed = sha256()
    for module in sorted(set(modules)):
        summed.update(f"{module}\n{_code(module)}\n".encode())
    return summed.hexdigest()[:32]


def _path(module: str) -> Path | None:
    place = ROOT.joinpath(*module.split("."))
    return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()), None)


@cache
def _code(module: str) -> str:
    path = _path(module)
    assert path is not None, f"{module} is no module of ours"
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if line.strip() and not line.lstrip().startswith("#"))


@cache
def _imported(module: str) -> tuple[str, ...]:
    found: list[str] = []
    for node in ast.walk(ast.parse(_code(module))):
        match node:
            case ast.Import(names):
                found += (one.name for one in names)
            case ast.ImportFrom(str() as whence, names, 0):
                found += (whence, *(f"{whence}.{one.name}" for one in names))
            case ast.ImportFrom():
                raise AssertionError(f"{module} imports by a relative name, which nobody here does")
    return tuple(one for one in dict.fromkeys(found) if one.partition(".")[0] in OURS and _path(one) is not None)
