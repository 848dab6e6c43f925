"""Loops that do nothing, stop at the first, or leave where they should go on."""

import ast
from collections.abc import Iterator

from namelatch.lab.mutants.operator import Operator, Variant, bodies, changed, spliced


def _skipped(node: ast.AST) -> Iterator[Variant]:
    for field, block in bodies(node):
        for at, one in enumerate(block):
            if isinstance(one, ast.For | ast.While):
                yield Variant(spliced(node, field, at, at + 1, one.orelse), (one,))


def _first_only(node: ast.AST) -> Iterator[Variant]:
    match node:
        case ast.For(iter=ast.expr() as items) | ast.comprehension(iter=ast.expr() as items):
            listed = ast.Call(ast.Name("list", ast.Load()), [items], [])
            first = ast.Subscript(listed, ast.Slice(None, ast.Constant(1)), ast.Load())
            yield Variant(changed(node, iter=first), (items,))


def _left(node: ast.AST) -> Iterator[Variant]:
    if isinstance(node, ast.Continue):
        yield Variant(ast.Break(), (node,))
        yield Variant(ast.Pass(), (node,))
    if isinstance(node, ast.Break):
        yield Variant(ast.Continue(), (node,))
        yield Variant(ast.Pass(), (node,))


SKIP_LOOP = Operator("skip-loop", "A loop is not entered.", _skipped)
FIRST_ONLY = Operator("first-only", "Only the first of several is looked at.", _first_only)
LEAVE_LOOP = Operator("leave-loop", "A loop is left where it goes on, or goes on where it is left.", _left)
