"""Statements left out or in the wrong order."""

import ast
from collections.abc import Iterator
from itertools import pairwise

from namelatch.lab.mutants.operator import Operator, Variant, bodies, bound, called, named, spliced
from namelatch.lab.mutants.trees import replaced

RELEASES = frozenset({"release", "revoke", "_drop_lock", "give_up_locks", "depose"})
_COMPOUND = (ast.If, ast.For, ast.While, ast.Try, ast.Match)
_FIXED = (ast.Return, ast.Raise, ast.Break, ast.Continue, ast.FunctionDef, ast.AsyncFunctionDef, ast.Pass)


def _effect(one: ast.stmt) -> bool:
    """Whether a statement is there for what it does: it calls, or changes something that was there."""
    if isinstance(one, ast.Expr):
        return called(one) != "" and called(one) not in RELEASES
    if isinstance(one, ast.Assign):
        return any(isinstance(target, ast.Attribute | ast.Subscript) for target in one.targets)
    return isinstance(one, ast.AugAssign)


def _dropped(node: ast.AST) -> Iterator[Variant]:
    for field, block in bodies(node):
        for at, one in enumerate(block):
            if _effect(one):
                yield Variant(spliced(node, field, at, at + 1, ()), (one,))


def _assigned_again(node: ast.AST) -> Iterator[Variant]:
    """Of a function: an assignment to a name that has a value already."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return
    known = {one.arg for one in (*node.args.args, *node.args.kwonlyargs)}
    for owner, field, at, one in _in_order(node):
        if isinstance(one, ast.Assign) and bound(one) and bound(one) <= known:
            yield Variant(replaced(node, owner, spliced(owner, field, at, at + 1, ())), (one,))
        if not isinstance(one, _COMPOUND):
            known |= bound(one)
        elif isinstance(one, ast.For):
            known |= bound(one.target)


def _in_order(node: ast.AST) -> Iterator[tuple[ast.AST, str, int, ast.stmt]]:
    for field, block in bodies(node):
        for at, one in enumerate(block):
            yield node, field, at, one
            yield from _in_order(one)
    for inner in (*getattr(node, "cases", ()), *getattr(node, "handlers", ())):
        yield from _in_order(inner)


def _swapped(node: ast.AST) -> Iterator[Variant]:
    for field, block in bodies(node):
        for at, (first, second) in enumerate(pairwise(block)):
            if not isinstance(first, _FIXED) and not isinstance(second, _FIXED) and _may_swap(first, second):
                yield Variant(spliced(node, field, at, at + 2, (second, first)), (first, second))


def _may_swap(first: ast.stmt, second: ast.stmt) -> bool:
    """Whether their order matters and the second can stand first: both do something, or both bind one name."""
    if bound(first) & named(second) - bound(second):
        return False
    return bool(bound(first) & bound(second)) or (_does_something(first) and _does_something(second))


def _does_something(one: ast.stmt) -> bool:
    """Whether anybody beyond its own names could notice it: it awaits, leaves, calls or writes into what there is."""
    return any(
        isinstance(inner, ast.Await | ast.Return | ast.Raise | ast.Continue | ast.Break | ast.AugAssign)
        or called(inner) != ""
        or (isinstance(inner, ast.Attribute | ast.Subscript) and isinstance(inner.ctx, ast.Store))
        for inner in ast.walk(one)
    )


def _kept(node: ast.AST) -> Iterator[Variant]:
    for field, block in bodies(node):
        for at, one in enumerate(block):
            if called(one) in RELEASES:
                yield Variant(spliced(node, field, at, at + 1, ()), (one,))


DROP_STATEMENT = Operator("drop-statement", "A statement with an effect is left out.", _dropped)
DROP_ASSIGNMENT = Operator("drop-assignment", "A name keeps the value it had.", _assigned_again)
SWAP_STATEMENTS = Operator("swap-statements", "Two statements change places.", _swapped)
KEEP_HOLD = Operator("drop-release", "A claim, a lock or a leadership is not given up, or not taken away.", _kept)
