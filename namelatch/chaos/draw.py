"""A random plan of faults from a seed: the same seed, backend, raylets and minutes, the same plan. Pure.

One fault after the other, with a pause between; sometimes a second one while the first lasts. Never two at once that
both weaken etcd: a majority is away only while `quorum` takes it, which is bounded; nor two that both weaken the Ray
cluster. Each kind that can be had comes once before chance decides alone.
"""

import random
from collections.abc import Iterator

from namelatch.chaos.catalogue import BROKER, KINDS, RAYLETS, Kind, harms_etcd, targets
from namelatch.chaos.plan import Planned

FIRST_S, REST_S = 5.0, 5.0  # before the first fault, and after the last one
PAUSE_S = (1.0, 8.0)
SHORTEST_S = 1.0
SECOND_IN = 4  # of so many faults one has a companion


def drawn(
    seed: int, seconds: float, members: tuple[str, ...], linked: bool, raylets: tuple[str, ...] = ()
) -> tuple[Planned, ...]:
    """The plan of a seed for so many seconds."""
    chance = random.Random(seed)  # noqa: S311  (a plan that can be drawn again)
    offered = {kind: there for kind in KINDS if (there := targets(kind, members, linked, raylets))}
    kinds = _kinds(chance, list(offered))
    found: list[Planned] = []
    at_s = FIRST_S
    while True:
        kind = next(kinds)
        first = _one(chance, kind, at_s, offered[kind])
        if first.until_s > seconds - REST_S:
            return tuple(found)
        found.append(first)
        until_s = first.until_s
        if first.for_s > 2 * SHORTEST_S and chance.randrange(SECOND_IN) == 0:
            kind = _by_weight(chance, list(offered))
            second = _one(chance, kind, at_s + SHORTEST_S, offered[kind])
            if _may_overlap(first, second) and second.until_s <= seconds - REST_S:
                found.append(second)
                until_s = max(until_s, second.until_s)
        at_s = round(until_s + chance.uniform(*PAUSE_S), 1)


def _kinds(chance: random.Random, offered: list[Kind]) -> Iterator[Kind]:
    once = list(offered)
    chance.shuffle(once)
    yield from once
    while True:
        yield _by_weight(chance, offered)


def _by_weight(chance: random.Random, offered: list[Kind]) -> Kind:
    return chance.choices(offered, [kind.weight for kind in offered])[0]


def _one(chance: random.Random, kind: Kind, at_s: float, there: tuple[str, ...]) -> Planned:
    target = chance.choice(there)
    for_s = round(chance.uniform(min(SHORTEST_S, kind.longest_s), kind.longest_s), 1)
    return Planned(at_s, kind.name, target, for_s)


def _may_overlap(one: Planned, other: Planned) -> bool:
    """Not the same part twice, not etcd twice, not the broker twice, not two raylets."""
    return one.target != other.target and len({_part(one), _part(other)}) == 2


def _part(one: Planned) -> str:
    if one.target.endswith(BROKER) or one.target == "plans":
        return BROKER
    if one.target in RAYLETS:
        return "raylets"
    return "etcd" if harms_etcd(one.fault, one.target) else one.target
