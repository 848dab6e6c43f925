"""`namelatch matrix`: list its cells, run them, make one table of what was run in parts."""

import json
import random
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from namelatch.matrix.cells import FAULTS, ROLES, Cell, thinned
from namelatch.trouble import BadEnvironment

if TYPE_CHECKING:
    from namelatch.matrix.campaign import Layout, Result

HOLDS, FALLS = 0, 1
AT_ONCE = 6  # cells: they mostly wait, on two cores for one another


def _chosen(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:  # noqa: ARG001
    return tuple(value.replace("-", " ") for value in values)


def options(command: Any) -> Any:
    """What to run, and on what."""
    for option in (
        click.option("--backend", default="embedded", help="What etcd and the broker are.  [default: embedded]"),
        click.option("--posture", default="hardened", metavar="NAME", help="[default: hardened]"),
        click.option("--without", multiple=True, metavar="SAFEGUARD", help="Leave this one out; may be repeated."),
        click.option("--bug", default="", metavar="NAME", help="Put in a known bug, to see whether it is found."),
        click.option(
            "--role", "roles", multiple=True, type=click.Choice(ROLES), help="May be repeated.  [default: all]"
        ),
        click.option(
            "--fault",
            "faults",
            multiple=True,
            type=click.Choice([fault.replace(" ", "-") for fault in FAULTS]),
            callback=_chosen,
            help="May be repeated.  [default: all]",
        ),
        click.option("--cell", "ids", multiple=True, metavar="ID", help="May be repeated; `list` names them."),
        click.option("--thin", is_flag=True, help="One cell of each call, faults and moments in turn."),
        click.option("--sample", type=click.IntRange(1), metavar="N", help="N cells of those, drawn by the seed."),
        click.option("--seed", type=int, default=0, help="[default: 0]"),
        click.option("--json", "as_json", is_flag=True, help="For machines."),
    ):
        command = option(command)
    return command


@click.group()
def matrix() -> None:
    """The kill-point matrix: every port call of every role meets every fault, on real processes."""


@matrix.command("list")
@options
def list_(as_json: bool, **asked: Any) -> int:
    """Record what the roles call, and print the cells that follow. Ends with status 1 when a call was not reached."""
    layout, _ = _work(asked, run=False)
    if as_json:
        found = {"cells": [cell.id for cell in layout.cells], "unreached": _named(layout)}
        click.echo(json.dumps(found, indent=2))
    else:
        for cell in layout.cells:
            click.echo(cell.id)
        click.echo(f"{len(layout.cells)} cells", err=True)
        for name in _named(layout):
            click.echo(f"not reached: {name}", err=True)
    return FALLS if layout.unreached else HOLDS


@matrix.command()
@options
@click.option("--at-once", type=click.IntRange(1, 64), default=AT_ONCE, help=f"Cells at once.  [default: {AT_ONCE}]")
@click.option("--skip", type=click.IntRange(0), default=0, help="Let so many of each cell's calls pass.  [default: 0]")
@click.option("--markdown", is_flag=True, help="The table as Markdown.")
@click.option("--run-dir", type=click.Path(path_type=Path), help="Where cells that fell leave their files.")
def run(as_json: bool, markdown: bool, **asked: Any) -> int:
    """Run the cells and judge each. Ends with status 1 when one fell, or when one was not reached."""
    from namelatch.matrix import table  # noqa: PLC0415

    layout, results = _work(asked, run=True)
    documents = [one.document() for one in results]
    if as_json:
        click.echo(json.dumps({"cells": documents, "unreached": _named(layout)}, indent=1))
    else:
        click.echo("\n".join((table.markdown if markdown else table.plain)(documents, _named(layout))))
    for one in results:
        if one.outcome != "held":
            click.echo(f"again: namelatch matrix run {_again(asked)}--cell '{one.cell.id}'  {one.kept}", err=True)
    return HOLDS if all(one.outcome == "held" for one in results) and not layout.unreached else FALLS


@matrix.command("table")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def table_(files: tuple[Path, ...]) -> int:
    """One Markdown table of what several `run --json` printed. Ends with status 1 when a cell did not hold."""
    from namelatch.matrix import table  # noqa: PLC0415

    documents: list[table.Document] = []
    unreached: list[str] = []
    for file in files:
        try:
            found = json.loads(file.read_text(encoding="utf-8"))
            list(table.markdown(found["cells"], found["unreached"]))  # alone: it is this file that is to be named
            documents += found["cells"]
            unreached += found["unreached"]
        except OSError as error:
            raise click.ClickException(f"{file}: {error.strerror}") from None
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            why = f"{type(error).__name__}: {error}"
            raise click.ClickException(f"{file}: not what `run --json` prints: {why}") from None
    click.echo("\n".join(table.markdown(documents, unreached)))
    return HOLDS if set(table.totals(documents)) <= {"held"} and not unreached else FALLS


def _named(layout: "Layout") -> list[str]:
    return [f"{call.role} {call}" for call in layout.unreached]


def _again(asked: dict[str, Any]) -> str:
    told = "" if asked["posture"] == "hardened" else f"--posture {asked['posture']} "
    told += "".join(f"--without {name} " for name in asked["without"])
    told += f"--skip {asked['skip']} " if asked["skip"] else ""
    return told + (f"--bug {asked['bug']} " if asked["bug"] else "")


def _work(asked: dict[str, Any], run: bool) -> "tuple[Layout, list[Result]]":
    from namelatch import interrupts, log  # noqa: PLC0415
    from namelatch.matrix.grounds import BACKENDS  # noqa: PLC0415
    from namelatch.matrix.variant import BUGS, Variant  # noqa: PLC0415

    if asked["backend"] not in BACKENDS:
        raise click.UsageError(f"no backend {asked['backend']!r}: there are {', '.join(BACKENDS)}")
    if asked["bug"] and asked["bug"] not in BUGS:
        raise click.UsageError(f"no bug {asked['bug']!r}: there are {', '.join(BUGS)}")
    variant = Variant(asked["posture"], tuple(asked["without"]), asked["bug"])
    try:
        variant.posture()
    except KeyError as error:
        raise click.UsageError(str(error.args[0])) from None
    log.configure("error")
    return interrupts.run(_campaign(asked, variant, run))


async def _campaign(asked: dict[str, Any], variant: Any, run: bool) -> "tuple[Layout, list[Result]]":
    import shutil  # noqa: PLC0415
    import tempfile  # noqa: PLC0415

    from namelatch.matrix.campaign import Campaign, Layout  # noqa: PLC0415
    from namelatch.matrix.grounds import BACKENDS  # noqa: PLC0415
    from namelatch.matrix.processes import Nursery  # noqa: PLC0415

    began = time.monotonic()

    def say(line: str) -> None:
        print(f"[{time.monotonic() - began:6.1f} s] {line}", file=sys.stderr, flush=True)

    runs = asked.get("run_dir")
    try:
        if runs is not None:
            runs.mkdir(parents=True, exist_ok=True)
        directory = Path(tempfile.mkdtemp(prefix="namelatch-matrix-", dir=runs))
    except OSError as error:
        raise BadEnvironment(f"can't write to {runs or tempfile.gettempdir()}: {error.strerror}") from None
    wanted = {cell.partition("/")[0] for cell in asked["ids"]}
    roles = [role for role in ROLES if role in (asked["roles"] or wanted or ROLES)]
    nursery_log = str(directory / "nursery.log")
    results: list[Result] = []
    try:
        async with BACKENDS[asked["backend"]](directory / "parts", say) as grounds, Nursery(nursery_log) as nursery:
            say(grounds.story)
            at_once, skip = asked.get("at_once", AT_ONCE), asked.get("skip", 0)
            campaign = Campaign(grounds, nursery, directory / "cells", variant, at_once, skip)
            whole = await campaign.layout(roles)
            layout = Layout(_selected(whole.cells, asked), whole.unreached if not asked["ids"] else ())
            say(f"{len(whole.cells)} cells of {', '.join(roles)}, {len(layout.cells)} chosen")
            results = await campaign.run(layout.cells, say) if run else []
    finally:  # what a cell that fell has left stays
        shutil.rmtree(directory / "parts" if any(one.kept for one in results) else directory, ignore_errors=True)
    return layout, results


def _selected(cells: tuple[Cell, ...], asked: dict[str, Any]) -> tuple[Cell, ...]:
    found = [cell for cell in cells if not asked["faults"] or cell.fault in asked["faults"]]
    if asked["ids"]:
        known = {cell.id: cell for cell in cells}
        missing = [name for name in asked["ids"] if name not in known]
        if missing:
            raise click.UsageError(f"no cell {missing[0]!r}: `namelatch matrix list` names them")
        found = [known[name] for name in asked["ids"]]
    if cells and not found:
        raise click.UsageError("no cell of these roles has these faults: `namelatch matrix list` names them")
    if asked["thin"]:
        found = list(thinned(found))
    if asked["sample"]:
        drawn = random.Random(asked["seed"]).sample(range(len(found)), min(asked["sample"], len(found)))  # noqa: S311
        found = [found[at] for at in sorted(drawn)]
    return tuple(found)
