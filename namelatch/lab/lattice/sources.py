"""What a result depends on: the project's own files that a module imports, one by way of another, as one digest.

Read from the text of the files and not from what happens to be imported. A package's own file counts where something is
imported from it by name. What counts is what is executed: layout, comments and docstrings do not, nor what a scenario
tells its readers.
"""

import ast
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
OURS = frozenset({"actors", "coordination", "namelatch"})
VALUES = frozenset({"coordination.postures"})  # a catalogue: who uses one of its values answers for that one alone
WORDS = frozenset({"title", "story", "why", "expects"})  # of a scenario: a search begins from everything else


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
    """One digest of what these modules do, whatever the order in which they are named."""
    return brief("".join(f"{module}\n{_executed(module)}\n" for module in sorted(set(modules))))


def brief(text: str) -> str:
    """A digest of a text."""
    return sha256(text.encode()).hexdigest()[:32]


def _path(module: str) -> Path | None:
    place = ROOT.joinpath(*module.split("."))
    return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()), None)


@cache
def _code(module: str) -> str:
    path = _path(module)
    assert path is not None, f"{module} is no module of ours"
    return path.read_text(encoding="utf-8")


@cache
def _executed(module: str) -> str:
    tree = ast.parse(_code(module))
    if module in VALUES:
        tree.body = [one for one in tree.body if not isinstance(one, ast.Assign | ast.AnnAssign)]
    return ast.dump(_Wordless().visit(tree))


class _Wordless(ast.NodeTransformer):
    """Leaves out what nothing is decided by: texts that stand alone, and what a Scenario is given to tell."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        is_text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if is_text else node

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "Scenario":
            node.keywords = [one for one in node.keywords if one.arg not in WORDS]
        return node


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
