"""The page of scenarios is what the command prints."""

from pathlib import Path

from click.testing import CliRunner

from namelatch.lab.commands.list import list_
from tests.docs.test_docs import ROOT


def test_the_page_of_scenarios_is_what_the_command_prints() -> None:
    printed = CliRunner().invoke(list_, ["--markdown"])
    assert printed.exit_code == 0
    assert Path(ROOT, "docs", "lab", "scenarios.md").read_text(encoding="utf-8") == printed.output
