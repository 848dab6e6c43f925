"""`namelatch lab lattice`: every subset of the safeguards against the core scenarios."""

import time
from pathlib import Path

import click

from namelatch.lab.commands.ends import FALLS, HOLDS

DOCS = Path("docs/lab")
FILE = "lattice.json"


@click.command()
@click.option("--scenario", "only", metavar="ID", help="Only this one.  [default: all core scenarios]")
@click.option("--write", is_flag=True, help=f"Compute what of {DOCS}/{FILE} is not fresh; write it and its pages.")
@click.option("--anew", is_flag=True, help="With --write: compute what is fresh, too.")
@click.option("--fresh", is_flag=True, help=f"Only say what of {DOCS} is not fresh; status 1 if anything is.")
@click.option("--processes", type=click.IntRange(1), metavar="N", help="At so many at once.  [default: one a core]")
@click.option("--json", "as_json", is_flag=True, help="The cells, for machines.")
def lattice(*, only: str | None, write: bool, anew: bool, fresh: bool, processes: int | None, as_json: bool) -> int:
    """Compute which subsets of the safeguards are safe, and what falls under the others.

    On all cores, in minutes for all scenarios. --write leaves a page and what it is made from, beside the sources.
    """
    from namelatch.lab.commands.asked import scenario_asked  # noqa: PLC0415
    from namelatch.lab.lattice import computing, page, pages, stored  # noqa: PLC0415

    if (anew or fresh) and (as_json or (fresh and (write or only or anew)) or (anew and not write)):
        raise click.ClickException("--fresh stands alone, and --anew goes with --write")
    if only is not None and not scenario_asked(only).core and write:
        raise click.ClickException(f"{only} is no core scenario: the page is made of those")
    on_file = stored.read(DOCS / FILE)
    old = list(computing.stale(on_file))
    if fresh:
        ids = dict.fromkeys(id for *_, id in old)
        click.echo("\n".join([*(f"not fresh: {id}" for id in ids), f"{len(ids)} of {len(computing.core())} scenarios"]))
        return FALLS if old else HOLDS
    whole = computing.tasks_of(computing.core() if only is None else (only,))
    wanted = [task for task in whole if anew or not write or task in old]
    began = time.monotonic()

    def told(task: computing.Task | None, done: int, of: int) -> None:
        what = "at work" if task is None else "{2}: {0} of {1}".format(*task)
        click.echo(f"{time.monotonic() - began:7.1f} s  {done}/{of}  {what}", err=True)

    base = on_file if write else stored.empty()
    data = computing.renewed(base, wanted, told, processes)
    if write:
        DOCS.mkdir(parents=True, exist_ok=True)
        for name, text in ((FILE, stored.text(data)), *pages.pages(data)):
            (DOCS / name).write_text(text, encoding="utf-8")
        missing = [id for id in computing.core() if id not in data["scenarios"]]
        told_ = f", still to compute: {', '.join(missing)}" if missing else ""
        click.echo(f"written to {DOCS}: {len(data['scenarios'])} scenarios{told_}")
        return HOLDS
    click.echo(stored.text(data) if as_json else page.page(data), nl=False)
    return HOLDS
