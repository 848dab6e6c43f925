"""Syntax trees without changing them: one node of a tree in another's place, and where a node stands."""

import ast
import copy
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from namelatch.lab.mutants.operator import BODIES

Block = tuple[str, int]  # a file, and the line at which a block of statements in it begins


def replaced(tree: ast.AST, target: ast.AST, by: ast.AST) -> ast.AST:
    """The tree with another node in the place of one; all that is not above it is shared."""
    if tree is target:
        return by
    for name, value in ast.iter_fields(tree):
        if isinstance(value, ast.AST):
            new: Any = replaced(value, target, by)
        elif isinstance(value, list):
            new = [replaced(one, target, by) if isinstance(one, ast.AST) else one for one in value]
            new = value if all(one is other for one, other in zip(value, new, strict=True)) else new
        else:
            continue
        if new is not value:
            copied = copy.copy(tree)
            setattr(copied, name, new)
            return copied
    return tree


def walked(node: ast.AST, above: tuple[ast.AST, ...] = ()) -> Iterator[tuple[ast.AST, tuple[ast.AST, ...]]]:
    """Every node with all that it stands in, the outermost first; in the order of the text."""
    yield node, above
    for inner in ast.iter_child_nodes(node):
        yield from walked(inner, (*above, node))


def path_to(tree: ast.AST, target: ast.AST) -> tuple[ast.AST, ...]:
    """The nodes from a tree down to one of its nodes, both included; empty where it is not in there."""
    for node, above in walked(tree):
        if node is target:
            return (*above, node)
    return ()


def block_of(file: str, path: Sequence[ast.AST]) -> Block:
    """The block in which the last node of a path stands, whose beginning comes before it in every run."""
    for owner, inner in reversed(list(pairwise(path))):
        for name in BODIES:
            held = getattr(owner, name, None)
            if isinstance(held, list) and any(one is inner for one in held):
                return file, held[0].lineno
    return file, 0
