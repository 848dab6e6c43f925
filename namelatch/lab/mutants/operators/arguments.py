"""A call that says less than it should."""

import ast
from collections.abc import Iterator

from namelatch.lab.mutants.operator import Operator, Variant, changed, name_of, without


def _kept(node: ast.AST) -> Iterator[Variant]:
    match node:
        case ast.Call(keywords=keywords) if name_of(node.func) == "replace":
            for at, keyword in enumerate(keywords):
                yield Variant(changed(node, keywords=without(keywords, at)), (keyword,))


KEEP_FIELD = Operator("keep-field", "One field of a value stays as it was.", _kept)
