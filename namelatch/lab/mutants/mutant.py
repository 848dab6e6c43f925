"""One mutant as a value, and all there are, in the order of the text: the same list every time."""

import ast
import difflib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from namelatch.lab.lattice.sources import brief
from namelatch.lab.mutants.operator import Operator, Variant
from namelatch.lab.mutants.operators import OPERATORS
from namelatch.lab.mutants.scope import FILES, RULES, constants, functions
from namelatch.lab.mutants.sources import ROOT
from namelatch.lab.mutants.trees import Block, block_of, path_to, replaced, walked

KEY = 12  # digits of a key


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one function. `minus` and `plus` are the lines that differ, without comments and layout.

    `blocks`: where it stands; a search that comes to none of them can't tell it from the original. Empty: anywhere.
    `nth`: of several that read alike.
    """

    file: str
    function: str
    line: int
    operator: str
    minus: tuple[str, ...]
    plus: tuple[str, ...]
    tree: ast.AST = field(compare=False, repr=False)
    blocks: frozenset[Block] = field(default=frozenset(), compare=False, repr=False)
    nth: int = 1

    @property
    def key(self) -> str:
        """What it is known by: the same wherever the function stands, another once the lines it is about change."""
        return brief("\n".join((self.file, self.function, self.operator, self.diff, str(self.nth))))[:KEY]

    @property
    def module(self) -> str:
        """The name of the module that it is of."""
        return self.file.removesuffix(".py").replace("/", ".")

    @property
    def diff(self) -> str:
        """What it changes, as a unified diff without context."""
        return "\n".join([*(f"-{line}" for line in self.minus), *(f"+{line}" for line in self.plus)])


@dataclass(slots=True)
class Made:
    """All mutants of some files; what each rule left out; how many texts came out twice."""

    mutants: list[Mutant] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    twice: int = 0


def make(files: Sequence[str] = FILES, operators: Sequence[Operator] = OPERATORS) -> Made:
    """The mutants of the protocol's files."""
    made = Made()
    for file in files:
        make_of((ROOT / file).read_text(encoding="utf-8"), file, made, operators)
    return made


def make_of(source: str, file: str, made: Made, operators: Sequence[Operator] = OPERATORS) -> None:
    """The mutants of one source text."""
    tree = ast.parse(source)
    for name, function in (*constants(tree, file), *functions(tree)):
        was = ast.unparse(function).splitlines()
        seen = {"\n".join(was)}
        alike: Counter[tuple[str, ...]] = Counter()
        for operator, node, variant in _variants(function, operators):
            rule = _rule(function, variant)
            if rule is not None:
                made.left_out[rule] += 1
                continue
            changed = replaced(function, node, variant.by)
            now = ast.unparse(ast.fix_missing_locations(changed)).splitlines()
            text = "\n".join(now)
            if text in seen:
                made.twice += 1
                continue
            seen.add(text)
            minus, plus = _difference(was, now)
            if sorted(minus) == sorted(plus):  # two statements that changed places: both are told
                minus = tuple(ast.unparse(one).splitlines()[0] for one in variant.touched)
                plus = minus[::-1]
            line = getattr(variant.touched[0], "lineno", getattr(node, "lineno", 0))
            blocks = frozenset(block_of(file, path_to(function, one)) for one in variant.touched)
            reads = (operator.name, *minus, "", *plus)
            alike[reads] += 1
            made.mutants.append(Mutant(file, name, line, operator.name, minus, plus, changed, blocks, nth=alike[reads]))


def _variants(function: ast.AST, operators: Sequence[Operator]) -> Iterator[tuple[Operator, ast.AST, Variant]]:
    """All variants within a function's body, operator by operator, for of two alike the first operator's counts."""
    body = function.body if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) else [function]
    nodes = [node for one in body for node, _ in walked(one)]
    for operator in operators:
        for node in (function, *nodes) if function not in nodes else nodes:
            for variant in operator.variants(node):
                yield operator, node, variant


def _rule(function: ast.AST, variant: Variant) -> str | None:
    paths = [path_to(function, one) for one in variant.touched]
    return next((rule.name for rule in RULES if any(rule.applies(path) for path in paths if path)), None)


def _difference(was: list[str], now: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    lines = list(difflib.unified_diff(was, now, n=0, lineterm=""))[2:]
    minus = tuple(line[1:].strip() for line in lines if line.startswith("-"))
    plus = tuple(line[1:].strip() for line in lines if line.startswith("+"))
    return minus, plus
