"""An ordering rule in words, one line a wait. A kind of rule that has no words here is told by its own first line."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from namelatch.lab.rules import Both, Crossed, Either, Free, Ordered, Rule, When
from namelatch.lab.telling.words import verb


def ordering(rule: Rule) -> Iterator[str]:
    """What a rule holds back, and until when."""
    match rule:
        case Free():
            yield "none: every order is allowed"
        case Both(rules):
            for one in rules:
                yield from ordering(one)
        case Ordered(waits):
            for wait in waits:
                since = "" if wait.since is None else f", once {_happened(wait.since)},"
                until = "for good" if wait.until is None else f"until {_happened(wait.until)}"
                yield f"{_waits(wait.before)}{since} {until}"
        case Crossed(crossing, endpoint):
            slow, old, new = crossing.slow, crossing.old, crossing.new
            yield (
                f"{slow}, once it has claimed {old}, gets no further at {endpoint} until another has written {new} or "
                f"newer there and a clean-up has listed what it deletes"
            )
            if crossing.cause == "order":
                yield f"until then each attempt of {slow} at that lock comes while another holds it, and loses"
            yield f"the deletion of {old} waits until {slow} has written {old} there, or has given it up"
        case _:
            said = (type(rule).__doc__ or type(rule).__name__).splitlines()[0]
            kept: list[str] = (
                [f"{one.name}: {getattr(rule, one.name)}" for one in fields(rule)] if is_dataclass(rule) else []
            )
            yield f"{said} ({', '.join(kept)})" if kept else said


def _who(when: When) -> str:
    return when.who or "everybody"


def _what(when: When) -> str:
    does = "anything" if when.does is None else verb(when.does)
    about = [] if when.generation is None else [str(when.generation)]
    return " ".join([does, *about, *([f"at {when.endpoint}"] if when.endpoint else [])])


def _waits(when: When | Either) -> str:
    if isinstance(when, Either):
        return " or ".join(_waits(one) for one in when.whens)
    return f"{_who(when)} waits before {_what(when)}"


def _happened(when: When | Either) -> str:
    if isinstance(when, Either):
        return " or ".join(_happened(one) for one in when.whens)
    return f"{when.who or 'somebody'} has {'committed' if when.committed else 'done'} {_what(when)}"
