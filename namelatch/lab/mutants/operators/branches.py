"""Branches taken the wrong way, always or never."""

import ast
from collections.abc import Iterator

from namelatch.lab.mutants.operator import Operator, Variant, bodies, changed, spliced
from namelatch.lab.mutants.operators.comparisons import OPPOSITES

_TESTED = (ast.If, ast.While, ast.IfExp)


def _not(test: ast.expr) -> ast.expr:
    """The opposite, as a person would write it."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return operand
        case ast.Compare(ops=[op]) if type(op) in OPPOSITES:
            opposite: ast.expr = changed(test, ops=[OPPOSITES[type(op)]()])  # type: ignore[assignment]
            return opposite
    return ast.UnaryOp(ast.Not(), test)


def _turned(node: ast.AST) -> Iterator[Variant]:
    if isinstance(node, _TESTED):
        yield Variant(changed(node, test=_not(node.test)), (node.test,))
    if isinstance(node, ast.comprehension):
        for at, test in enumerate(node.ifs):
            ifs = [_not(one) if place == at else one for place, one in enumerate(node.ifs)]
            yield Variant(changed(node, ifs=ifs), (test,))


def _never(node: ast.AST) -> Iterator[Variant]:
    for field, block in bodies(node):
        for at, one in enumerate(block):
            if isinstance(one, ast.If) and not isinstance(one.body[-1], ast.Raise):
                yield Variant(spliced(node, field, at, at + 1, one.orelse), (one,))


def _always(node: ast.AST) -> Iterator[Variant]:
    for field, block in bodies(node):
        for at, one in enumerate(block):
            if isinstance(one, ast.If):
                yield Variant(spliced(node, field, at, at + 1, one.body), (one,))
    if isinstance(node, ast.IfExp):
        yield Variant(node.body, (node,))
        yield Variant(node.orelse, (node,))


NEGATE_BRANCH = Operator("negate-branch", "A branch is taken when it should not be, and not when it should.", _turned)
NEVER_BRANCH = Operator("never-branch", "A branch is never taken.", _never)
ALWAYS_BRANCH = Operator("always-branch", "A branch is always taken.", _always)
