"""What is told of calls, traces, rules and searches."""

import re
from dataclasses import replace

import pytest
from immutables import Map

from coordination import intents
from coordination.authority import State
from coordination.intents import (
    Batch,
    Committed,
    Conflict,
    DropGeneration,
    DropTree,
    Enact,
    LockFree,
    Lost,
    Proposal,
    RootVersion,
    TakeClaim,
    TakeLeadership,
    TakeLock,
    Unknown,
)
from coordination.invariants import Fall
from coordination.plan import Generation
from coordination.ports import Authority, Claims, Clock, Health, PlanLog, Report
from coordination.postures import INCIDENT
from coordination.records import Endpoint
from coordination.seen import ClaimSeen, Head, Root
from namelatch.lab.crossing import Crossing
from namelatch.lab.explorer.explore import Explorer, Step
from namelatch.lab.kernel import Call
from namelatch.lab.playing.schedule import acts, play
from namelatch.lab.playing.script import Script, perform
from namelatch.lab.rules import FREE, Both, Crossed, Ordered, Wait, When
from namelatch.lab.scenario import begin
from namelatch.lab.scripts import SCRIPTS
from namelatch.lab.telling.diagram import diagram
from namelatch.lab.telling.orderings import ordering
from namelatch.lab.telling.table import rows, table
from namelatch.lab.telling.words import _LOST, _READS, _VERBS, follows, heard, labels, said, told
from namelatch.lab.world import World, allocate
from tests.lab.towns import E1, E2, FAULTY

G1, G2 = Generation(1), Generation(2)
MERMAID = re.compile(
    r"sequenceDiagram"
    r"|    participant \w+ as [^;#]+"
    r"|    \w+(->>|-x|-\)|-->>|--x)\w+: [^;#]+"
    r"|    Note over \w+(,\w+)?: [^;#]+"
)


def committing(*changes: intents.Change) -> Call:
    return Call("authority", "commit", (Batch(tuple(Proposal(one) for one in changes)),))


def enact(endpoint: Endpoint, generation: Generation = G2, rollback: Generation | None = G1) -> Enact:
    return Enact(endpoint, generation, allocate(endpoint, generation), rollback, "a")


def world(generation: Generation, *, tree: bool = True) -> World:
    trees = Map({generation: Map({E1: allocate(E1, generation)})}) if tree else Map()
    return World(State(trees=trees, roots=Map({E1: Root(generation, None, False, 1)})))


# --- words -------------------------------------------------------------------------------------------------------


def test_every_change_every_condition_and_every_call_of_a_port_has_its_words() -> None:
    assert set(_VERBS) == set(intents.Change.__args__)  # type: ignore[attr-defined]
    assert set(_LOST) == set(intents.Condition.__args__)  # type: ignore[attr-defined]
    calls = {name for port in (Authority, Claims, PlanLog, Clock, Health) for name in vars(port) if name[0] != "_"}
    assert calls - set(_READS) == {"commit", "acquire", "now", "allocate"}


@pytest.mark.parametrize(
    ("call", "words", "generations", "endpoints", "besides"),
    [
        (committing(enact(E1), enact(E2)), "enact", (2,), (E1, E2), "rollback 1"),
        (committing(enact(E1, rollback=None)), "enact", (2,), (E1,), ""),
        (committing(replace(enact(E1), records=None)), "write tombstone", (2,), (E1,), "rollback 1"),
        (committing(replace(enact(E1), records=())), "write empty", (2,), (E1,), "rollback 1"),
        (committing(TakeLock(E1, "a"), TakeLock(E2, "a")), "take lock", (), (E1, E2), ""),
        (committing(intents.Finish(G2), DropGeneration(G1)), "finish + delete generation", (2, 1), (), ""),
        (committing(DropTree(G1, E1)), "delete tree", (1,), (E1,), ""),
        (Call("claims", "acquire", (TakeClaim(G2, "a", "a-1"), ())), "claim", (2,), (), ""),
        (Call("claims", "release", (TakeClaim(G2, "a", "a-1"),)), "give up claim", (2,), (), ""),
        (Call("claims", "renew", (TakeLeadership("region", "p-1"),)), "renew lead", (), (), ""),
        (Call("authority", "read", ((E1, E2),)), "read roots", (), (E1, E2), ""),
        (Call("authority", "survivor", (E1,)), "find survivor", (), (E1,), ""),
        (Call("authority", "trees", (G1, None, 10)), "list trees", (1,), (), ""),
        (Call("log", "report", (Report("a", "began", G2),)), "report", (), (), ""),
        (Call("clock", "sleep", (0.2,)), "back off", (), (), ""),
    ],
)
def test_a_call_is_told_by_what_it_does_to_which_generations_and_endpoints(
    call: Call, words: str, generations: tuple[int, ...], endpoints: tuple[Endpoint, ...], besides: str
) -> None:
    line = said(call)
    assert (line.does, line.generations, line.endpoints, line.besides) == (words, generations, endpoints, besides)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Committed(5), "committed"),
        (Unknown("lost"), "no reply"),
        (Conflict((Lost(0, LockFree(E1)), Lost(1, LockFree(E2))), 0), "refused: lock not free"),
        (Conflict((Lost(0, RootVersion(E1, 1)), Lost(0, LockFree(E1))), 0), "refused: root has moved, lock not free"),
        (Conflict((), 0), "refused: out of date"),
        (Head(G2, applied=None), "newest 2, applied none"),
        ((G1, G2), "1 2"),
        ((ClaimSeen(G2, "a", 1, "a-1"),), "a:2"),
        ((), "none"),
        (True, "yes"),
        (None, ""),
    ],
)
def test_a_reply_is_told_in_few_words(reply: object, words: str) -> None:
    assert heard(reply) == words


def test_names_are_shortened_where_their_first_labels_tell_them_apart() -> None:
    assert labels((E1, E2)) == {E1: "e1", E2: "e2"}
    other = Endpoint("e1.other")
    assert labels((E1, E2, other)) == {E1: E1, E2: "e2", other: other}


def test_a_root_is_told_by_what_it_follows_and_whether_that_answers() -> None:
    state = world(G2).authority
    assert follows(state, E1) == "2"
    assert follows(state, E2) == "-"
    assert follows(world(G2, tree=False).authority, E1) == "2 gone"
    assert follows(replace(state, trees=Map({G2: Map({E1: ()})})), E1) == "2 empty"
    assert follows(replace(state, roots=Map({E1: Root(G2, None, True, 1)})), E1) == "2 down"


def test_reports_are_told_once_with_their_count_and_a_sweep_with_what_it_lists() -> None:
    reports = (Report("a", "wedged", G2, E1), Report("a", "wedged", G2, E2), Report("a", "sweep listed", detail="1 2"))
    assert told((Call("log", "report", (one,)), None) for one in reports) == ("wedged ×2", "sweep listed 1 2")


# --- tables ------------------------------------------------------------------------------------------------------

TOLD = (
    Step(
        "a",
        "",
        (
            (committing(enact(E1), enact(E2)), Committed(1)),
            (Call("log", "report", (Report("a", "wedged", G2, E1),)), None),
            (Call("log", "report", (Report("a", "wedged", G2, E2),)), None),
        ),
        (Fall("never-empty", E1, "dark"), Fall("never-empty", E2, "dark"), Fall("converges", E1, "not")),
        world(G2, tree=False),
    ),
    Step("b", "reply lost", ((committing(TakeLock(E1, "b")), Unknown("lost")),), (), world(G1)),
    Step("b", "late effect", ((committing(TakeLock(E1, "b")), Conflict((Lost(0, LockFree(E1)),), 0)),), (), world(G1)),
    Step("a", "lease ends", (), (), world(G1)),
    Step("log", "log forgets", (), (), world(G1)),
)
PINNED = """\
#  who  does               gen  endpoints  outcome                 e1 ->   e2 ->
1  a    enact, rollback 1  2    e1, e2     committed; wedged ×2    2 gone  -      [3] so; ! never-empty; ! converges
2  b    take lock               e1         no reply                1       -      ~ reply lost
3  b    take lock               e1         refused: lock not free  1       -      ~ late effect
4  a                                                               1       -      ~ lease ends
5  log                                                             1       -      ~ log forgets"""
DRAWN = """\
sequenceDiagram
    participant p0 as a
    participant p1 as b
    participant r as authority
    p0->>r: 1. enact 2 at e1, e2, rollback 1
    Note over p0: wedged ×2
    Note over r: never-empty falls at e1, e2: dark
    Note over r: converges falls at e1: not
    Note over p0,r: [3] so, and no. 4
    p1-)r: 2. take lock at e1
    Note over p1: reply lost
    p1--xr: 3. take lock at e1 (refused: lock not free)
    Note over p1: late effect
    Note over p0: lease ends
    Note over r: log forgets"""


def test_a_trace_is_a_table_of_one_line_a_step_with_faults_falls_and_notes_in_the_margin() -> None:
    shown = "\n".join(table(rows(TOLD, (E1, E2), {1: ("[3] so",)}), (E1, E2)))
    assert shown == PINNED


def test_a_trace_is_a_diagram_of_its_writes_faults_and_falls() -> None:
    assert "\n".join(diagram(TOLD, (E1, E2), ("a", "b"), {1: ("[3] so; and #4",)})) == DRAWN


def test_a_table_without_steps_is_its_head() -> None:
    assert list(table((), (E1,))) == ["#  who  does  gen  endpoints  outcome  e1 ->"]


@pytest.mark.parametrize("one", SCRIPTS, ids=lambda one: one.scenario.id)
def test_the_diagram_of_a_script_is_mermaid(one: Script) -> None:
    performance = perform(one)
    actors = [process.name for process in performance.start.processes]
    drawn = list(diagram(performance.steps, one.scenario.endpoints, actors, performance.notes))
    assert [line for line in drawn if not MERMAID.fullmatch(line)] == []


def test_the_diagrams_of_faulty_traces_are_mermaid() -> None:
    start = begin(FAULTY, INCIDENT)
    explorer = Explorer(start)
    explorer.run(1_500)
    for at in range(0, len(explorer.keys), 50):
        steps = tuple(play(start, acts(start, explorer.trace_to(at))))
        drawn = diagram(steps, FAULTY.endpoints, [process.name for process in start.processes])
        assert [line for line in drawn if not MERMAID.fullmatch(line)] == []


# --- rules -------------------------------------------------------------------------------------------------------


def test_a_rule_is_told_wait_by_wait() -> None:
    waits = (
        Wait(When("b"), When("planner", "Publish", G2, committed=True)),
        Wait(When(None, "Enact", None, E1), When(None, "generations")),
    )
    assert list(ordering(Ordered(waits))) == [
        "b waits before anything until planner has committed publish 2",
        f"everybody waits before enact at {E1} until somebody has done list trees' generations",
    ]
    assert list(ordering(FREE)) == ["none: every order is allowed"]


def test_the_crossing_is_told_with_the_lock_only_where_locks_are_lost() -> None:
    crossing = Crossing("a", G1, G2)
    lines = list(ordering(Both((FREE, Crossed(crossing, E1)))))
    assert lines[1].startswith(
        f"a, once it has claimed 1, gets no further at {E1} until another has written 2 or newer"
    )
    assert len(lines) == 4
    assert len(list(ordering(Crossed(replace(crossing, cause="pause"), E1)))) == 2


def test_a_rule_without_words_is_told_by_its_first_line() -> None:
    class Odd:
        """Every other call waits.

        For a while.
        """

        bit = True

    assert list(ordering(Odd())) == ["Every other call waits."]  # type: ignore[arg-type]
