"""The same question put to another's checker (`detangle`), with the rules of a root written down once more, its way."""

from collections.abc import Hashable, Sequence
from typing import Any

from detangle import lin

from namelatch.lab.histories.linearizable import Op, Saw, VersionIs

UNHEARD = "unheard"


def operations(ops: Sequence[Op]) -> list[lin.Operation]:
    """Our operations as its own: what is asked at the moment of an answer is concurrent with it."""
    moments = [(op.asked, 0, index) for index, op in enumerate(ops)]
    moments += [(op.answered, 1, index) for index, op in enumerate(ops) if op.certain]
    found = [lin.Operation(index, index, "op", op, 0, op.asked) for index, op in enumerate(ops)]
    for tick, (_, is_answer, index) in enumerate(sorted(moments), 1):
        if is_answer:
            found[index].ret, found[index].status = tick, lin.OK
        else:
            found[index].call, found[index].status = tick, lin.INFO
    return sorted(found, key=lambda one: one.call)


class Root(lin.Model):
    """A root as a dictionary of what is known of it."""

    name = "root"

    def init(self) -> Hashable:
        start = {"above": 0, "generation": None, "never": (), "rollback": None, "tombstone": False, "version": 0}
        return tuple(sorted(start.items()))

    def step(self, state: Any, op: lin.Operation) -> tuple[bool, Any]:
        root = dict(state)
        for check in op.arg.checks:
            if not self._agrees(root, check):
                return False, state
        write = op.arg.write
        if write is not None:
            if root["version"] == UNHEARD:  # at the lowest that it may have had: what follows is above that
                root["above"] = min({*range(root["above"] + 1, root["above"] + 99)} - {*root["never"]})
            if write.version is None:
                version = UNHEARD
            else:
                version = write.version
                if version <= root["above"]:
                    return False, state
                root["above"] = version
            root |= {"generation": write.generation, "rollback": write.rollback, "never": ()}
            root |= {"tombstone": write.tombstone, "version": version}
        return True, tuple(sorted(root.items()))

    def _agrees(self, root: dict[str, Any], check: Any) -> bool:
        if isinstance(check, Saw):
            told = {"generation": check.generation, "rollback": check.rollback, "tombstone": check.tombstone}
            return all(root[name] == value for name, value in told.items()) and self._is_at(root, check.version)
        if isinstance(check, VersionIs):
            return self._is_at(root, check.version) if check.held else self._is_not_at(root, check.version)
        below = root["generation"] is not None and root["generation"] < check.generation
        return bool(below == check.held)

    @staticmethod
    def _is_at(root: dict[str, Any], version: int) -> bool:
        if root["version"] == UNHEARD and version > root["above"] and version not in root["never"]:
            root |= {"version": version, "above": version, "never": ()}
        return bool(root["version"] == version)

    @staticmethod
    def _is_not_at(root: dict[str, Any], version: int) -> bool:
        if root["version"] == UNHEARD and version > root["above"]:
            root["never"] = tuple(sorted({*root["never"], version}))
        return bool(root["version"] != version)


def agrees_with(ops: Sequence[Op]) -> bool:
    """Whether the peer finds an order."""
    return lin.check(operations(ops), Root()).ok


# --- without rules of ours: versions alone, in its own register -----------------------------------------------------


class Rising(lin.Register):
    """Its own register; a write raises it: to the same version, too, nothing is written twice."""

    def step(self, state: Any, op: lin.Operation) -> tuple[bool, Any]:
        legal, after = super().step(state, op)
        writes = op.f == "write" or (op.f == "cas" and op.output)
        return legal and (after > state or not writes), after


def agrees_by_its_own_register(ops: Sequence[Op]) -> bool:
    """Whether its own compare-and-set register explains the versions. At most one check an operation, all certain."""
    found = operations(ops)
    for one in found:
        op: Op = one.arg
        assert op.certain
        assert len(op.checks) <= 1
        match op.checks, op.write:
            case (Saw(version=version),), None:
                one.f, one.arg, one.output = "read", None, version
            case (VersionIs(version, False),), None:
                one.f, one.arg, one.output = "cas", (version, -1), False
            case (VersionIs(version, True),), None:
                one.f, one.arg, one.output = "read", None, version
            case (VersionIs(version, True),), write:
                one.f, one.arg, one.output = "cas", (version, write.version), True
            case (), write:
                one.f, one.arg = "write", write.version
            case _:
                raise AssertionError(op)
    return lin.check(found, Rising(0)).ok
