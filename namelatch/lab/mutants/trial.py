"""Mutants on trial: each in a process of its own, forked from this one, through the bounds in order to its first kill.

A child installs its mutant and answers with one line of JSON. It has so much CPU time for each bound; one that hangs
where no exception gets through is ended by the system. Where a mutant of that text fell before, it is searched first. A
search without an end tells less than a fall, so that a fall is looked for beyond it.
"""

import gc
import json
import os
import resource
import selectors
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from namelatch.lab.mutants.bound import Bound, Found, searched
from namelatch.lab.mutants.install import install
from namelatch.lab.mutants.kills import FACTOR, How, Kill, killed
from namelatch.lab.mutants.mutant import Mutant
from namelatch.lab.mutants.reached import mark, marked
from namelatch.lab.mutants.trees import Block

LEAST_CPU_S = 1.0  # for one bound, whatever the unmutated protocol takes: a slow machine is no kill
CPU_FACTOR = 10
REARM_S = 0.5  # after that a child that has not come to an end by itself is ended
ALL_CPU_S = 120  # of one child, and it never comes to that
MEMORY = 3 * 1024**3  # bytes of one child, beyond what it is born with: some ten times what a bound takes
ENDLESS = 3  # searches without an end after which nothing plainer is looked for
AS_IF = 300  # states of a search for which an undisturbed run counts: it is quicker, and tells less
LARGE = 10_000  # states of a search after which a child that lives on clears up


class OutOfTime(BaseException):
    """The CPU time of one bound is used up."""


@dataclass(frozen=True, slots=True)
class Real:
    """What the unmutated protocol does within a bound, the CPU seconds it takes, the blocks it comes through."""

    found: Found
    cpu_s: float
    reached: frozenset[Block]


@dataclass(frozen=True, slots=True)
class Tried:
    """How a mutant ended: its kill, None for a survivor; in how many CPU seconds."""

    mutant: Mutant
    kill: Kill | None
    count: Kill | None
    cpu_s: float


def real(bounds: Sequence[Bound], processes: int) -> dict[str, Real]:
    """The unmutated protocol through all bounds."""
    marked()  # worked out before any child is born
    tasks = [lambda bound=bound: _real(bound) for bound in bounds]
    found: dict[str, Real] = {}
    for at, answer in _forked(tasks, processes):
        given = answer["found"]
        sets = {name: frozenset(given[name]) for name in ("fallen", "seen")}
        reached = frozenset((file, line) for file, line in answer["reached"])
        found[bounds[at].name] = Real(Found(**{**given, **sets}), answer["cpu_s"], reached)
    return found


def _real(bound: Bound) -> dict[str, Any]:
    began = _cpu_s()
    reached = mark()
    found = searched(bound, bound.states)
    return {"found": asdict(found), "cpu_s": _cpu_s() - began, "reached": sorted(reached)}


def tried(
    mutants: Sequence[Mutant],
    bounds: Sequence[Bound],
    reals: dict[str, Real],
    processes: int,
    hints: Mapping[str, str] | None = None,
) -> Iterator[Tried]:
    """Every mutant's end, as they come. `hints`: by a mutant's key the bound that it is searched in first.

    Of the others those of the fewest states come first, but for `quick` ones.
    """
    searched(bounds[0], bounds[0].states)  # what is worked out once for all is worked out before any child is born
    bounds = sorted(bounds, key=lambda one: (not one.quick, AS_IF if one.effort else reals[one.name].found.states))
    hinted = hints or {}

    def order(mutant: Mutant) -> list[Bound]:
        first = hinted.get(mutant.key)
        return sorted(bounds, key=lambda one: one.name != first)

    tasks = [lambda mutant=mutant: _trial(mutant, order(mutant), reals) for mutant in mutants]
    for at, answer in _forked(tasks, processes):
        kill, count = (Kill(**one) if one else None for one in (answer["kill"], answer["count"]))
        yield Tried(mutants[at], kill, count, answer["cpu_s"])


def _trial(mutant: Mutant, bounds: Sequence[Bound], reals: dict[str, Real]) -> dict[str, Any]:
    began = _cpu_s()
    install(mutant)
    weak: dict[How, Kill] = {}
    kill: Kill | None = None
    endless = 0
    for bound in bounds:
        if mutant.blocks and not mutant.blocks & reals[bound.name].reached:
            continue
        kill = _within(bound, reals[bound.name])
        if kill is not None and kill.how in {"count", "endless"}:
            endless += kill.how == "endless"
            weak.setdefault(kill.how, kill)
            kill = None
        if kill is not None or endless == ENDLESS:
            break
        if reals[bound.name].found.states > LARGE:
            gc.collect()
    kill, count = kill or weak.get("endless"), weak.get("count")
    return {"kill": kill and asdict(kill), "count": count and asdict(count), "cpu_s": _cpu_s() - began}


def _within(bound: Bound, of: Real) -> Kill | None:
    limit_s = max(LEAST_CPU_S, CPU_FACTOR * of.cpu_s)
    signal.signal(signal.SIGPROF, _out_of_time)
    signal.setitimer(signal.ITIMER_PROF, limit_s, REARM_S)
    try:
        most = FACTOR * of.found.states if of.found.exhausted else bound.states
        return killed(bound, of.found, searched(bound, most))
    except OutOfTime:
        return Kill("endless", bound.name, f"more than {limit_s:.1f} s of CPU time")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _out_of_time(_: int, __: FrameType | None) -> None:
    signal.signal(signal.SIGPROF, signal.SIG_DFL)  # a coroutine's end may swallow this one: the next ends the child
    raise OutOfTime


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


# --- children ----------------------------------------------------------------------------------------------------


def _forked(tasks: Sequence[Callable[[], dict[str, Any]]], processes: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """Run each task in a child of its own, so many at a time; what each answered, as they end."""
    gc.freeze()
    waiting = list(enumerate(tasks))[::-1]
    selector = selectors.DefaultSelector()
    running = 0
    while waiting or running:
        while waiting and running < processes:
            at, task = waiting.pop()
            pid, pipe = _child(task)
            selector.register(pipe, selectors.EVENT_READ, (at, pid, bytearray()))
            running += 1
        for key, _ in selector.select():
            at, pid, heard = key.data
            piece = os.read(key.fd, 65536)
            heard += piece
            if not piece:
                selector.unregister(key.fd)
                os.close(key.fd)
                os.waitpid(pid, 0)
                running -= 1
                yield at, json.loads(bytes(heard)) if heard else _ended_by_system()
    selector.close()


def _ended_by_system() -> dict[str, Any]:
    kill = Kill("endless", "", "its process was ended: out of time or memory")
    return {"kill": asdict(kill), "count": None, "cpu_s": 0.0}


def _born_with() -> int:
    """The bytes of our address space, which a child has from us: a long-lived parent may have gigabytes (proc(5))."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()


def _child(task: Callable[[], dict[str, Any]]) -> tuple[int, int]:
    ours, theirs = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        os.close(theirs)
        return pid, ours
    status = 1
    try:
        os.close(ours)
        gc.disable()  # a child's life is short, and a quarter of it would go into looking for cycles
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 2)  # what a broken coroutine says on its way out
        resource.setrlimit(resource.RLIMIT_CPU, (ALL_CPU_S, ALL_CPU_S))
        memory = _born_with() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        answer = json.dumps(task(), default=sorted).encode()
        with os.fdopen(theirs, "wb") as pipe:
            pipe.write(answer)
        status = 0
    finally:
        os._exit(status)
