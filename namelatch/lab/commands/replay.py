"""`namelatch lab replay`: a saved schedule, step by step on the code as it is."""

import json
from pathlib import Path

import click

from namelatch.lab.commands.ends import FALLS, HOLDS


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def replay(file: Path, as_json: bool) -> int:
    """Play FILE, which `check --save` has written, and say whether it still falls, and at the same step.

    Ends with status 1 when anything falls, and with 2 when the protocol asks for other things by now.
    """
    from namelatch.lab.commands.asked import posture_asked, scenario_asked  # noqa: PLC0415
    from namelatch.lab.commands.progress import Progress  # noqa: PLC0415
    from namelatch.lab.playing import again  # noqa: PLC0415
    from namelatch.lab.playing.files import BadReplay, read  # noqa: PLC0415
    from namelatch.lab.telling import replayed as telling  # noqa: PLC0415

    try:
        saved = read(file)
    except BadReplay as reason:
        raise click.ClickException(str(reason)) from None
    scenario = scenario_asked(saved.scenario)
    guards = None if saved.safeguards is None else ",".join(saved.safeguards)
    posture = posture_asked(*((saved.posture, None, None) if guards is None else (None, guards, saved.posture)))
    with Progress() as progress:
        found = again.replayed(saved, scenario, posture, progress.watch)
    if as_json:
        click.echo(json.dumps(telling.document(found), indent=2))
    else:
        click.echo("\n".join(telling.lines(found)))
    if found.off is not None:
        raise click.ClickException(f"{file}: can't be followed any more: {found.off}")
    return FALLS if found.falls else HOLDS
