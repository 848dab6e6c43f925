"""Mutants: each operator breaks what it says; the lab kills what is fatal, and not the protocol as it is."""

import ast
from dataclasses import replace

import pytest

from namelatch.lab.mutants import campaign, report
from namelatch.lab.mutants.bounds import BOUNDS
from namelatch.lab.mutants.campaign import Ended, Unsound, controls, run
from namelatch.lab.mutants.mutant import ROOT, Made, Mutant, make, make_of
from namelatch.lab.mutants.operators import OPERATORS
from namelatch.lab.mutants.reasons import REASONS, Reason
from namelatch.lab.mutants.scope import FILES, functions
from tests.lab.programs import here

PROCESSES = 2
QUICK = tuple(one for one in BOUNDS if one.name in {"two enactors", "deltas"})

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


def ended(*mutants: Mutant, reasons: tuple[Reason, ...] = REASONS) -> Ended:
    return run(Made(list(mutants)), QUICK, PROCESSES, _nobody, reasons)


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
    ("mutant", "how"),
    [
        (("coordination/plan.py", "fold", "first-only", "for plan in plans:"), "fell"),
    ],
    ids=lambda one: one if isinstance(one, str) else " ".join(one[1:3]),
)
def test_a_fatal_mutant_is_killed(mutant: tuple[str, str, str, str], how: str) -> None:
    (one,) = ended(wanted(*mutant)).tried
    assert one.kill is not None
    assert one.kill.how == how


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


def _written(file: str, function: str, body: str) -> Mutant:
    head = f"def {function}(goals, walkers):\n"
    return replace(as_it_is(file, function), tree=ast.parse(head + body).body[0], operator="drop-stop")


def test_a_lab_in_which_the_protocol_itself_falls_tries_no_mutant() -> None:
    with pytest.raises(Unsound, match="two enactors"):
        controls([replace(QUICK[0], sometimes=("told: something nobody ever tells",))], PROCESSES)


# --- reasons -----------------------------------------------------------------------------------------------------


def test_a_survivor_without_a_reason_is_an_error_and_one_with_a_reason_is_listed_with_it() -> None:
    survivor = as_it_is("actors/enactor.py", "enact")
    without = ended(survivor, reasons=())
    assert without.unexplained == (survivor,)
    assert "NO REASON GIVEN" in "\n".join(report.lines(without))
    given = Reason("actors/enactor.py", "enact", "", "", "equivalent", "it is the original")
    explained = replace(without, reasons=(given,))
    assert not explained.unexplained
    assert "equivalent: it is the original" in "\n".join(report.lines(explained))


def test_the_command_ends_with_1_when_a_survivor_has_no_reason(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    survivor = as_it_is("actors/enactor.py", "enact")
    monkeypatch.setattr(campaign, "run", lambda *_: ended(survivor, reasons=()))
    assert here(capsys, "mutants").status == 1
    monkeypatch.setattr(campaign, "run", lambda *_: ended())
    assert here(capsys, "mutants").status == 0


@pytest.mark.parametrize("asked", [("--operator", "no-such"), ("--file", "actors/roles.py"), ("--sample", "0")])
def test_misuse_is_status_2(asked: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    done = here(capsys, "mutants", *asked)
    assert done.status == 2
    assert len(done.err.strip().splitlines()) == 1


def test_every_reason_speaks_of_a_mutant_that_there_is() -> None:
    mutants = make().mutants
    assert [one for one in REASONS if not any(one.fits(mutant) for mutant in mutants)] == []


def test_reasons_name_tests_that_there_are() -> None:
    assert [one.covered for one in REASONS if one.covered and not (ROOT / one.covered).exists()] == []


# --- the sample that CI runs -------------------------------------------------------------------------------------
