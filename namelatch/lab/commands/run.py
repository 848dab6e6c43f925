"""`namelatch lab run`: many seeds of the simulation, on all cores."""

import json
import time
from typing import TYPE_CHECKING

import click

from coordination.postures import POSTURES
from namelatch.lab.commands.ends import FALLS, HOLDS

if TYPE_CHECKING:
    from namelatch.lab.swarm.pool import Named

SCHEDULERS = ("random", "pct", "round-robin", "twice")
EVERY_S = 2.0


@click.command()
@click.option("--seeds", default="0..999", metavar="A..B", show_default=True, help="From A up to B, both included.")
@click.option("--scenario", metavar="ID", help="In this scenario's world.  [default: a town drawn a seed]")
@click.option(
    "--posture",
    type=click.Choice([one.name for one in POSTURES]),
    default="hardened",
    metavar="NAME",
    show_default=True,
    help="Under this posture.",
)
@click.option("--scheduler", type=click.Choice(SCHEDULERS), help="Who goes on next.  [default: drawn a seed]")
@click.option("--trace", is_flag=True, help="Print the steps of the one seed that is asked for.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def run(*, seeds: str, scenario: str | None, posture: str, scheduler: str | None, trace: bool, as_json: bool) -> int:
    """Run seeds, each under faults and then healed, and judge every write and how each came to rest.

    Ends with status 1 when anything falls.
    """
    from namelatch.lab.commands.asked import scenario_asked, seeds_asked  # noqa: PLC0415
    from namelatch.lab.swarm import pool, telling  # noqa: PLC0415

    asked = seeds_asked(seeds)
    if scenario is not None:
        scenario_asked(scenario)
    named = pool.Named(posture, scenario, scheduler)
    if trace:
        return _trace(named, asked, as_json)
    began = time.monotonic()
    last = began

    def told(done: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= EVERY_S:
            last = now
            rate = done / (now - began)
            click.echo(f"{done:,} of {len(asked):,} seeds, {rate:,.0f} a second", err=True)

    tally = pool.run(named, asked, told)
    seconds = time.monotonic() - began
    if as_json:
        click.echo(json.dumps(telling.document(named, tally, seconds), indent=2))
    else:
        click.echo("\n".join(telling.lines(named, tally, seconds)))
    return FALLS if tally.fell else HOLDS


def _trace(named: "Named", seeds: range, as_json: bool) -> int:
    from namelatch.lab.explorer.explore import Step  # noqa: PLC0415
    from namelatch.lab.swarm import telling  # noqa: PLC0415
    from namelatch.lab.swarm.asked import TWICE, course, trial  # noqa: PLC0415

    if len(seeds) != 1 or named.scheduler == TWICE:
        raise click.ClickException("--trace tells one seed, as --seeds 7..7, and a scheduler's that runs it once")
    steps: list[Step] = []
    asked = named.asked()
    found = trial(asked, seeds[0], steps.append)
    endpoints = course(asked, seeds[0]).start.setting.endpoints
    if as_json:
        click.echo(json.dumps(telling.trace_document(found, steps, endpoints), indent=2))
    else:
        click.echo("\n".join(telling.trace_lines(found, steps, endpoints)))
    return FALLS if found.fell else HOLDS
