"""What an operator is: a way to break source, as a pure function from a node to what could stand in its place.

An operator looks at one node of a syntax tree and at nothing around it. What it yields is a variant: the node that
stands there instead, and the nodes that it touches (rules about what is left out ask about those). Nodes are never
changed in place; what did not change is shared.
"""

import ast
import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

BODIES = ("body", "orelse", "finalbody")


@dataclass(frozen=True, slots=True)
class Variant:
    """`by` stands in the node's place; `touched` is what it does something to."""

    by: ast.AST
    touched: tuple[ast.AST, ...]


@dataclass(frozen=True, slots=True)
class Operator:
    """One way to break source. `sentence` says what was done to a mutant of it."""

    name: str
    sentence: str
    variants: Callable[[ast.AST], Iterator[Variant]]


def changed(node: ast.AST, **fields: object) -> ast.AST:
    """A copy of a node with other fields."""
    copied = copy.copy(node)
    for name, value in fields.items():
        setattr(copied, name, value)
    return copied


def bodies(node: ast.AST) -> Iterator[tuple[str, list[ast.stmt]]]:
    """The lists of statements that a node has, by the name of the field."""
    for name in BODIES:
        block = getattr(node, name, None)
        if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
            yield name, block


def spliced(node: ast.AST, field: str, at: int, until: int, by: Sequence[ast.stmt]) -> ast.AST:
    """The node with other statements in the place of some; `pass` where none would be left."""
    block = list(getattr(node, field))
    block[at:until] = by
    return changed(node, **{field: block or [ast.Pass()]})


def without(items: Sequence[ast.AST], at: int) -> list[ast.AST]:
    """All but one."""
    return [one for place, one in enumerate(items) if place != at]


def name_of(function: ast.expr) -> str:
    """The last name of what is called: `release` of `ports.claims.release`."""
    return (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )


def called(node: ast.AST) -> str:
    """The name of what a statement calls and does nothing else with, awaited or not; empty for any other."""
    value = node.value if isinstance(node, ast.Expr) else None
    value = value.value if isinstance(value, ast.Await) else value
    return name_of(value.func) if isinstance(value, ast.Call) else ""


def named(node: ast.AST) -> frozenset[str]:
    """Every name and attribute that is mentioned in it."""
    found = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    return frozenset(found | {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)})


def bound(node: ast.AST) -> frozenset[str]:
    """The local names that a node binds."""
    stored = {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and not isinstance(one.ctx, ast.Load)}
    captured = {one.name for one in ast.walk(node) if isinstance(one, ast.MatchAs) and one.name is not None}
    inner = {one.name for one in ast.walk(node) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}
    return frozenset(stored | captured | inner)
