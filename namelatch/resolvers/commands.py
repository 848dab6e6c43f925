"""`namelatch resolvers`: what clients of real resolvers see of an outage, and which resolvers are here."""

import json
import time

import click

from namelatch.finite import Finite
from namelatch.resolvers.cell import DARK_S, MINIMUM_MOST_S, MINIMUMS_S
from namelatch.resolvers.kinds import KINDS

ACCIDENTS = ("empty", "silent")


@click.group()
def resolvers() -> None:
    """Outages as clients of Unbound, Knot Resolver and PowerDNS Recursor see them."""


@resolvers.command("list")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def list_(as_json: bool) -> None:
    """Print the resolvers, their versions here, what switches their serve-stale on, and what is left as it comes."""
    from namelatch.resolvers.installed import version  # noqa: PLC0415

    told = [
        {
            "resolver": one.name,
            "package": one.package,
            "version": version(one),
            "serve_stale": list(one.stale),
            "left_at_defaults": one.left,
        }
        for one in KINDS
    ]
    if as_json:
        click.echo(json.dumps(told, indent=2))
        return
    for one, line in zip(KINDS, told, strict=True):
        click.echo(f"{one.name:10} {line['version'] or 'not installed':14} Debian package {one.package}")
        click.echo(f"{'':10} serve-stale: {'; '.join(one.stale)}")
        click.echo(f"{'':10} left as they are: {one.left}")


@resolvers.command("run")
@click.option(
    "--outage",
    type=click.Choice(ACCIDENTS),
    default="empty",
    show_default=True,
    help="NOERROR without an address, or no answer.",
)
@click.option(
    "--minimum",
    "minimums",
    type=click.IntRange(1, MINIMUM_MOST_S),
    multiple=True,
    metavar="S",
    help=f"SOA MINIMUM; may be repeated.  [default: {', '.join(map(str, MINIMUMS_S))}]",
)
@click.option(
    "--resolver",
    "kinds",
    type=click.Choice([one.name for one in KINDS]),
    multiple=True,
    help="Only this one; may be repeated.  [default: all]",
)
@click.option(
    "--dark",
    "dark_s",
    type=Finite(5, MINIMUM_MOST_S),
    default=DARK_S,
    show_default=True,
    metavar="S",
    help="How long the outage lasts.",
)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def run_(outage: str, minimums: tuple[int, ...], kinds: tuple[str, ...], dark_s: float, as_json: bool) -> int:
    """Make an outage before real resolvers, repair it, and print for how long their clients had no address.

    Takes the outage's length and then the largest MINIMUM: 17 minutes, as it stands. Ends with status 1 when a client
    was dark for longer after the repair than MINIMUM allows, or never saw the outage.
    """
    from namelatch import interrupts  # noqa: PLC0415
    from namelatch.log import configure  # noqa: PLC0415
    from namelatch.resolvers import installed  # noqa: PLC0415

    names = tuple(dict.fromkeys(kinds)) or tuple(one.name for one in KINDS)
    installed.require_all(names)
    configure("error", "console", None, ())  # what happens is told as progress
    from namelatch.resolvers import table as telling  # noqa: PLC0415
    from namelatch.resolvers.accidents import accidents  # noqa: PLC0415
    from namelatch.resolvers.run import Wanted, run  # noqa: PLC0415

    began = time.monotonic()

    def say(what: str) -> None:
        click.echo(f"{time.monotonic() - began:7.1f} s  {what}", err=True)

    (accident,) = (one for one in accidents() if one.name == outage)
    found = interrupts.run(run(Wanted(accident, dark_s, tuple(dict.fromkeys(minimums)) or MINIMUMS_S, names), say))
    if as_json:
        click.echo(json.dumps(telling.document(found.table) | {"shortfalls": found.missing}, indent=2))
    else:
        click.echo("\n".join([*telling.lines(found.table), telling.LEGEND]))
    for line in found.missing:
        click.echo(f"not as it should be: {line}", err=True)
    return 1 if found.missing else 0
