"""Which calls there are: read off the ports' protocols and off the roles' own code, so that none has to be listed.

A method that a port gains is here as soon as it is there; one that a role's code calls has to be reached by a recorded
run, or the matrix is not whole. `EFFECTS` alone is written down: what a call does to the world decides what can go
wrong with it. A method that is not in it is refused by name.
"""

import ast
import gc
import importlib
import inspect
from collections.abc import Iterator
from functools import cache
from typing import Literal, get_args

from coordination import feed, ports
from coordination.intents import Change
from coordination.postures import Posture
from coordination.safeguards import Lock
from namelatch.matrix.cells import FAULTS, Call, Fault, Role

Effect = Literal["write", "read", "inside", "stream"]

PORTS: dict[str, type] = {
    "authority": ports.Authority,
    "claims": ports.Claims,
    "log": ports.PlanLog,
    "clock": ports.Clock,
    "crew": ports.Crew,
    "health": ports.Health,
    "feed": feed.Feed,
}
# write: something changes out there. read: it is only asked. inside: no message leaves the process.
EFFECTS: dict[str, Effect] = {
    "authority.head": "read",
    "authority.read": "read",
    "authority.commit": "write",
    "authority.survivor": "read",
    "authority.generations": "read",
    "authority.trees": "read",
    "authority.roots": "read",
    "authority.manifests": "read",
    "authority.claims": "read",
    "claims.acquire": "write",
    "claims.renew": "write",
    "claims.release": "write",
    "log.append": "write",
    "log.fetch": "read",
    "log.holds": "read",
    "log.announce": "write",
    "log.heard": "read",
    "log.report": "write",
    "clock.now": "inside",
    "clock.sleep": "inside",
    "crew.together": "inside",
    "health.inputs": "read",
    "health.allocate": "inside",
    "feed.follow": "stream",
}
MEANING: dict[Effect, tuple[Fault, ...]] = {
    "write": FAULTS,
    "read": ("die before", "die after", "reply lost", "stopped"),  # no effect that could come late
    "inside": ("die before", "die after", "stopped"),  # no message: no reply to lose
    "stream": FAULTS,  # late: an event comes after the one that follows it
}
BEGINNINGS: dict[Role, tuple[str, str]] = {
    "planner": ("actors.service", "serve_planner"),
    "enactor": ("actors.service", "serve_enactor"),
    "collector": ("actors.service", "serve_collector"),
    "follower": ("dns_server.follower", "Follower"),
}
CHANGES = {kind.__name__: kind for kind in get_args(Change)}
KEYS = frozenset({"TakeClaim", "TakeLeadership"})  # what is acquired, and never committed
LOCKING = frozenset({"TakeLock", "DropLock"})
EVENTS = tuple(kind.__name__ for kind in get_args(feed.FeedEvent))


class Unclassified(Exception):
    """A port has a method of which nobody has said what it does to the world."""


@cache
def methods() -> tuple[tuple[str, str], ...]:
    """Every method of every port. Raises Unclassified."""
    found = tuple(
        (port, name)
        for port, protocol in PORTS.items()
        for name, value in vars(protocol).items()
        if inspect.isfunction(value) and not name.startswith("_")
    )
    unknown = [f"{port}.{name}" for port, name in found if f"{port}.{name}" not in EFFECTS]
    if unknown:
        raise Unclassified(f"say in EFFECTS what these do to the world: {', '.join(unknown)}")
    return found


def faults_of(call: Call) -> tuple[Fault, ...]:
    """What can go wrong with a call."""
    return MEANING[EFFECTS[f"{call.port}.{call.method}"]]


# --- what a role's code calls ------------------------------------------------------------------------------------


def calls(role: Role, posture: Posture) -> frozenset[Call]:
    """The calls in all code that a role can come to under a posture, as far as its text tells."""
    closed = set()
    if posture.sweeps != "each enactor":
        closed.add("sweep")
    if not posture.sweeps_at_once:
        closed.add("finish_and_sweep")
    if role == "collector":
        closed = set()
        if posture.rule == "by reference":
            closed |= {"_victims", "_drop_generation"}
        else:
            closed.add("_by_reference")
    called, made = _reached(*BEGINNINGS[role], frozenset(closed))
    if not any(isinstance(one, Lock) for one in posture.safeguards):
        made -= LOCKING
    found = set()
    for port, method in called:
        for kind in _kinds(port, method, made):
            found.add(Call(role, port, method, kind))
    return frozenset(found)


def _kinds(port: str, method: str, made: frozenset[str]) -> list[str]:
    if port == "claims":
        return sorted(made & KEYS)
    if (port, method) == ("authority", "commit"):
        return sorted(made - KEYS)
    return list(EVENTS) if port == "feed" else [""]


@cache
def _reached(module: str, name: str, closed: frozenset[str]) -> tuple[frozenset[tuple[str, str]], frozenset[str]]:
    """The port calls, and the changes made, in a definition and in all that it names."""
    known = set(methods())
    called: set[tuple[str, str]] = set()
    made: set[str] = set()
    waiting, seen = [(module, name)], {(module, name)}
    while waiting:
        at = waiting.pop()
        definitions, imported = _module(at[0])
        for node in ast.walk(definitions[at[1]]):
            match node:
                case ast.Attribute(value=ast.Attribute(attr=port), attr=method) if (port.strip("_"), method) in known:
                    called.add((port.strip("_"), method))
                case ast.Call(func=ast.Name(id=kind)) if kind in CHANGES:
                    made.add(kind)
                case ast.Name(id=used) if used not in closed:
                    there = (at[0], used) if used in definitions else imported.get(used)
                    if there is not None and there not in seen:
                        seen.add(there)
                        waiting.append(there)
    return frozenset(called), frozenset(made)


@cache
def _module(name: str) -> tuple[dict[str, ast.AST], dict[str, tuple[str, str]]]:
    """A module's definitions, and which of its names are definitions of the roles' other modules."""
    tree = _parsed(inspect.getsource(importlib.import_module(name)))
    definitions: dict[str, ast.AST] = {
        node.name: node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }
    return definitions, dict(_imports(tree, name.partition(".")[0]))


def _parsed(source: str) -> ast.Module:
    """The tree of it. Nothing is collected meanwhile: a finaliser that prints a traceback parses, too, and CPython 3.11
    then loses count of its depth (SystemError, seen)."""
    collects = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(source)
    finally:
        if collects:
            gc.enable()


def _imports(tree: ast.Module, package: str) -> Iterator[tuple[str, tuple[str, str]]]:
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{package}."):
            definitions, _ = _module(str(node.module))
            for alias in node.names:
                if alias.name in definitions:
                    yield alias.asname or alias.name, (str(node.module), alias.name)
