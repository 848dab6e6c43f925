"""Which blocks of the protocol a search comes through, so that no mutant is searched where it is never met.

Each block of statements is given a mark at its beginning: what a bound's search of the unmutated protocol does not
reach, a mutant in that block can't change. The marks change no local and no call, so the search is the same.
"""

import ast
from importlib import import_module

from namelatch.lab.mutants.install import code_of, function_of
from namelatch.lab.mutants.operator import BODIES
from namelatch.lab.mutants.scope import FILES, functions
from namelatch.lab.mutants.sources import ROOT
from namelatch.lab.mutants.trees import Block

MARKS = "__reached__"


def mark() -> set[Block]:
    """Put the marks into this process's protocol, for good; the set fills as it runs."""
    reached: set[Block] = {(file, 0) for file in FILES}
    for file in FILES:
        module = import_module(file.removesuffix(".py").replace("/", "."))
        setattr(module, MARKS, reached)
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        names = [name for name, _ in functions(tree)]
        _Marking(file).visit(tree)  # marks it where it stands
        code = compile(ast.fix_missing_locations(tree), str(ROOT / file), "exec")
        for name in names:
            function_of(module, name).__code__ = code_of(code, name)
    return reached


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
