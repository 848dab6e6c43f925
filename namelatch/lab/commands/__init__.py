"""`namelatch lab`: one module a command, and this list of them. Each reads what was asked and hands it on.

What a command hands to is imported in its body: `--help` answers at once, and no command pays for another's parts.
A command returns HOLDS or FALLS; misuse is a click.ClickException, which the boundary turns into one line and
status 2.
"""

import click

from namelatch.lab.commands.bugs import bugs
from namelatch.lab.commands.check import check
from namelatch.lab.commands.explain import explain
from namelatch.lab.commands.judge import judge
from namelatch.lab.commands.lattice import lattice
from namelatch.lab.commands.list import list_
from namelatch.lab.commands.model import model
from namelatch.lab.commands.mutants import mutants
from namelatch.lab.commands.replay import replay
from namelatch.lab.commands.run import run

COMMANDS: tuple[click.Command, ...] = (list_, explain, check, run, replay, lattice, bugs, model, mutants, judge)


@click.group()
def lab() -> None:
    """The laboratory: what the protocol does when everything goes wrong, and what histories prove."""


for command in COMMANDS:
    lab.add_command(command)
