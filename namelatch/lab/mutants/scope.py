"""What is mutated: the protocol's decisions. What is left out has a rule with a name, and the rules are counted.

The files are those in which the protocol decides, or says what the authority means. A rule looks at what a variant
touches and at all that stands above it in its function.
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from namelatch.lab.mutants.operator import called, name_of, named

Path = tuple[ast.AST, ...]

FILES: tuple[str, ...] = (
    "actors/enactor.py",
    "actors/walk.py",
    "actors/walkers.py",
    "actors/collector.py",
    "actors/planner.py",
    "actors/service.py",
    "coordination/safeguards.py",
    "coordination/plan.py",
    "coordination/intents.py",
    "coordination/authority.py",
)
CONSTANTS = frozenset({("actors/enactor.py", "GIVES_UP")})
_TELLS = frozenset({"tell", "_tell"})
_TOLD = frozenset({"detail", "kind", "event", "trouble", "late", "told", "last_claims"})
_COUNTED = frozenset({"counts", "taken", "spared", "gone", "Swept"})
_PATIENCE = frozenset(
    {
        *("UNKNOWN_ATTEMPTS", "LOCK_ATTEMPTS", "CONFLICT_ATTEMPTS", "DECIDE_ROUNDS", "BUSY_PASSES", "LOG_ROUNDS"),
        *("BACKOFF_FIRST_S", "BACKOFF_MOST_S", "RETRY_MOST_S", "backoff_s", "_unknowns", "_attempts", "patience"),
        *("busy_passes", "rounds", "log_rounds", "poll_s", "WALKERS", "most"),
        *("PLAN_BACKLOG", "behind", "in_turn", "looks", "look_at_log", "backlog_rounds", "Backlog"),
    }
)
_WAITS = frozenset({"sleep", "heard"})
_SIMPLE = (ast.Expr, ast.Assign, ast.AugAssign, ast.Return, ast.Raise)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A rule by which variants are left out. `applies` is given the path to what is touched, the function first."""

    name: str
    why: str
    applies: Callable[[Path], bool]


def _told(path: Path) -> bool:
    for one in path:
        if isinstance(one, ast.Call) and name_of(one.func) in _TELLS:
            return True
        if called(one) in _TELLS:
            return True
    owner = next((one for one in reversed(path) if isinstance(one, ast.stmt)), None)
    if isinstance(owner, ast.If) and not owner.orelse and all(called(one) in _TELLS for one in owner.body):
        return True
    return _speaks_of(path, _TOLD)


def _counted(path: Path) -> bool:
    return _speaks_of(path, _COUNTED)


def _patient(path: Path) -> bool:
    return called(path[-1]) in _WAITS or _speaks_of(path, _PATIENCE)


def _speaks_of(path: Path, names: frozenset[str]) -> bool:
    """Whether what is touched is, or is a part of, a statement, a test or an expression about such names.

    What stands beside it under an `and`, or as another argument of a call, is an expression of its own.
    """
    if any(_assigns(one, names) for one in path):
        return True
    last = path[-1]
    if isinstance(last, ast.If | ast.While):
        return bool(named(last.test) & names)
    if isinstance(last, ast.Raise):
        return bool(named(last) & names)
    if isinstance(last, ast.ExceptHandler):
        return last.type is not None and bool(named(last.type) & names)
    if not isinstance(last, ast.expr):
        return False
    top: ast.AST = last
    for one in reversed(path[:-1]):
        if not isinstance(one, ast.BinOp | ast.UnaryOp | ast.Compare | ast.Attribute | ast.Subscript):
            break
        top = one
    return bool(named(top) & names)


def _assigns(node: ast.AST, names: frozenset[str]) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
    targets = [inner for one in targets for inner in (one.elts if isinstance(one, ast.Tuple) else [one])]
    owners = [one.value if isinstance(one, ast.Subscript) else one for one in targets]
    return bool(owners) and all(name_of(one) in names for one in owners)


def _worded(path: Path) -> bool:
    return any(isinstance(one, ast.JoinedStr) or called(one) == "__init__" for one in path)


def _asserted(path: Path) -> bool:
    return any(isinstance(one, ast.Assert) for one in path) or _speaks_of(path, frozenset({"amendments"}))


def _renewed(path: Path) -> bool:
    """Whether it is about a renewal that nothing but a lease depends on: what is lost, the next write says."""
    if any(getattr(one, "name", "") == "progress" for one in path[1:]):
        return True
    function = getattr(path[0], "name", "")
    return function == "_advance" and any(isinstance(one, ast.If) and "renew" in named(one.test) for one in path)


def _annotated(path: Path) -> bool:
    return any(isinstance(one, ast.AnnAssign) and path[at + 1] is one.annotation for at, one in enumerate(path[:-1]))


def _of(*functions: str) -> Callable[[Path], bool]:
    return lambda path: getattr(path[0], "name", "") in functions


RULES: tuple[LeftOut, ...] = (
    LeftOut("told", "what is only reported decides nothing", _told),
    LeftOut("counted", "counts are for reports", _counted),
    LeftOut("worded", "texts are for people", _worded),
    LeftOut("patience", "how long and how often is tried before giving up; the lab has no time", _patient),
    LeftOut("asserted", "assertions are about ourselves", _asserted),
    LeftOut("renewed", "a renewal keeps a lease alive; the lab has no time, and leases end there by choice", _renewed),
    LeftOut("annotated", "types are mypy's business", _annotated),
    LeftOut(
        "judge's eyes",
        "what a query is answered from: invariants look through it, the protocol does not",
        _of("answered"),
    ),
    LeftOut("not the loops'", "no role calls it: `diff` is for those who test streams", _of("diff")),
)


def functions(tree: ast.AST, above: str = "") -> Iterator[tuple[str, ast.AST]]:
    """Every function and method of a module by its qualified name; those within functions belong to them."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from functions(node, f"{above}{node.name}.")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{above}{node.name}", node


def constants(tree: ast.Module, file: str) -> Iterator[tuple[str, ast.AST]]:
    """The module's constants that decide something."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)]) if (file, name) in CONSTANTS:
                yield name, node
