"""What a call asks for, in one line that stays the same while the protocol asks the same.

Conditions, tokens and records are left out: they say under which circumstances, not what. A schedule is written down in
these lines (`files.py`), so that a protocol whose safeguards have changed can still be led along it.
"""

from typing import Any

from namelatch.lab.kernel import Call
from namelatch.lab.world import World


def changes(call: Call) -> tuple[Any, ...]:
    """The changes that a call asks for; none where it only reads, or gives up what it holds."""
    match call:
        case Call("authority", "commit", (batch,)):
            return tuple(proposal.change for proposal in batch.proposals)
        case Call("claims", "acquire", (key, *_)):
            return (key,)
    return ()


def asks(call: Call) -> str:
    """A call in one line: `commit Enact(2 a.example) Enact(2 b.example)`, `read a.example,b.example`, `head`."""
    parts = changes(call)
    return " ".join([call.name, *(_part(part) for part in (parts or call.arguments))])


def _part(part: Any) -> str:
    match part:
        case tuple():
            return ",".join(_part(one) for one in part)
        case str() | int() | float() | None:
            return str(part)
    about = (getattr(getattr(part, "manifest", part), "generation", None), getattr(part, "endpoint", None))
    return f"{type(part).__name__}({' '.join(str(one) for one in about if one is not None)})"


def late(world: World) -> tuple[tuple[str, str], ...]:
    """Who lost the reply to what, for each batch that may still arrive; alike ones are numbered from the second on."""
    found: list[tuple[str, str]] = []
    for who, batch in world.late:
        line = asks(Call("authority", "commit", (batch,)))
        before = sum(1 for one, said in found if one == who and said.partition(" #")[0] == line)
        found.append((who, f"{line} #{before + 1}" if before else line))
    return tuple(found)
