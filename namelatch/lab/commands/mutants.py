"""`namelatch lab mutants`: the protocol's source with one thing broken, a thousand times; does the lab notice?"""

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import click

from namelatch.lab.commands.ends import FALLS, HOLDS

TELL_S = 2.0  # between two lines of progress
KEEP_S = 10.0  # between two writings of what is known, with --write
DOCS = Path("docs/lab")
FILE, PAGE = "mutants.json", "mutants.md"
T = TypeVar("T")


@click.command()
@click.option("--operator", metavar="NAME", help="Only mutants of this operator.")
@click.option("--file", metavar="PATH", help="Only mutants of this file, say actors/enactor.py.")
@click.option("--key", "keys", multiple=True, metavar="KEY", help="Only this mutant; may be given several times.")
@click.option(
    "--world", "worlds", multiple=True, metavar="NAME", help="Only in this search; may be given several times."
)
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="Only so many of them, chosen by chance.")
@click.option("--seed", type=int, default=1, show_default=True, metavar="N", help="Which chance.")
@click.option("--processes", type=click.IntRange(min=1), metavar="N", help="So many at a time.  [default: all cores]")
@click.option("--write", is_flag=True, help=f"Try what {DOCS}/{FILE} does not know; write it, as it goes, and {PAGE}.")
@click.option("--fresh", is_flag=True, help=f"Only say what {DOCS}/{FILE} does not know; status 1 if anything is.")
@click.option("--pin", is_flag=True, help="Only write down anew what undisturbed runs of the small worlds cost.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def mutants(
    *,
    operator: str | None,
    file: str | None,
    keys: tuple[str, ...],
    worlds: tuple[str, ...],
    sample: int | None,
    seed: int,
    processes: int | None,
    write: bool,
    fresh: bool,
    pin: bool,
    as_json: bool,
) -> int:
    """Break the protocol's own source in one place at a time, and see that the lab alone notices.

    Ends with status 1 when a mutant survives for which no reason is given. A run with --write that was stopped goes on
    where it stopped. Any run looks first where a mutant fell before, if the file is there to say where. With --world it
    writes down only what falls: one that lives there may fall elsewhere.
    """
    from namelatch.lab.mutants import book, campaign, efforts, mutant, page, report  # noqa: PLC0415
    from namelatch.lab.mutants.bounds import BOUNDS  # noqa: PLC0415
    from namelatch.lab.mutants.operators import OPERATORS  # noqa: PLC0415
    from namelatch.lab.mutants.scope import FILES  # noqa: PLC0415

    names = [one.name for one in OPERATORS]
    if operator is not None and operator not in names:
        raise click.ClickException(f"no operator {operator!r}: there are {', '.join(names)}")
    if file is not None and file not in FILES:
        raise click.ClickException(f"no mutants of {file!r}: there are of {', '.join(FILES)}")
    bounds = _named(BOUNDS, worlds, "name")
    if (fresh or pin) and (write or as_json or fresh == pin):
        raise click.ClickException(f"--{'fresh' if fresh else 'pin'} stands alone: it tries no mutant")
    if pin:
        found = efforts.pins()
        efforts.FILE.write_text(efforts.written(found), encoding="utf-8")
        click.echo(f"{efforts.FILE.name}: what undisturbed runs of {len(found)} worlds cost")
        return HOLDS
    every = mutant.make()
    chosen = [one for one in every.mutants if operator in {None, one.operator} and file in {None, one.file}]
    chosen = _named(chosen, keys, "key")
    if sample is not None:
        chosen = campaign.sampled(chosen, sample, seed)
    known = book.read(DOCS / FILE)
    known.keep(frozenset(one.key for one in every.mutants))
    unknown = [one for one in chosen if known.of(one) is None]
    if fresh:
        click.echo("\n".join(f"not known: {one.file}:{one.line} {one.operator} {one.key}" for one in unknown))
        click.echo(f"{len(unknown):,} of {len(chosen):,} mutants are to be tried anew")
        return FALLS if unknown else HOLDS
    began = last = kept = time.monotonic()

    def told(done: int, of: int, alive: int) -> None:
        nonlocal last, kept
        now = time.monotonic()
        if now - last >= TELL_S or done == of:
            last = now
            click.echo(f"{now - began:7.1f} s  {done:,}/{of:,} mutants, {alive} alive", err=True)
        if write and now - kept >= KEEP_S:
            kept = now
            _put(FILE, book.text(known))

    left = len(unknown) if write else len(chosen)
    click.echo(f"{left:,} mutants; first the protocol as it is, {len(bounds)} searches", err=True)
    try:
        made = mutant.Made(chosen, every.left_out, every.twice)
        ended = campaign.run(
            made, bounds, processes or os.cpu_count() or 1, told, known, anew=not write, everywhere=not worlds
        )
    except campaign.Unsound as unsound:
        raise click.ClickException(f"the protocol as it is does not pass: {unsound}") from None
    if write:
        _put(FILE, book.text(known))
        _put(PAGE, page.page(every, known))
    click.echo(json.dumps(report.document(ended), indent=1) if as_json else "\n".join(report.lines(ended)))
    return FALLS if ended.unexplained else HOLDS


def _named(found: Sequence[T], names: tuple[str, ...], by: str) -> list[T]:
    """Those of these names; all where none is named."""
    if missing := set(names) - {getattr(one, by) for one in found}:
        raise click.ClickException(f"nothing here has the {by} {', '.join(map(repr, sorted(missing)))}")
    return [one for one in found if not names or getattr(one, by) in names]


def _put(name: str, text: str) -> None:
    """Write one of the files: whole, or not at all."""
    DOCS.mkdir(parents=True, exist_ok=True)
    beside = DOCS / f"{name}.part"
    beside.write_text(text, encoding="utf-8")
    beside.replace(DOCS / name)
