"""`namelatch lab bugs`: historic bugs switched on, and how many seeds it takes to find each."""

import json

import click

from namelatch.lab.commands.ends import FALLS, HOLDS

MOST_SEEDS = 1_000_000


@click.command()
@click.option("--bug", "only", metavar="ID", help="Only this one.  [default: all]")
@click.option(
    "--seeds",
    type=click.IntRange(1, MOST_SEEDS),
    default=2_000,
    metavar="N",
    show_default=True,
    help="So many at most.",
)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def bugs(only: str | None, seeds: int, as_json: bool) -> int:
    """Find each known bug again: seed after seed, until the invariant that it breaks falls.

    Ends with status 1 when a bug is not found, or when something falls without it.
    """
    from namelatch.lab.swarm import pool, telling  # noqa: PLC0415
    from namelatch.lab.swarm.bugs import BUGS, bug  # noqa: PLC0415

    try:
        ids = tuple(one.id for one in BUGS) if only is None else (bug(only).id,)
    except KeyError as unknown:
        raise click.ClickException(str(unknown.args[0])) from None
    found: list[pool.Hunt] = []
    for one in pool.hunts(ids, seeds):
        found.append(one)
        ending = f"found under seed {one.found.seed}" if one.found else f"not found in {one.tried:,} seeds"
        click.echo(f"{len(found)}/{len(ids)}  {one.bug.id}: {ending}", err=True)
    found.sort(key=lambda one: ids.index(one.bug.id))
    if as_json:
        click.echo(json.dumps(telling.bug_document(found), indent=2))
    else:
        click.echo("\n".join(telling.bug_lines(found)))
    return HOLDS if all(one.found and not one.without for one in found) else FALLS
