"""Whether a history of one root can have happened, by trying everything: which unheard writes, at which versions, and
every order. No shortcut and no idea of what is unheard, so it is for histories of a few operations.
"""

from collections.abc import Sequence
from itertools import combinations, product
from random import Random

from namelatch.lab.histories.linearizable import NOTHING_SEEN, Check, OlderThan, Op, Saw, VersionIs, Written

VERSIONS = range(1, 7)  # that anything small may have
ALWAYS = float("inf")


def explained(ops: Sequence[Op]) -> bool:
    """Whether some order explains these operations."""
    certain = [op for op in ops if op.certain]
    unsure = [op for op in ops if not op.certain and op.write is not None]
    return any(
        _in_some_order(
            [*certain, *(_at(op, version) for op, version in zip(happened, versions, strict=True))], NOTHING_SEEN
        )
        for count in range(len(unsure) + 1)
        for happened in combinations(unsure, count)
        for versions in product(VERSIONS, repeat=count)
    )


def _at(op: Op, version: int) -> Op:
    assert op.write is not None
    return op._replace(write=op.write._replace(version=version))


def _in_some_order(left: Sequence[Op], root: Saw) -> bool:
    if not left:
        return True
    for at, op in enumerate(left):
        others = [*left[:at], *left[at + 1 :]]
        if any(other.answered < op.asked for other in others) or not all(_holds(root, one) for one in op.checks):
            continue
        written = op.write
        if written is not None and (written.version or 0) <= root.version:
            continue
        if _in_some_order(others, root if written is None else Saw(*written)):  # type: ignore[arg-type]
            return True
    return False


def _holds(root: Saw, check: Check) -> bool:
    match check:
        case VersionIs(version, held):
            return (root.version == version) == held
        case OlderThan(generation, held):
            return (root.generation is not None and root.generation < generation) == held
    return root == check


def small(random: Random) -> list[Op]:
    """From two to five operations that may or may not fit together."""
    versions = random.sample(range(1, 6), 3)
    return [_any(random, place, versions) for place in range(random.randint(2, 5))]


def _any(random: Random, place: int, versions: list[int]) -> Op:
    asked, took, kind = random.randint(0, 8), random.randint(0, 4), random.random()
    checks: list[Check] = []
    if random.random() < 0.6:
        checks.append(VersionIs(random.randint(0, 4), random.random() < 0.5))
    if random.random() < 0.4:
        checks.append(OlderThan(random.randint(1, 3), random.random() < 0.6))
    generation = random.randint(1, 2)
    if kind < 0.3:
        return Op(asked, ALWAYS, tuple(checks[:1]), Written(generation, None, False, None), False, place)
    if kind < 0.55 and versions:
        return Op(asked, asked + took, tuple(checks), Written(generation, None, False, versions.pop()), True, place)
    if kind < 0.75:
        return Op(asked, asked + took, (Saw(generation, None, False, random.randint(1, 4)),), place=place)
    return Op(asked, asked + took, tuple(checks), place=place)
