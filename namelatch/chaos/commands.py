"""`namelatch chaos`: run a plan of faults on real processes and judge what happened; list the kinds of faults."""

import json
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coordination.limits import DEMO_RECORDS
from coordination.postures import POSTURES
from namelatch.finite import Finite
from namelatch.trouble import BadEnvironment

if TYPE_CHECKING:
    from namelatch.chaos.plan import Planned
    from namelatch.chaos.verdict import Verdict

HOLDS, FALLS = 0, 1
BACKENDS = ("local", "docker", "embedded")
RECORDS, RATE = 2_000, 0.5
PLAN, PARTS = "plan.json", "backend"  # in a run's directory
AFTER_S = 5.0  # a plan's file ends so long after its last fault


@click.group()
def chaos() -> None:
    """Faults on real processes: etcd, Kafka, the roles and the DNS server, while plans and questions keep coming."""


@chaos.command("list")
@click.option("--ray", "on_ray", is_flag=True, help="What a run with --ray may strike.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def list_(on_ray: bool, as_json: bool) -> None:
    """Print the kinds of faults: what each strikes, what it does, how it heals."""
    from dataclasses import asdict  # noqa: PLC0415

    from namelatch.chaos.catalogue import KINDS, MEMBERS, targets  # noqa: PLC0415
    from namelatch.chaos.grounds import raylets_here  # noqa: PLC0415

    raylets = raylets_here() if on_ray else ()
    offered = {kind: there for kind in KINDS if (there := targets(kind, MEMBERS, True, raylets))}
    if as_json:
        told = [asdict(kind) | {"targets": there} for kind, there in offered.items()]
        click.echo(json.dumps(told, indent=2))
        return
    for kind, there in offered.items():
        click.echo(f"{kind.name:15} {kind.what}; heals: {kind.heals}")
        click.echo(f"{'':15} on {', '.join(there)}")


@chaos.command()
@click.option("--backend", type=click.Choice(BACKENDS), default="local", show_default=True)
@click.option("--ray", "on_ray", is_flag=True, help="The roles as actors on a Ray cluster of three raylets.")
@click.option("--plan", type=click.Path(dir_okay=False, path_type=Path), help="The faults, as TOML or JSON.")
@click.option("--random", "is_random", is_flag=True, help="Draw the faults from the seed.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the faults, and of the changes of the inputs.")
@click.option("--minutes", type=Finite(0.2, 240), default=5.0, show_default=True, help="With --random.")
@click.option("--posture", type=click.Choice([one.name for one in POSTURES]), default="hardened", show_default=True)
@click.option("--records", type=click.IntRange(10, DEMO_RECORDS), default=RECORDS, show_default=True, metavar="N")
@click.option("--rate", type=Finite(0.01, 20), default=RATE, show_default=True, help="Changes a second.")
@click.option("--rest", "rest_s", type=Finite(1, 7200), help="Seconds to converge in.  [default: by records]")
@click.option("--directory", type=click.Path(path_type=Path), help="For the run's files.  [default: runs/chaos-...]")
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON.")
def run(as_json: bool, **asked: Any) -> int:
    """Run faults and judge what happened. Ends with status 1 when something fell."""
    from namelatch import interrupts, log  # noqa: PLC0415
    from namelatch.backends.choice import require  # noqa: PLC0415

    if (asked["plan"] is not None) == asked["is_random"]:
        raise click.UsageError("either --plan FILE or --random: what shall go wrong?")
    log.configure("error")
    chosen, seconds = _chosen(asked)
    require(asked["backend"])
    directory, made = _directory(asked["directory"])
    try:
        verdict, banner = interrupts.run(_performed(asked, chosen, seconds, directory))
    except BaseException:
        if not _unmade(directory, made):
            click.echo(f"the run's files: {directory}", err=True)
        raise
    from namelatch.chaos import told  # noqa: PLC0415

    found = told.document(verdict, directory, banner)
    (directory / "verdict.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    click.echo(json.dumps(found, indent=1) if as_json else "\n".join(told.lines(verdict, directory)))
    return HOLDS if verdict.holds else FALLS


def _directory(asked: Path | None) -> tuple[Path, list[Path]]:
    """The run's own directory, and which had to be made for it, the innermost first."""
    where = (asked or Path("runs") / time.strftime("chaos-%Y%m%d-%H%M%S")).absolute()
    try:
        made = [path for path in (where, *where.parents) if not path.exists()]
        for path in reversed(made[1:]):
            path.mkdir(exist_ok=True)
        where.mkdir()
    except FileExistsError:
        raise click.UsageError(f"--directory: {where} is there already: its files would be mixed with others") from None
    except OSError as error:
        for path in made:
            with suppress(OSError):  # not made
                path.rmdir()
        raise BadEnvironment(f"can't write to {where}: {error.strerror}") from None
    return where, made


def _unmade(directory: Path, made: list[Path]) -> bool:
    """Remove the directory again if nothing ran in it: there is no more than a plan, and room for a backend."""
    plan, backend = directory / PLAN, directory / PARTS
    if set(directory.iterdir()) - {plan, backend} or (backend.exists() and any(backend.iterdir())):
        return False
    plan.unlink(missing_ok=True)
    for path in (backend, *made):
        if path.exists() and not any(path.iterdir()):
            path.rmdir()
    return True


def _chosen(asked: dict[str, Any]) -> "tuple[tuple[Planned, ...], float]":
    """The faults, and for how many seconds the run goes on."""
    from namelatch.chaos import draw, grounds, plan  # noqa: PLC0415

    members, linked = grounds.offered(asked["backend"])
    raylets = grounds.raylets() if asked["on_ray"] else ()
    try:
        if not asked["is_random"]:
            chosen = plan.read(asked["plan"])
            plan.check(chosen, members, linked, raylets)
            return chosen, max(one.until_s for one in chosen) + AFTER_S
    except plan.BadPlan as bad:
        raise click.UsageError(str(bad)) from None
    seconds = 60 * asked["minutes"]
    chosen = draw.drawn(asked["seed"], seconds, members, linked, raylets)
    if not chosen:
        raise click.UsageError(f"no fault of seed {asked['seed']} fits into {seconds:g} s: give --minutes more")
    return chosen, seconds


async def _performed(
    asked: dict[str, Any], chosen: "tuple[Planned, ...]", seconds: float, directory: Path
) -> "tuple[Verdict, str]":
    import asyncio  # noqa: PLC0415

    from namelatch.chaos import grounds, plan, verdict  # noqa: PLC0415
    from namelatch.chaos.run import Asked, perform  # noqa: PLC0415
    from namelatch.demo.inventory import inventory  # noqa: PLC0415

    began = time.monotonic()

    def say(line: str) -> None:
        print(f"[{time.monotonic() - began:6.1f} s] {line}", file=sys.stderr, flush=True)

    (directory / PLAN).write_text(plan.text(chosen), encoding="utf-8")
    there = inventory(asked["records"])
    what = Asked(
        chosen, asked["posture"], there, asked["rate"], seconds, asked["seed"], asked["on_ray"], asked["rest_s"]
    )
    async with grounds.opened(asked["backend"], directory / PARTS, say) as running:
        say(running.banner)
        say(f"{len(chosen)} faults in {seconds:.0f} s: {directory / PLAN}")
        evidence = await perform(what, running, directory, say)
    running.forget()
    say("judging")
    return await asyncio.to_thread(verdict.reach, evidence), "; ".join(filter(None, (running.banner, evidence.banner)))
