"""`namelatch lab judge`: what a history on disk proves."""

import json
from pathlib import Path

import click

from namelatch.lab.commands.ends import FALLS, HOLDS


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--torn", "allow_torn", is_flag=True, help="Judge also where lines were cut short, without them.")
@click.option("--promises", is_flag=True, help="Ask also what is promised beside safety.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def judge(path: Path, allow_torn: bool, promises: bool, as_json: bool) -> int:
    """Judge a recorded history: PATH is a file, or a directory with one *.history.jsonl a role.

    Ends with status 1 when anything fell.
    """
    from coordination.invariants import SAFETY  # noqa: PLC0415
    from coordination.promises import APART  # noqa: PLC0415
    from namelatch.lab.histories import judging, recorded, rulings  # noqa: PLC0415

    try:
        history = recorded.read(path)
    except recorded.NoHistory as reason:
        raise click.ClickException(str(reason)) from None
    if history.torn and not allow_torn:
        others = f" and {len(history.torn) - 1} more" if len(history.torn) > 1 else ""
        raise click.ClickException(f"{history.torn[0]}{others}: cut short; --torn judges what is left")
    asked = (*SAFETY, *APART) if promises else SAFETY
    judgement = judging.judge(history.lines, torn=history.torn, asked=asked)
    if as_json:
        click.echo(json.dumps(rulings.document(judgement), indent=2))
    else:
        click.echo("\n".join(rulings.told(judgement)))
    return FALLS if judgement.fallen else HOLDS
