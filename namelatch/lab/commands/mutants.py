"""`namelatch lab mutants`: the protocol's source with one thing broken, a thousand times; does the lab notice?"""

import json
import os
import time

import click

from namelatch.lab.commands.ends import FALLS, HOLDS

TELL_S = 2.0  # between two lines of progress


@click.command()
@click.option("--operator", metavar="NAME", help="Only mutants of this operator.")
@click.option("--file", metavar="PATH", help="Only mutants of this file, say actors/enactor.py.")
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="Only so many of them, chosen by chance.")
@click.option("--seed", type=int, default=1, show_default=True, metavar="N", help="Which chance.")
@click.option("--processes", type=click.IntRange(min=1), metavar="N", help="So many at a time.  [default: all cores]")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def mutants(
    *, operator: str | None, file: str | None, sample: int | None, seed: int, processes: int | None, as_json: bool
) -> int:
    """Break the protocol's own source in one place at a time, and see that the lab alone notices.

    Ends with status 1 when a mutant survives for which no reason is given.
    """
    from namelatch.lab.mutants import campaign, mutant, report  # noqa: PLC0415
    from namelatch.lab.mutants.bounds import BOUNDS  # noqa: PLC0415
    from namelatch.lab.mutants.operators import OPERATORS  # noqa: PLC0415
    from namelatch.lab.mutants.scope import FILES  # noqa: PLC0415

    names = [one.name for one in OPERATORS]
    if operator is not None and operator not in names:
        raise click.ClickException(f"no operator {operator!r}: there are {', '.join(names)}")
    if file is not None and file not in FILES:
        raise click.ClickException(f"no mutants of {file!r}: there are of {', '.join(FILES)}")
    made = mutant.make(FILES if file is None else (file,))
    made.mutants = [one for one in made.mutants if operator in {None, one.operator}]
    if sample is not None:
        made.mutants = campaign.sampled(made.mutants, sample, seed)
    began = last = time.monotonic()

    def told(done: int, of: int, alive: int) -> None:
        nonlocal last
        if time.monotonic() - last >= TELL_S or done == of:
            last = time.monotonic()
            click.echo(f"{last - began:7.1f} s  {done:,}/{of:,} mutants, {alive} alive", err=True)

    click.echo(f"{len(made.mutants):,} mutants; first the protocol as it is, {len(BOUNDS)} searches", err=True)
    try:
        ended = campaign.run(made, BOUNDS, processes or os.cpu_count() or 1, told)
    except campaign.Unsound as unsound:
        raise click.ClickException(f"the protocol as it is does not pass: {unsound}") from None
    click.echo(json.dumps(report.document(ended), indent=1) if as_json else "\n".join(report.lines(ended)))
    return FALLS if ended.unexplained else HOLDS
