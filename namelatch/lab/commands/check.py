"""`namelatch lab check`: every schedule of a scenario under a posture."""

import atexit
import gc
import json
import os
from pathlib import Path

import click

from coordination.postures import POSTURES
from namelatch.lab.commands.ends import FALLS, HOLDS

NAMES = [one.name for one in POSTURES]


@click.command()
@click.argument("scenario")
@click.option("--posture", type=click.Choice(NAMES), metavar="NAME", help="Under this posture.  [default: hardened]")
@click.option("--safeguards", metavar="A,B", help="Under just these safeguards instead; none: without any.")
@click.option(
    "--like", type=click.Choice(NAMES), metavar="NAME", help="Who plans and sweeps then.  [default: hardened]"
)
@click.option(
    "--bounds", metavar="X=N,Y=M", help="Faults in one schedule and states in all, instead of the scenario's."
)
@click.option("--all-traces", is_flag=True, help="Print the shortest trace of every invariant that falls.")
@click.option("--save", type=click.Path(path_type=Path), metavar="DIR", help="Write replay files and diagrams there.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def check(
    *,
    scenario: str,
    posture: str | None,
    safeguards: str | None,
    like: str | None,
    bounds: str | None,
    all_traces: bool,
    save: Path | None,
    as_json: bool,
) -> int:
    """Search every schedule of SCENARIO, judge every invariant, print the shortest way to what falls.

    Ends with status 1 when anything falls.
    """
    from namelatch.lab import checked, saving  # noqa: PLC0415
    from namelatch.lab.commands.asked import bounds_asked, posture_asked, scenario_asked  # noqa: PLC0415
    from namelatch.lab.commands.progress import Progress  # noqa: PLC0415
    from namelatch.lab.telling import verdict  # noqa: PLC0415

    bound = posture_asked(posture, safeguards, like)
    within, most_states = bounds_asked(scenario_asked(scenario), bounds)
    if save is not None:
        _require(save)
    with Progress() as progress:
        found = checked.checked(within, bound, most_states, own_bounds=bounds is None, watch=progress.watch)
    saved = [str(path) for path in saving.save(found, save)] if save is not None else []
    if as_json:
        click.echo(json.dumps(verdict.document(found) | {"saved": saved}, indent=2))
    else:
        click.echo("\n".join([*verdict.lines(found, all_traces), *(f"saved: {path}" for path in saved)]))
    atexit.register(gc.freeze)  # millions of things that a program at its end need not take apart one by one
    return FALLS if found.verdict.falls else HOLDS


def _require(directory: Path) -> None:
    """Find out before a long search that nothing could be written after it."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.ClickException(f"--save: can't write to {directory}: {error.strerror}") from None
    if not os.access(directory, os.W_OK | os.X_OK):
        raise click.ClickException(f"--save: can't write to {directory}")
