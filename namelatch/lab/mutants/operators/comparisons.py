"""Comparisons that are wrong at the boundary, the wrong way round, or off by one."""

import ast
from collections.abc import Iterator

from namelatch.lab.mutants.operator import Operator, Variant, changed

_BOUNDARY: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
OPPOSITES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
}
NUMBERS = frozenset({"generation", "newest", "applied", "version", "fence", "reserved", "revision", "base"})


def _with(node: ast.Compare, others: dict[type[ast.cmpop], type[ast.cmpop]]) -> Iterator[Variant]:
    for at, op in enumerate(node.ops):
        if type(op) in others:
            ops = [others[type(op)]() if place == at else one for place, one in enumerate(node.ops)]
            yield Variant(changed(node, ops=ops), (node,))


def _boundary(node: ast.AST) -> Iterator[Variant]:
    if isinstance(node, ast.Compare):
        yield from _with(node, _BOUNDARY)


def _opposite(node: ast.AST) -> Iterator[Variant]:
    if isinstance(node, ast.Compare):
        yield from _with(node, OPPOSITES)


def _off_by_one(node: ast.AST) -> Iterator[Variant]:
    match node:
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            yield Variant(ast.Constant(value + 1), (node,))
            if value > 0:
                yield Variant(ast.Constant(value - 1), (node,))
        case ast.Call(func=ast.Name(id=name), args=args) if name[:1].isupper():
            for at, given in enumerate(args):
                if _is_number(given):
                    yield from _moved(node, "args", args, at)
        case ast.Compare(ops=[ast.Eq() | ast.NotEq()], comparators=[right]) if _is_number(right):
            yield from _moved(node, "comparators", node.comparators, 0)


def _moved(node: ast.AST, field: str, items: list[ast.expr], at: int) -> Iterator[Variant]:
    for op in (ast.Add(), ast.Sub()):
        moved = ast.BinOp(items[at], op, ast.Constant(1))
        yield Variant(changed(node, **{field: [*items[:at], moved, *items[at + 1 :]]}), (items[at],))


def _is_number(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name in NUMBERS


BOUNDARY = Operator("boundary", "A comparison counts its boundary in, or no longer.", _boundary)
OPPOSITE = Operator("opposite", "A comparison is turned round.", _opposite)
OFF_BY_ONE = Operator("off-by-one", "A number, say a generation, a version or a fence, is one off.", _off_by_one)
