"""The wrong one of several: least for most, any for all, first for last; one sum, difference or union for another."""

import ast
from collections.abc import Iterator

from namelatch.lab.mutants.operator import Operator, Variant, changed

_OTHER = {"min": "max", "max": "min", "any": "all", "all": "any"}
_SETS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.FloorDiv: ast.Mult,
}


def _other(node: ast.AST) -> Iterator[Variant]:
    match node:
        case ast.Call(func=ast.Name(id=name)) if name in _OTHER:
            yield Variant(changed(node, func=ast.Name(_OTHER[name], ast.Load())), (node,))
        case ast.Subscript(slice=ast.Constant(value=0) as first):
            yield Variant(changed(node, slice=ast.UnaryOp(ast.USub(), ast.Constant(1))), (first,))
        case ast.Subscript(slice=ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=1)) as last):
            yield Variant(changed(node, slice=ast.Constant(0)), (last,))


def _calculated(node: ast.AST) -> Iterator[Variant]:
    if isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in _SETS and not _is_union(node):
        yield Variant(changed(node, op=_SETS[type(node.op)]()), (node,))


def _is_union(node: ast.AST) -> bool:
    """A union of types, which is no calculation."""
    right = getattr(node, "right", None)
    return isinstance(right, ast.Name) and right.id[:1].isupper()


LEAST_MOST = Operator("least-most", "The least is taken for the most, any for all, the first for the last.", _other)
CALCULATION = Operator("calculation", "A difference for a sum, an intersection for a union.", _calculated)
