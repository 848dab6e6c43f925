"""The documents say what is: their links, paths, commands, settings, tables and examples."""

import dataclasses
import re
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from coordination import postures, safeguards
from coordination.intents import Enact, RootVersion
from coordination.invariants import SAFETY
from coordination.plan import Generation
from coordination.postures import POSTURES
from coordination.records import Endpoint
from coordination.safeguards import Allowed, Context, Refuse, judge
from coordination.seen import Root, Seen
from namelatch import boundary
from namelatch.cli import cli
from namelatch.config import Settings
from namelatch.demo.evidence import EXPECTED
from namelatch.demo.screen import _SHORT
from namelatch.lab.commands import ends, lab
from namelatch.lab.histories.judging import judge as judge_history
from namelatch.log import ALARMS

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("docs", "docs/adr", "docs/lab", "k8s", "benchmarks")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(path for folder in FOLDERS for path in (ROOT / folder).glob("*.md"))])
CODE = ("coordination", "actors", "dns_server", "namelatch")
NEVER = re.compile(r"^\s*class \w*(?:Manager|Helper|Utils|Engine|Handler)\b", re.MULTILINE)
PATH = re.compile(r"^(?:[\w.-]+/)+(?:[\w.-]+\.(?:py|md|toml|txt|html))?$")
MADE_BY_A_RUN = ("runs/",)
OF_THE_DOCUMENT = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def code_of(document: str) -> list[str]:
    """Everything set as code: fenced, indented or in backticks."""
    fenced = re.findall(r"^```\w*\n(.*?)^```", document, re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^```\w*\n.*?^```", "", document, flags=re.MULTILINE | re.DOTALL)
    indented = re.findall(r"(?:^    .+\n?)+", rest, re.MULTILINE)
    return [*fenced, *indented, *re.findall(r"`([^`\n]+)`", rest)]


def table(document: str, heading: str) -> dict[str, list[str]]:
    """The rows of the table whose head begins with `heading`, by their first cell."""
    lines = document[document.index(heading) :].splitlines()[2:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    ended = next((at for at, line in enumerate(lines) if not line.startswith("|")), len(lines))
    return {row[0].strip("`"): row[1:] for row in rows[:ended]}


def listed(cell: str) -> list[str]:
    return [] if cell in {"none", "nothing"} else cell.split(", ")


# --- files -------------------------------------------------------------------------------------------------------


@OF_THE_DOCUMENT
def test_every_link_leads_to_a_file(document: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (document.parent / link.split("#")[0]).exists()]
    assert missing == []


@OF_THE_DOCUMENT
def test_every_path_in_backticks_is_there(document: Path) -> None:
    spoken = [code for code in code_of(document.read_text(encoding="utf-8")) if PATH.match(code)]
    missing = [path for path in spoken if not path.startswith(MADE_BY_A_RUN) and not (ROOT / path).exists()]
    assert missing == []


def test_every_decision_is_in_the_list_of_decisions() -> None:
    assert {path.name for path in (ROOT / "docs/adr").glob("0*.md")} == set(
        re.findall(r"\]\((0[^)]+)\)", text("docs/adr/README.md"))
    )


def test_every_folder_of_tests_has_its_row() -> None:
    told = {key.removeprefix("tests/") for key in table(text("CONTRIBUTING.md"), "| folder | needs |")}
    assert told == {path.parent.name for path in (ROOT / "tests").glob("*/__init__.py")}


# --- commands and settings ---------------------------------------------------------------------------------------


def commands(document: str) -> list[list[str]]:
    """What is typed after `namelatch` wherever a command is shown, its continuation lines joined."""
    shown = "\n".join(code_of(document)).replace("\\\n", " ")
    found = re.findall(r"(?:^|[ /])namelatch +([a-z-][^\n]*)", shown, re.MULTILINE)
    return [words for one in found if (words := one.split())[0] in cli.commands or words[0].startswith("--")]


def options(words: list[str]) -> tuple[click.Command, list[str]]:
    command: click.Command = cli
    while words and isinstance(command, click.Group) and words[0] in command.commands:
        command, words = command.commands[words[0]], words[1:]
    return command, [word.split("=")[0] for word in words if word.startswith("--")]


def known(command: click.Command) -> set[str]:
    return {name for parameter in command.params for name in parameter.opts if name.startswith("--")} | {"--help"}


@OF_THE_DOCUMENT
def test_every_command_shown_exists_with_its_options(document: Path) -> None:
    for words in commands(document.read_text(encoding="utf-8")):
        command, given = options(words)
        assert set(given) <= known(command), words


def test_the_readme_shows_the_commands_that_there_are() -> None:
    shown = {words[0] for words in commands(text("README.md"))}
    assert shown == set(cli.commands)


def test_the_readme_tells_every_option_of_the_demo_and_no_other() -> None:
    told = set(re.findall(r"(--[a-z-]+)", " ".join(table(text("README.md"), "| option |"))))
    assert told == known(cli.commands["demo"]) - {"--help"}


@OF_THE_DOCUMENT
def test_every_make_target_shown_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):.*##", text("Makefile"), re.MULTILINE))
    shown = [found for code in code_of(document.read_text(encoding="utf-8")) for found in MAKE.findall(code)]
    assert set(shown) <= targets


MAKE = re.compile(r"^ *make ([a-z]+)", re.MULTILINE)


def test_the_settings_shown_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = re.findall(r"^```toml\n(.*?)^```", text("README.md"), re.MULTILINE | re.DOTALL)
    assert shown
    for one in shown:
        Settings(**tomllib.loads(one))


@OF_THE_DOCUMENT
def test_every_variable_and_setting_named_exists(document: Path) -> None:
    code = "\n".join(code_of(document.read_text(encoding="utf-8")))
    fields: dict[str, Any] = {name: field.annotation for name, field in Settings.model_fields.items()}
    sections = {name: set(getattr(section, "model_fields", ())) for name, section in fields.items()}
    for section, key in re.findall(r"\bNAMELATCH_([A-Z]+)__([A-Z_]+)", code):
        assert key.lower() in sections[section.lower()]
    for section, key in re.findall(rf"^({'|'.join(fields)})\.([a-z_]+)$", code, re.MULTILINE):
        assert key in sections[section] | {"py", "toml"}


def test_the_lab_s_documents_tell_every_option_and_rule_of_their_commands() -> None:
    document = text("docs/lab/judge.md")
    told = set(re.findall(r"(--[a-z-]+)", " ".join(table(document, "| option |"))))
    assert told == known(lab.commands["judge"]) - {"--help"}
    shown = [line.split()[0] for line in document.splitlines() if re.match(r"[a-z-]+ +[\d,-]+ +[\d,-]+( |$)", line)]
    assert shown == [ruling.id for ruling in judge_history([]).rulings]
    assert set(table(document, "| status |")) == {str(status) for status in (ends.HOLDS, ends.FALLS, boundary.MISUSE)}


def test_the_exit_statuses_are_the_boundarys() -> None:
    told = table(text("README.md"), "| status |")
    assert {"0", "1", "2", "70", "128 + n"} == set(told)
    assert {boundary.OUTCOME, boundary.MISUSE, boundary.BUG} == {1, 2, 70}
    assert f"Ctrl-C: {boundary.INTERRUPTED}" in told["128 + n"][0]


def test_each_report_that_is_a_warning_is_explained_to_who_meets_it() -> None:
    told = table(text("docs/deploy.md"), "| report | means | do |")
    assert {name for key in told for name in key.split("`, `")} == ALARMS


# --- postures ----------------------------------------------------------------------------------------------------


def test_the_readmes_table_is_the_catalogue_of_postures() -> None:
    told = table(text("README.md"), "| posture | plans |")
    assert list(told) == [one.name for one in POSTURES]
    for one in POSTURES:
        plans, sweeps, rule, guards = told[one.name]
        assert (plans, sweeps, rule) == (one.plans, one.sweeps, one.rule)
        assert listed(guards) == [guard.name for guard in one.safeguards]


def test_the_table_of_sources_is_the_catalogue_with_what_must_fall() -> None:
    told = table(text("docs/postures.md"), "| posture | source |")
    assert list(told) == [one.name for one in POSTURES]
    for one in POSTURES:
        source, kept, falls = told[one.name]
        assert source
        assert kept.endswith(f" = {one.keep}") or one.rule == "by reference"
        if one.name not in EXPECTED:
            assert falls == "not judged"
            continue
        assert set(listed(falls)) == EXPECTED[one.name].loses <= {invariant.id for invariant in SAFETY}
        assert EXPECTED[one.name].holds == (falls == "nothing")


def test_every_posture_has_its_section_and_hardened_every_safeguard() -> None:
    document = text("docs/postures.md")
    sections = " ".join(re.findall(r"^## (.*)$", document, re.MULTILINE))
    assert {one.name for one in POSTURES} == set(re.findall(r"`([^`]+)`", sections))
    told = table(document, "| safeguard | binds |")
    assert list(told) == [guard.name for guard in postures.HARDENED.safeguards]


def test_the_table_shown_has_the_columns_that_are_printed() -> None:
    sample = next(line for line in text("README.md").splitlines() if line.startswith("posture  records"))
    assert sample.split() == " ".join(_SHORT).split()


# --- examples and words ------------------------------------------------------------------------------------------


def test_the_worked_example_of_a_safeguard_does_what_it_says() -> None:
    names: dict[str, Any] = {**vars(safeguards), **vars(postures), "replace": dataclasses.replace}
    names["__name__"] = "coordination.safeguards"
    for block in re.findall(r"^```python\n(.*?)^```", text("CONTRIBUTING.md"), re.MULTILINE | re.DOTALL):
        exec(block, names)
    guards = names["CAUTIOUS"].safeguards[-1:]
    seen = Seen(Endpoint("e.example"), Root(Generation(1), None, False, 7))
    near, far = (Enact(Endpoint("e.example"), Generation(g), (), Generation(1), "a") for g in (101, 102))
    allowed = judge(guards, near, seen, Context("a"))
    assert isinstance(allowed, Allowed)
    assert allowed.conditions == (RootVersion(Endpoint("e.example"), 7),)
    assert isinstance(judge(guards, far, seen, Context("a")), Refuse)


def test_no_class_has_a_name_that_says_nothing() -> None:
    sources = [path for package in CODE for path in (ROOT / package).rglob("*.py")]
    assert [str(path) for path in sources if NEVER.search(path.read_text(encoding="utf-8"))] == []


def test_the_search_that_the_lab_shows_is_what_its_command_prints() -> None:
    command = "lab check october-2025 --posture incident"
    shown = re.search(
        rf"^```text\n\$ namelatch {command}\n(.*?)^```", text("docs/lab/README.md"), re.MULTILINE | re.DOTALL
    )
    printed = CliRunner().invoke(cli, command.split()).stdout
    assert shown is not None
    seconds = re.compile(r"[\d.]+ s$", re.MULTILINE)
    assert seconds.sub("", shown[1]).splitlines() == seconds.sub("", printed).splitlines()
