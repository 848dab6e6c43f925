"""What should have ended an enactment, or been refused, goes on."""

import ast
from collections.abc import Iterator

from namelatch.lab.mutants.operator import Operator, Variant, bodies, changed, name_of, spliced, without

_VERDICTS = frozenset({"Refuse", "First", "Amend"})


def _on(node: ast.AST) -> Iterator[Variant]:
    for field, block in bodies(node):
        for at, one in enumerate(block):
            if isinstance(one, ast.Raise) or (isinstance(one, ast.If) and isinstance(one.body[-1], ast.Raise)):
                yield Variant(spliced(node, field, at, at + 1, getattr(one, "orelse", ())), (one,))


def _allowed(node: ast.AST) -> Iterator[Variant]:
    if isinstance(node, ast.Return) and isinstance(node.value, ast.Call) and name_of(node.value.func) in _VERDICTS:
        allow = ast.Call(ast.Name("Allow", ast.Load()), [], [])
        yield Variant(changed(node, value=allow), (node,))


def _uncaught(node: ast.AST) -> Iterator[Variant]:
    match node:
        case ast.ExceptHandler(type=ast.Tuple(elts=kinds) as caught):
            for at, kind in enumerate(kinds):
                yield Variant(changed(node, type=changed(caught, elts=without(kinds, at))), (kind,))
        case ast.Try(handlers=handlers) if len(handlers) > 1 or node.finalbody:
            for at, handler in enumerate(handlers):
                yield Variant(changed(node, handlers=without(handlers, at)), (handler,))


DROP_STOP = Operator("drop-stop", "What should end it is not raised.", _on)
ALLOW_REFUSED = Operator("allow-refused", "What a safeguard refuses, delays or amends, it allows.", _allowed)
LET_THROUGH = Operator("let-through", "What the world may do is not caught.", _uncaught)
