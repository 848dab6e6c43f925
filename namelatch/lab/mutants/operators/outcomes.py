"""Outcomes mistaken for another: a Conflict for a commit, a lost reply for either; or a case that nobody looks at."""

import ast
from collections.abc import Iterator

from namelatch.lab.mutants.operator import Operator, Variant, changed, without

_MISTAKEN = {"Committed": ("Conflict", "Unknown"), "Conflict": ("Unknown",), "Unknown": ("Conflict",)}


def _mistaken(node: ast.AST) -> Iterator[Variant]:
    match node:
        case ast.MatchClass(cls=ast.Name(id=name), patterns=patterns) if name in _MISTAKEN:
            for other in _MISTAKEN[name]:
                if (name, patterns) == ("Committed", patterns) or not patterns:
                    yield Variant(ast.MatchOr([node, _pattern(other, patterns)]), (node,))
        case ast.Call(func=ast.Name(id="isinstance"), args=[subject, ast.Name(id=name) as kind]) if name in _MISTAKEN:
            for other in _MISTAKEN[name]:
                either = ast.BinOp(kind, ast.BitOr(), ast.Name(other, ast.Load()))
                yield Variant(changed(node, args=[subject, either]), (node,))


def _pattern(kind: str, patterns: list[ast.pattern]) -> ast.pattern:
    """The same names bound from another outcome: of a conflict its revision, of a lost reply its reason."""
    bound = [ast.MatchAs(), *patterns] if patterns and kind == "Conflict" else patterns
    return ast.MatchClass(ast.Name(kind, ast.Load()), bound, [], [])


def _ignored(node: ast.AST) -> Iterator[Variant]:
    if isinstance(node, ast.Match) and len(node.cases) > 1:
        for at, case in enumerate(node.cases):
            yield Variant(changed(node, cases=without(node.cases, at)), (case,))


MISTAKE_OUTCOME = Operator("mistake-outcome", "One outcome is taken for another.", _mistaken)
IGNORE_CASE = Operator("ignore-case", "One case is not told apart any more.", _ignored)
