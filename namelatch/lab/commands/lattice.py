"""`namelatch lab lattice`: every subset of the safeguards against the core scenarios."""

import json
import time
from pathlib import Path

import click

from namelatch.lab.commands.ends import FALLS, HOLDS

DOCS = Path("docs/lab")


@click.command()
@click.option("--scenario", "only", metavar="ID", help="Only this one.  [default: all core scenarios]")
@click.option("--write", is_flag=True, help=f"Write {DOCS}/lattice.json, lattice.md and lattice.html.")
@click.option("--fresh", is_flag=True, help=f"Compare with {DOCS}/lattice.json; status 1 when it is stale.")
@click.option("--json", "as_json", is_flag=True, help="The cells, for machines.")
def lattice(only: str | None, write: bool, fresh: bool, as_json: bool) -> int:
    """Compute which subsets of the safeguards are safe, and what falls under the others.

    On all cores; minutes for all scenarios.
    """
    from namelatch.lab import computing, page  # noqa: PLC0415
    from namelatch.lab.scenarios import scenario  # noqa: PLC0415

    if only is not None:
        try:
            scenario(only)
        except KeyError as unknown:
            raise click.ClickException(str(unknown.args[0])) from None
        if write:
            raise click.ClickException("--write is for all core scenarios: leave out --scenario")
    scenarios = computing.core() if only is None else (only,)
    began = time.monotonic()

    def told(task: computing.Task, done: int, of: int) -> None:
        kind, name, id = task
        click.echo(f"{time.monotonic() - began:7.1f} s  {done}/{of}  {id}: {kind} of {name}", err=True)

    if fresh:
        stored = json.loads((DOCS / "lattice.json").read_text())
        lines = list(computing.stale(stored, scenarios, told))
        click.echo("\n".join([*(f"stale: {line}" for line in lines), f"{len(lines)} of the stored parts are stale"]))
        return FALLS if lines else HOLDS
    data = computing.compute(scenarios, told)
    if write:
        DOCS.mkdir(parents=True, exist_ok=True)
        (DOCS / "lattice.json").write_text(json.dumps(data, separators=(",", ":"), sort_keys=True) + "\n")
        (DOCS / "lattice.md").write_text(page.page(data))
        (DOCS / "lattice.html").write_text(page.heat_map(data))
    click.echo(json.dumps(data) if as_json else page.page(data))
    return HOLDS
