"""One condition fewer: of a tuple of them, of an `and` or `or`, of a filter, of a union of types."""

import ast
from collections.abc import Iterator

from namelatch.lab.mutants.operator import Operator, Variant, changed, without


def _dropped(node: ast.AST) -> Iterator[Variant]:
    match node:
        case ast.Tuple(elts=items, ctx=ast.Load()) | ast.Set(elts=items) if any(map(_is_one, items)):
            yield from (Variant(changed(node, elts=without(items, at)), (item,)) for at, item in enumerate(items))
        case ast.BoolOp(values=values):
            for at, value in enumerate(values):
                left = without(values, at)
                yield Variant(left[0] if len(left) == 1 else changed(node, values=left), (value,))
        case ast.comprehension(ifs=tests):
            yield from (Variant(changed(node, ifs=without(tests, at)), (test,)) for at, test in enumerate(tests))
        case ast.match_case(guard=ast.expr() as guard):
            yield Variant(changed(node, guard=None), (guard,))
        case ast.MatchOr(patterns=patterns):
            for at, pattern in enumerate(patterns):
                left = without(patterns, at)
                yield Variant(left[0] if len(left) == 1 else changed(node, patterns=left), (pattern,))
        case ast.BinOp(left=left_type, op=ast.BitOr(), right=right_type) if _is_type(right_type):
            yield Variant(left_type, (right_type,))
            yield Variant(right_type, (left_type,))


def _is_one(item: ast.expr) -> bool:
    """Whether an element may be a condition, a change or a status: not one of two values returned together."""
    return isinstance(item, ast.Call | ast.Starred) or (isinstance(item, ast.Constant) and isinstance(item.value, str))


def _is_type(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id[:1].isupper()


def _either(node: ast.AST) -> Iterator[Variant]:
    if isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield Variant(changed(node, op=other), (node,))


def _forgotten(node: ast.AST) -> Iterator[Variant]:
    if not isinstance(node, ast.Call):
        return
    for at, given in enumerate(node.args):
        attribute = given.attr if isinstance(given, ast.Attribute) else given.id if isinstance(given, ast.Name) else ""
        is_call = isinstance(given, ast.Call) and isinstance(given.func, ast.Name) and given.func.id == "shared"
        if attribute in {"conditions", "binding"} or is_call:
            args = [ast.Tuple([], ast.Load()) if place == at else one for place, one in enumerate(node.args)]
            yield Variant(changed(node, args=args), (given,))


DROP_CONDITION = Operator("drop-condition", "One condition of several is left out.", _dropped)
AND_OR = Operator("and-or", "All and any of some conditions change places.", _either)
FORGET_CONDITIONS = Operator("forget-conditions", "A decision travels without the conditions it rests on.", _forgotten)
