"""Concurrent histories of one root: simulated ones, which are linearizable, and the same with one thing changed.

The simulation knows nothing of the checker: clients ask, a register of its own does or refuses at some later moment,
and the answer comes at a later one or never.
"""

from dataclasses import dataclass
from math import inf
from random import Random
from typing import Any

from namelatch.lab.histories.linearizable import Check, OlderThan, Op, Saw, VersionIs, Written

CLIENTS = 3
LOSS = 0.08  # of replies


@dataclass
class Root:
    generation: int | None = None
    rollback: int | None = None
    tombstone: bool = False
    version: int = 0


@dataclass
class Client:
    """What one client is about; `done` once the register has dealt with it."""

    known: int = 0
    asked: float | None = None
    conditions: tuple[tuple[str, int], ...] = ()
    writes: tuple[int, int | None, bool] | None = None
    done: Op | None = None


def simulated(random: Random, steps: int = 30) -> list[Op]:
    """What some clients did to one root. Linearizable by construction; in no particular order."""
    root, clients = Root(), [Client() for _ in range(CLIENTS)]
    late: list[Client] = []
    ops: list[Op] = []
    time, revision = 0.0, 0
    for _ in range(steps):
        time += random.choice((0.0, 1.0, 1.0))
        if late and random.random() < 0.3:  # what nobody waits for any more arrives
            revision = _take_effect(root, late.pop(), revision, random)
            continue
        client = random.choice(clients)
        if client.asked is None:
            _ask(client, time, root, random)
        elif random.random() < LOSS:
            ops.append(_unheard(client))
            if client.done is None and random.random() < 0.7:
                late.append(Client(client.known, client.asked, client.conditions, client.writes))
            client.asked = client.done = None
        elif client.done is None:
            revision = _take_effect(root, client, revision, random)
        else:
            ops.append(client.done._replace(answered=time))
            client.asked = client.done = None
    return ops + [_unheard(client) for client in clients if client.asked is not None]


def _ask(client: Client, time: float, root: Root, random: Random) -> None:
    client.asked, client.conditions, client.writes = time, (), None
    if random.random() < 0.35:
        return
    generation = max(1, (root.generation or 0) + random.choice((-1, 1, 1, 2)))
    known = random.choice((client.known, client.known, root.version))
    client.conditions = random.choice(
        (
            (("version", known),),
            (("version", known), ("older", generation)) if known else (("version", 0),),
            (("older", generation),),
            (),
        )
    )
    client.writes = generation, root.generation, random.random() < 0.15


def _take_effect(root: Root, client: Client, revision: int, random: Random) -> int:
    assert client.asked is not None
    if client.writes is None:
        checks: tuple[Check, ...] = (Saw(root.generation, root.rollback, root.tombstone, root.version),)
        client.known = root.version
        client.done = Op(client.asked, inf, checks)
        return revision
    held = [
        root.version == operand if kind == "version" else root.generation is not None and root.generation < operand
        for kind, operand in client.conditions
    ]
    checks = tuple(
        VersionIs(operand, one) if kind == "version" else OlderThan(operand, one)
        for (kind, operand), one in zip(client.conditions, held, strict=True)
    )
    if not all(held):
        client.done = Op(client.asked, inf, checks)
        return revision
    revision += random.choice((1, 1, 3))
    generation, rollback, tombstone = client.writes
    root.generation, root.rollback, root.tombstone, root.version = generation, rollback, tombstone, revision
    client.known = revision
    client.done = Op(client.asked, inf, checks, Written(generation, rollback, tombstone, revision))
    return revision


def _unheard(client: Client) -> Op:
    """The client never heard: what it asked may have happened, if its conditions held then."""
    assert client.asked is not None
    checks: tuple[Check, ...] = tuple(
        VersionIs(operand, True) if kind == "version" else OlderThan(operand, True)
        for kind, operand in client.conditions
    )
    if client.writes is None:
        return Op(client.asked, inf, (), None, certain=False)
    generation, rollback, tombstone = client.writes
    return Op(client.asked, inf, checks, Written(generation, rollback, tombstone, None), certain=False)


# --- the same with one thing changed -----------------------------------------------------------------------------


def corrupted(random: Random, ops: list[Op]) -> list[Op]:
    """One operation says something else, is gone, or was asked or answered at another time. Perhaps still possible."""
    if not ops:
        return ops
    place = random.randrange(len(ops))
    op, rest = ops[place], ops[:place] + ops[place + 1 :]
    how = random.choice(("check", "check", "write", "time", "gone", "unsure"))
    if how == "gone":
        return rest
    if how == "time":
        shift = random.choice((-8.0, -3.0, 3.0, 8.0))
        return [*rest, op._replace(asked=op.asked + shift, answered=op.answered + shift)]
    if how == "unsure":
        write = op.write._replace(version=None) if op.write is not None else None
        held = tuple(check for check in op.checks if isinstance(check, Saw) or check.held)
        return [*rest, op._replace(answered=inf, certain=False, write=write, checks=held)] if write else rest
    if how == "write" and op.write is not None and op.certain:
        other = random.choice(({"generation": op.write.generation + 1}, {"version": (op.write.version or 0) + 2}))
        return [*rest, op._replace(write=op.write._replace(**other))]
    checks = tuple(_changed(random, check) for check in op.checks)
    return [*rest, op._replace(checks=checks)]


def _changed(random: Random, check: Check) -> Check:
    by: Any = random.choice((-2, -1, 1, 2))
    match check:
        case VersionIs(version, held):
            return random.choice((VersionIs(version, not held), VersionIs(max(0, version + by), held)))
        case OlderThan(generation, held):
            return random.choice((OlderThan(generation, not held), OlderThan(generation + by, held)))
        case Saw(generation, rollback, tombstone, version):
            return random.choice(
                (
                    Saw((generation or 1) + by, rollback, tombstone, max(0, version + by)),
                    Saw(generation, rollback, tombstone, max(0, version + by)),
                    Saw(generation, (rollback or 1) + by, tombstone, version),
                    Saw(generation, rollback, not tombstone, version),
                )
            )
