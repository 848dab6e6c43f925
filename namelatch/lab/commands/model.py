"""`namelatch lab model`: the Promela model of the protocol, held against the code."""

import json
import time
from pathlib import Path

import click

from namelatch.lab.commands.ends import FALLS, HOLDS

PARTS = ("count", "accept", "replay")


@click.command()
@click.option("--only", type=click.Choice(PARTS), help="Only this part.  [default: all three]")
@click.option(
    "--transitions", type=click.IntRange(1, 100_000_000), default=1_000_000, show_default=True, help="At least so many."
)
@click.option("--save", type=click.Path(path_type=Path), metavar="FILE", help="Write the counterexample as a replay.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def model(only: str | None, transitions: int, save: Path | None, as_json: bool) -> int:
    """Hold the model in docs/model/ against the code.

    Compare the numbers of distinct states, have the model accept recorded transitions, play its counterexample for
    october-2025 in the lab. Needs spin and gcc; minutes. Ends with status 1 where code and model differ.
    """
    from namelatch.lab.model import comparing, spin  # noqa: PLC0415
    from namelatch.lab.playing.files import written  # noqa: PLC0415
    from namelatch.lab.telling import model as telling  # noqa: PLC0415

    began = time.monotonic()

    def say(what: str) -> None:
        click.echo(f"{time.monotonic() - began:7.1f} s  {what}", err=True)

    if save is not None and only not in {None, comparing.REPLAY}:
        raise click.ClickException("--save writes the counterexample: leave out --only, or say --only replay")
    try:
        found = comparing.compare(PARTS if only is None else (only,), transitions, say)
    except (spin.NoSpin, spin.BrokenModel) as reason:
        raise click.ClickException(str(reason)) from None
    if save is not None and found.example is not None:
        try:
            save.write_text(written(found.example.replay), encoding="utf-8")
        except OSError as error:
            raise click.ClickException(f"--save: can't write {save}: {error.strerror}") from None
    click.echo(json.dumps(telling.document(found), indent=2) if as_json else "\n".join(telling.lines(found)))
    return HOLDS if found.holds else FALLS
