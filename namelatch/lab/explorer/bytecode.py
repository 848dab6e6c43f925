"""Which locals of a function may still be read after an instruction: backward data flow over its bytecode.

The reduction `live locals`: what a coroutine will never read again can't tell two of its histories apart. On the safe
side: a name that any exception handler may read is live everywhere, cells are always live, an unknown jump is followed
both ways.
"""

import dis
from functools import cache
from types import CodeType

_ENDS = frozenset(
    {"RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE", "JUMP_FORWARD", "JUMP_BACKWARD"}
    | {"JUMP_BACKWARD_NO_INTERRUPT", "JUMP", "JUMP_NO_INTERRUPT"}
)


@cache
def live_after(code: CodeType, offset: int) -> frozenset[str]:
    """The names of locals that may be read after the instruction at `offset` (bytes, as `frame.f_lasti`)."""
    return _live(code)[offset]


@cache
def _live(code: CodeType) -> dict[int, frozenset[str]]:
    instructions = list(dis.get_instructions(code))
    place = {one.offset: index for index, one in enumerate(instructions)}
    jumps = [place.get(one.argval) if one.opcode in _JUMPS else None for one in instructions]
    handlers = [place[entry.target] for entry in dis.Bytecode(code).exception_entries]  # type: ignore[attr-defined]
    cells = frozenset({*code.co_cellvars, *code.co_freevars})
    before: list[frozenset[str]] = [frozenset()] * (len(instructions) + 1)
    after: list[frozenset[str]] = [frozenset()] * len(instructions)
    changed = True
    while changed:
        changed = False
        caught = frozenset().union(*(before[index] for index in handlers))
        for index in range(len(instructions) - 1, -1, -1):
            one, jump = instructions[index], jumps[index]
            out = caught if one.opname in _ENDS else caught | before[index + 1]
            if jump is not None:
                out |= before[jump]
            reads, writes = _effect(one)
            into = (out - writes) | reads
            if out != after[index] or into != before[index]:
                after[index], before[index], changed = out, into, True
    return {one.offset: after[index] | cells for index, one in enumerate(instructions)}


_JUMPS = frozenset({*dis.hasjrel, *dis.hasjabs})


def _effect(one: dis.Instruction) -> tuple[frozenset[str], frozenset[str]]:
    """The locals that an instruction reads and those that it overwrites without reading."""
    name, argument = one.opname, one.argval
    if "FAST" not in name:
        return frozenset(), frozenset()
    named = frozenset({argument} if isinstance(argument, str) else argument or ())
    if name in {"STORE_FAST", "DELETE_FAST", "STORE_FAST_STORE_FAST"}:
        return frozenset(), named
    return named, frozenset()  # a read, or both: STORE_FAST_LOAD_FAST counts as a read, which is on the safe side
