"""Which blocks of the protocol a search comes through, so that no mutant is searched where it is never met.

Each block of statements is given a mark at its beginning: what a bound's search of the unmutated protocol does not
reach, a mutant in that block can't change. The marks change no local and no call, so the search is the same.
"""

import ast
from functools import cache
from importlib import import_module
from types import CodeType, FunctionType, ModuleType

from namelatch.lab.mutants.install import code_of, function_of
from namelatch.lab.mutants.operator import BODIES
from namelatch.lab.mutants.scope import FILES, functions
from namelatch.lab.mutants.sources import ROOT
from namelatch.lab.mutants.trees import Block

MARKS = "__reached__"


def mark() -> set[Block]:
    """Put the marks into this process's protocol, for good; the set fills as it runs."""
    reached: set[Block] = {(file, 0) for file in FILES}
    for module, functions_ in marked():
        setattr(module, MARKS, reached)
        for function, code in functions_:
            function.__code__ = code
    return reached


@cache
def marked() -> tuple[tuple[ModuleType, tuple[tuple[FunctionType, CodeType], ...]], ...]:
    """Each module with its functions and their marked code: worked out once, before any child is born."""
    return tuple(map(_marked, FILES))


def _marked(file: str) -> tuple[ModuleType, tuple[tuple[FunctionType, CodeType], ...]]:
    module = import_module(file.removesuffix(".py").replace("/", "."))
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    names = [name for name, _ in functions(tree)]
    _Marking(file).visit(tree)  # marks it where it stands
    code = compile(ast.fix_missing_locations(tree), str(ROOT / file), "exec")
    return module, tuple((function_of(module, name), code_of(code, name)) for name in names)


class _Marking(ast.NodeTransformer):
    """Every block of every function begins with its mark."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._inside = 0

    def visit(self, node: ast.AST) -> ast.AST:
        is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        self._inside += is_function
        self.generic_visit(node)
        if self._inside and not isinstance(node, ast.IfExp | ast.Lambda):
            for name in BODIES:
                block = getattr(node, name, None)
                if isinstance(block, list) and block:
                    setattr(node, name, [_mark(self._file, block[0].lineno), *block])
        self._inside -= is_function
        return node


def _mark(file: str, line: int) -> ast.stmt:
    return ast.parse(f"{MARKS}.add(({file!r}, {line}))").body[0]
