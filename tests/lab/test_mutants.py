"""Mutants: each operator breaks what it says; the lab kills what is fatal, and not the protocol as it is."""

import ast
import mmap
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from namelatch.lab.commands.mutants import FILE, PAGE
from namelatch.lab.mutants import book, campaign, efforts, page, report
from namelatch.lab.mutants.book import Book
from namelatch.lab.mutants.bound import Bound
from namelatch.lab.mutants.bounds import BOUNDS
from namelatch.lab.mutants.campaign import Ended, Unsound, controls, run, sampled
from namelatch.lab.mutants.kills import Kill
from namelatch.lab.mutants.mutant import ROOT, Made, Mutant, make, make_of
from namelatch.lab.mutants.operators import OPERATORS
from namelatch.lab.mutants.reasons import REASONS, Reason, reason
from namelatch.lab.mutants.scope import FILES, functions
from namelatch.lab.mutants.trial import MEMORY, Tried
from tests.lab.programs import here

PROCESSES = 2
OF = {one.name: one for one in BOUNDS}
QUICK = (OF["two enactors"], OF["deltas"])
DOCS = ROOT / "docs" / "lab"
KNOWN = book.read(DOCS / FILE)
RENEW = "not fresh any more: run `namelatch lab mutants --write`"
SAMPLE = 120
ENOUGH = 0.95  # of those tried that are not equivalent
OPEN = 0  # survivors for which nobody has said why

TOYS = {
    "drop-condition": (
        "return (Free(a), Held(b))",
        ["-return (Free(a), Held(b))\n+return (Held(b),)", "-return (Free(a), Held(b))\n+return (Free(a),)"],
    ),
    "forget-conditions": (
        "return Proposal(change, one.conditions)",
        ["-return Proposal(change, one.conditions)\n+return Proposal(change, ())"],
    ),
    "and-or": ("return a and b", ["-return a and b\n+return a or b"]),
    "boundary": ("return a < b", ["-return a < b\n+return a <= b"]),
    "opposite": ("return a is None", ["-return a is None\n+return a is not None"]),
    "off-by-one": (
        "return Finish(generation)",
        [
            "-return Finish(generation)\n+return Finish(generation + 1)",
            "-return Finish(generation)\n+return Finish(generation - 1)",
        ],
    ),
    "drop-statement": ("await authority.commit(batch)", ["-await authority.commit(batch)\n+pass"]),
    "drop-assignment": ("a = b", ["-a = b\n+pass"]),
    "swap-statements": ("go(a)\nstay(b)", ["-go(a)\n-stay(b)\n+stay(b)\n+go(a)"]),
    "drop-release": ("await claims.release(key)", ["-await claims.release(key)\n+pass"]),
    "keep-field": (
        "return replace(a, roots=b, locks=c)",
        [
            "-return replace(a, roots=b, locks=c)\n+return replace(a, locks=c)",
            "-return replace(a, roots=b, locks=c)\n+return replace(a, roots=b)",
        ],
    ),
    "negate-branch": ("if a > b:\n    go()", ["-if a > b:\n+if a <= b:"]),
    "never-branch": ("if a:\n    go()", ["-if a:\n-go()\n+pass"]),
    "always-branch": ("if a:\n    go()", ["-if a:\n-go()\n+go()"]),
    "mistake-outcome": (
        "match a:\n    case Committed(revision):\n        return revision",
        [
            "-case Committed(revision):\n+case Committed(revision) | Conflict(_, revision):",
            "-case Committed(revision):\n+case Committed(revision) | Unknown(revision):",
        ],
    ),
    "ignore-case": (
        "match a:\n    case Conflict():\n        go()\n    case Unknown():\n        stay()",
        ["-case Conflict():\n-go()", "-case Unknown():\n-stay()"],
    ),
    "drop-stop": ("if a:\n    raise Stopped()", ["-if a:\n-raise Stopped()\n+pass", "-raise Stopped()\n+pass"]),
    "allow-refused": ("return Refuse(a)", ["-return Refuse(a)\n+return Allow()"]),
    "let-through": (
        "try:\n    go()\nexcept (A, B):\n    stay()",
        ["-except (A, B):\n+except (B,):", "-except (A, B):\n+except (A,):"],
    ),
    "return-early": ("go()\nx = a\nstay()", ["-x = a\n-stay()\n+return"]),
    "return-nothing": ("return a", ["-return a\n+return None"]),
    "truth": ("return True", ["-return True\n+return False"]),
    "least-most": (
        "return min(a)[0]",
        ["-return min(a)[0]\n+return min(a)[-1]", "-return min(a)[0]\n+return max(a)[0]"],
    ),
    "calculation": ("return a - b", ["-return a - b\n+return a + b"]),
    "skip-loop": ("for x in a:\n    go()", ["-for x in a:\n-go()\n+pass"]),
    "first-only": ("for x in a:\n    go()", ["-for x in a:\n+for x in list(a)[:1]:"]),
    "leave-loop": ("for x in a:\n    continue", ["-continue\n+break", "-continue\n+pass"]),
}
RETURNS = {"return-early": "None", "return-nothing": "int | None"}


def _nobody(done: int, of: int, alive: int) -> None:
    """Nobody is told how far it is."""


def of_source(source: str, *names: str, file: str = "toy.py") -> Made:
    made = Made()
    make_of(source, file, made, [one for one in OPERATORS if not names or one.name in names])
    return made


def wanted(file: str, function: str, operator: str, minus: str) -> Mutant:
    """The first mutant of the protocol that removes that line."""
    found = [
        one
        for one in make((file,)).mutants
        if (one.function, one.operator) == (function, operator) and minus in " | ".join(one.minus)
    ]
    assert found, f"no {operator} of {function} removes {minus!r}"
    return found[0]


def as_it_is(file: str, function: str) -> Mutant:
    """No mutant: a function in its own place."""
    tree = dict(functions(ast.parse((ROOT / file).read_text(encoding="utf-8"))))[function]
    return Mutant(file, function, 1, "none", (), (), tree)


def ended(*mutants: Mutant, bounds: Sequence[Bound] = QUICK, reasons: tuple[Reason, ...] = REASONS) -> Ended:
    return run(Made(list(mutants)), bounds, PROCESSES, _nobody, Book(), reasons=reasons)


# --- operators ---------------------------------------------------------------------------------------------------


def test_every_operator_has_a_toy() -> None:
    assert list(TOYS) == [one.name for one in OPERATORS]
    assert all(one.sentence.endswith(".") for one in OPERATORS)


@pytest.mark.parametrize("operator", TOYS)
def test_an_operator_breaks_what_it_says_and_nothing_else(operator: str) -> None:
    body, expected = TOYS[operator]
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    made = of_source(f"async def toy(a, b, c) -> {RETURNS.get(operator, 'int')}:\n{lines}\n", operator)
    assert [one.diff for one in made.mutants] == expected


def test_what_is_only_told_is_left_out_and_counted() -> None:
    made = of_source(
        "async def toy(ports, a):\n    await tell(ports, a > 1)\n    await commit(a)\n", "drop-statement", "boundary"
    )
    assert [one.minus for one in made.mutants] == [("await commit(a)",)]
    assert made.left_out == {"told": 2}


def test_the_same_mutants_come_out_every_time() -> None:
    assert make().mutants == make().mutants
    assert {one.file for one in make().mutants} == set(FILES)


# --- trials ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mutant", "world", "how", "what"),
    [
        (("coordination/plan.py", "fold", "first-only", "for plan in plans:"), "deltas", "fell", "converges"),
        # A finish that was recorded is recorded again, and meets the conflict with itself.
        (
            ("actors/enactor.py", "_record_finish", "ignore-case", "case Committed(): | return"),
            "alone",
            "unseen",
            "lost: AppliedBelow",
        ),
        # A number is taken that no plan will have: harmless, and a gap all the same.
        (("actors/planner.py", "_reserve", "off-by-one", "Reserve(generation)"), "alone", "fell", "every"),
    ],
    ids=lambda one: one if isinstance(one, str) else " ".join(one[1:3]),
)
def test_a_fatal_mutant_is_killed_for_its_own_reason(
    mutant: tuple[str, str, str, str], world: str, how: str, what: str
) -> None:
    (one,) = ended(wanted(*mutant), bounds=(OF[world],)).tried
    assert one.kill is not None
    assert (one.kill.how, one.kill.bound) == (how, world)
    assert what in one.kill.what


def test_a_fall_beyond_a_search_without_an_end_is_looked_for_since_it_tells_more() -> None:
    hangs_where_there_is_one = _written(
        "actors/walkers.py", "in_parts", "    while len(goals) == 1:\n        pass\n    return [goals[:1]]\n"
    )
    single, several = replace(OF["the last name goes"], quick=True), replace(OF["two enactors"], quick=False)
    (alone,) = ended(hangs_where_there_is_one, bounds=(single,)).tried
    (both,) = ended(hangs_where_there_is_one, bounds=(single, several)).tried
    assert [one.kill and one.kill.how for one in (alone, both)] == ["endless", "fell"]


@pytest.mark.parametrize(
    ("file", "function"), [("actors/enactor.py", "enact"), ("coordination/safeguards.py", "LagStop.lag")]
)
def test_the_protocol_as_it_is_is_not_killed(file: str, function: str) -> None:
    (one,) = ended(as_it_is(file, function)).tried
    assert one.kill is None
    assert one.count is None


def test_a_mutant_that_hangs_or_raises_is_told_from_one_that_falls() -> None:
    hangs = _written("actors/walkers.py", "in_parts", "    while True:\n        pass\n")
    raises = _written("actors/walkers.py", "in_parts", "    raise ZeroDivisionError\n")
    assert [one.kill.how for one in ended(hangs, raises).tried if one.kill] == ["endless", "raised"]


IN_PARTS = "def in_parts(goals, walkers):\n"


def _written(file: str, function: str, body: str, head: str = IN_PARTS) -> Mutant:
    return replace(as_it_is(file, function), plus=(body,), tree=ast.parse(head + body).body[0])


def test_a_lab_in_which_the_protocol_itself_falls_tries_no_mutant() -> None:
    with pytest.raises(Unsound, match="two enactors"):
        controls([replace(QUICK[0], sometimes=("told: something nobody ever tells",))], PROCESSES)


def test_a_parent_that_has_much_memory_leaves_its_children_theirs() -> None:
    with mmap.mmap(-1, MEMORY + 1024**3):  # of address space; nothing of it is used
        assert controls(QUICK[:1], PROCESSES)


# --- reasons -----------------------------------------------------------------------------------------------------


def test_a_survivor_without_a_reason_is_an_error_and_one_with_a_reason_is_listed_with_it() -> None:
    survivor = as_it_is("actors/enactor.py", "enact")
    without = ended(survivor, reasons=())
    assert without.unexplained == (survivor,)
    assert "NO REASON GIVEN" in "\n".join(report.lines(without))
    given = Reason("actors/enactor.py", "enact", "equivalent", "it is the original", (survivor.key,))
    explained = replace(without, reasons=(given,))
    assert not explained.unexplained
    assert "equivalent: it is the original" in "\n".join(report.lines(explained))


def test_the_command_ends_with_1_when_a_survivor_has_no_reason(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    survivor = as_it_is("actors/enactor.py", "enact")
    monkeypatch.setattr(campaign, "run", lambda *_, **__: ended(survivor, reasons=()))
    assert here(capsys, "mutants").status == 1
    monkeypatch.setattr(campaign, "run", lambda *_, **__: ended())
    assert here(capsys, "mutants").status == 0


@pytest.mark.parametrize(
    "asked",
    [
        ("--operator", "no-such"),
        ("--file", "actors/roles.py"),
        ("--sample", "0"),
        ("--fresh", "--write"),
        ("--pin", "--json"),
        ("--key", "no-such"),
        ("--world", "no such"),
    ],
)
def test_misuse_is_status_2(asked: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    done = here(capsys, "mutants", *asked)
    assert done.status == 2
    assert len(done.err.strip().splitlines()) == 1


def test_reasons_name_tests_that_there_are() -> None:
    assert [one.covered for one in REASONS if one.covered and not (ROOT / one.covered).exists()] == []


# --- the book ----------------------------------------------------------------------------------------------------


def test_keys_tell_mutants_apart_and_stay_when_the_text_moves() -> None:
    keys = [one.key for one in make().mutants]
    assert len(set(keys)) == len(keys)
    twice = "async def toy(a, b, c) -> int:\n    go(a)\n    stay(b)\n    go(a)\n"
    moved = of_source(f"# a comment\n\n{twice}", "drop-statement").mutants
    assert [one.key for one in moved] == [one.key for one in of_source(twice, "drop-statement").mutants]
    assert len({one.key for one in moved}) == 3
    assert not {one.key for one in moved} & {
        one.key for one in of_source(twice.replace("go", "walk"), "drop-statement").mutants if "stay" not in one.diff
    }


def test_a_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    first, second = make(("actors/walkers.py",)).mutants[:2]
    kept = Book()
    kept.add(Tried(first, Kill("fell", "deltas", "told by nobody but this test"), None, 0.0))
    (tmp_path / FILE).write_text(book.text(kept), encoding="utf-8")
    again = book.read(tmp_path / FILE)
    tried: list[int] = []
    outcome = run(Made([first, second]), QUICK, PROCESSES, lambda done, *_: tried.append(done), again, anew=False)
    assert tried == [2], "the second alone was tried"
    assert outcome.tried[0].kill == Kill("fell", "deltas", "told by nobody but this test")
    assert book.read(tmp_path / FILE).of(second) is None
    (tmp_path / FILE).write_text(book.text(again), encoding="utf-8")
    assert book.read(tmp_path / FILE) == again
    assert again.of(second) is not None


def test_a_run_in_some_searches_writes_down_what_falls_and_not_what_lives_there() -> None:
    mutant = wanted("coordination/plan.py", "fold", "first-only", "for plan in plans:")
    kept = Book()
    for world, fell in (("locks", False), ("deltas", True)):
        (one,) = run(Made([mutant]), (OF[world],), PROCESSES, _nobody, kept, anew=False, everywhere=False).tried
        assert [one.kill is not None, kept.of(mutant) is not None] == [fell, fell]


def test_only_the_mutants_of_the_keys_are_tried(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[tuple[list[str], list[str]]] = []

    def noted(made: Made, bounds: Sequence[Bound], *_: object, **__: object) -> Ended:
        tried.append(([one.key for one in made.mutants], [one.name for one in bounds]))
        return ended()

    monkeypatch.setattr(campaign, "run", noted)
    first, _, third = (one.key for one in make(("actors/walkers.py",)).mutants[:3])
    assert here(capsys, "mutants", "--key", first, "--key", third, "--world", "deltas").status == 0
    assert tried == [([first, third], ["deltas"])]


def test_the_page_tells_of_the_searches_in_which_most_fell_and_sums_up_the_others() -> None:
    table = page.page(make(), KNOWN).split("| search | mutants |")[1].split("\n\n")[0].splitlines()[2:]
    numbers = [int(row.split("|")[2].replace(",", "")) for row in table]
    ends = [one for one in map(KNOWN.last, make().mutants) if one is not None]
    assert len(table) == page.TOLD + 1
    assert numbers[:-1] == sorted(numbers[:-1], reverse=True)
    assert sum(numbers) == sum(one.kill is not None and one.kill.bound != "" for one in ends)


def test_what_was_tried_with_other_sources_is_tried_again_first_where_it_fell() -> None:
    mutant = wanted("coordination/plan.py", "fold", "first-only", "for plan in plans:")
    old = Book({"other sources": {mutant.key: ["fell", "deltas", "converges"]}})
    assert old.of(mutant) is None
    assert old.hints() == {mutant.key: "deltas"}
    (plain,) = ended(mutant, bounds=(OF["locks"], OF["deltas"])).tried
    outcome = run(Made([mutant]), (OF["locks"], OF["deltas"]), PROCESSES, _nobody, old, anew=False)
    assert outcome.tried[0].kill is not None
    assert outcome.tried[0].kill.bound == "deltas"
    assert list(old.ends) == ["other sources", book.sources()]
    assert old.of(mutant) is not None
    assert not old.ends["other sources"]
    assert plain.kill is not None


def test_an_undisturbed_run_that_costs_more_is_noticed_where_nothing_falls() -> None:
    world = OF["two enactors, undisturbed"]
    body = """    await ports.authority.claims()
    if head.newest is None or head.newest == done:
        return None
    return await enact(ports, settings, head.newest, head, held)
"""
    head = "async def _enact_newest(ports, settings, head, held, done):\n"
    (one,) = ended(_written("actors/service.py", "_enact_newest", body, head), bounds=(world,)).tried
    assert one.kill is not None
    assert one.kill.how == "effort"
    assert one.kill.what.startswith("a, one by one: acquire 1, claims ")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # runs that are stopped in a `finally`
def test_what_undisturbed_runs_cost_is_what_is_pinned() -> None:
    assert efforts.written(efforts.pins()) == efforts.FILE.read_text(encoding="utf-8"), "see `--pin`"


# --- what is written down ----------------------------------------------------------------------------------------


def test_what_is_stored_speaks_of_mutants_that_there_are() -> None:
    stored = {key for some in KNOWN.ends.values() for key in some}
    assert stored <= {one.key for one in make().mutants}, RENEW
    assert book.text(KNOWN) == (DOCS / FILE).read_text(encoding="utf-8")


def test_a_source_that_has_changed_leaves_mutants_of_which_nothing_is_known() -> None:
    file = "actors/walkers.py"
    source = (ROOT / file).read_text(encoding="utf-8")
    keys = {one.key for one in of_source(source, file=file).mutants}
    changed = {one.key for one in of_source(source.replace("max(1, ", "max(2, "), file=file).mutants}
    assert source.count("max(1, ") == 1
    assert keys - changed, "what is stored of these speaks of no mutant any more"
    assert changed - keys
    assert {one.key for one in of_source(f"# moved\n\n{source}", file=file).mutants} == keys


def test_the_page_is_what_is_stored() -> None:
    assert page.page(make(), KNOWN) == (DOCS / PAGE).read_text(encoding="utf-8"), RENEW


def test_of_those_tried_enough_were_killed_and_survivors_have_their_reasons() -> None:
    ends = [one for one in map(KNOWN.last, make().mutants) if one is not None]
    alive = [reason(one.mutant) for one in ends if one.kill is None]
    assert alive.count(None) <= OPEN
    equivalent = sum(one is not None and one.kind == "equivalent" for one in alive)
    assert len(ends) - len(alive) >= ENOUGH * (len(ends) - equivalent)


def test_every_reason_speaks_of_survivors_and_of_nothing_else() -> None:
    ends = [one for one in map(KNOWN.last, make().mutants) if one is not None]
    alive = {one.mutant.key: one.mutant for one in ends if one.kill is None}
    assert [(one, key) for one in REASONS for key in one.keys if key not in alive or not one.fits(alive[key])] == []


# --- the sample that CI runs -------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_fixed_sample_is_killed_again_where_it_was_killed() -> None:
    made = make()
    known = [one for one in made.mutants if KNOWN.last(one) is not None]
    chosen = sampled(known, SAMPLE, seed=1)
    fell = [one for one in chosen if (end := KNOWN.last(one)) is not None and end.kill is not None]
    hints = KNOWN.hints()
    worlds = [OF[name] for name in dict.fromkeys(hints[one.key] for one in fell) if name]
    outcome = run(Made(fell), worlds, PROCESSES, _nobody, KNOWN)
    assert outcome.survivors == (), "\n".join(report.lines(outcome))
    assert len(fell) >= SAMPLE * 3 // 4
