"""Returning too early, or the wrong thing."""

import ast
from collections.abc import Iterator

from namelatch.lab.mutants.operator import Operator, Variant, changed, spliced
from namelatch.lab.mutants.trees import replaced

_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


def _early(node: ast.AST) -> Iterator[Variant]:
    """Of a procedure: the rest of a block is not done any more."""
    if not isinstance(node, _FUNCTION) or not isinstance(node.returns, ast.Constant):
        return
    for at, one in enumerate(node.body[1:], start=1):
        rest = tuple(node.body[at:])
        if not (len(rest) == 1 and isinstance(one, ast.Expr)):  # that is a dropped statement
            yield Variant(spliced(node, "body", at, len(node.body), (ast.Return(None),)), rest)


def _nothing(node: ast.AST) -> Iterator[Variant]:
    """Of a function that may return None: it does."""
    if not isinstance(node, _FUNCTION) or node.returns is None or "None" not in ast.unparse(node.returns):
        return
    for inner in ast.walk(node):
        if isinstance(inner, ast.Return) and inner.value is not None and not _is_none(inner.value):
            yield Variant(replaced(node, inner, changed(inner, value=ast.Constant(None))), (inner,))


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _truth(node: ast.AST) -> Iterator[Variant]:
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield Variant(ast.Constant(not node.value), (node,))


RETURN_EARLY = Operator("return-early", "It returns before it is done.", _early)
RETURN_NOTHING = Operator("return-nothing", "It returns None for what it found.", _nothing)
TRUTH = Operator("truth", "True and False change places.", _truth)
