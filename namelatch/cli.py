"""The command line: reads what was asked, checks it, hands it on. What it hands to is imported late, so that
`version`, `--help` and every complaint answer at once and need none of the heavy parts.
"""

import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import click

from coordination.limits import DEMO_RECORDS
from coordination.postures import POSTURES
from namelatch.backend_commands import backend
from namelatch.backends.names import NAMES
from namelatch.boundary import OUTCOME, exit_status
from namelatch.chaos.commands import chaos
from namelatch.demo.options import SHOWN, TOLD, VICTIMS, DemoOptions
from namelatch.finite import Finite
from namelatch.lab.commands import lab
from namelatch.matrix.commands import matrix
from namelatch.resolvers.cell import MINIMUMS_S, minimums
from namelatch.resolvers.commands import resolvers as resolver_commands

if TYPE_CHECKING:
    from namelatch.config import Settings

_DEMO_CONFIG = Path(__file__).resolve().parent.parent / "configs" / "demo.toml"

config_option = click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="TOML file with settings; else NAMELATCH_CONFIG, else built-in ones.",
)


class Lines:
    """Progress as lines with the seconds since the start; on standard error when the output is for machines."""

    def __init__(self, aside: bool) -> None:
        self._stream = sys.stderr if aside else sys.stdout
        self._began = time.monotonic()

    def say(self, line: str) -> None:
        """Print the line at once."""
        print(f"[{time.monotonic() - self._began:6.1f} s] {line}", file=self._stream, flush=True)


def _settings(path: Path | None) -> "Settings":
    """The settings, with logging set up from them."""
    from namelatch.loading import load, secrets  # noqa: PLC0415  (pydantic and structlog: not for every command)
    from namelatch.log import configure  # noqa: PLC0415

    settings = load(path)
    configure(settings.log.level, settings.log.format, settings.log.file, secrets(settings))
    return settings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """DNS automation that can't take a name dark, and the laboratory that proves it."""


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def version(as_json: bool) -> None:
    """Print the versions of all parts."""
    from namelatch.parts import versions  # noqa: PLC0415

    parts = versions()
    if as_json:
        click.echo(json.dumps(parts, indent=2))
        return
    for name, number in parts.items():
        click.echo(f"{name:13} {number or 'not installed'}")


@cli.command()
@config_option
@click.option("--records", type=click.IntRange(1, DEMO_RECORDS), metavar="N", help="RRsets to load.  [default: 20000]")
@click.option(
    "--posture",
    "postures",
    multiple=True,
    type=click.Choice([*(posture.name for posture in POSTURES), "all"]),
    metavar="NAME",
    help=f"May be repeated; all: {', '.join(TOLD)}.  [default: {', '.join(SHOWN)}]",
)
@click.option(
    "--cause", type=click.Choice(["order", "pause"]), help="Lost locks, or a stopped process.  [default: order]"
)
@click.option(
    "--backend", type=click.Choice(NAMES), default="embedded", show_default=True, help="Whose etcd and Kafka."
)
@click.option("--kill", type=click.Choice(VICTIMS), help="SIGKILL this part in the middle of each posture.")
@click.option("--keep", is_flag=True, help="Leave each posture's etcd, broker and DNS port up until Ctrl-C.")
@click.option(
    "--resolvers",
    is_flag=False,
    flag_value=",".join(map(str, MINIMUMS_S)),
    default=None,
    metavar="[MINIMUM,...]",
    help="Real resolvers ask, too, before each SOA MINIMUM; takes the largest.  [default: none; alone: 900,60,5]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, progress on standard error.")
@click.option("--run-dir", type=click.Path(path_type=Path), help="Where reports go.  [default: runs]")
def demo(
    *,
    config: Path | None,
    records: int | None,
    postures: tuple[str, ...],
    cause: str | None,
    backend: str,
    kill: str | None,
    keep: bool,
    resolvers: str | None,
    as_json: bool,
    run_dir: Path | None,
) -> int:
    """Run the race of October 2025 and its fix on a real etcd, Kafka-protocol broker, Ray and DNS server."""
    from namelatch import interrupts, preflight  # noqa: PLC0415
    from namelatch.loading import FILE_VARIABLE  # noqa: PLC0415

    if config is None and FILE_VARIABLE not in os.environ and _DEMO_CONFIG.is_file():
        config = _DEMO_CONFIG
    settings = _settings(config)
    options = DemoOptions(
        records=records or settings.demo.records,
        postures=TOLD if "all" in postures else tuple(dict.fromkeys(postures)) or SHOWN,
        cause=cast(Literal["order", "pause"], cause or settings.demo.cause),
        keep=keep,
        run_dir=run_dir or settings.demo.run_dir,
        settings=settings,
        kill=kill,
        resolvers=() if resolvers is None else minimums(resolvers),
        backend=backend,
    )
    preflight.demo(options)
    from namelatch.demo.run import run  # noqa: PLC0415  (heavy: only once it is known to be possible)
    from namelatch.demo.screen import open_screen  # noqa: PLC0415

    with open_screen(as_json) as screen:
        result = interrupts.run(run(options, screen))
    return 0 if result.as_recorded else OUTCOME


@cli.command()
@config_option
@click.option("--ray", "address", metavar="ADDRESS", help="Ask the actors in this Ray cluster, too.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def status(config: Path | None, address: str | None, as_json: bool) -> None:
    """Print what the authority holds: plans, claims, and how far behind who is."""
    from namelatch import interrupts, preflight  # noqa: PLC0415

    settings = _settings(config)
    preflight.external(settings, kafka=False)
    preflight.running_parts()
    from namelatch.status import look  # noqa: PLC0415

    found = interrupts.run(look(settings))
    document, lines = found.document(), found.lines()
    if address is not None:
        from namelatch.deploying import ask  # noqa: PLC0415

        actors = interrupts.run(ask(address, settings))
        document["actors"] = [asdict(actor) for actor in actors]
        lines += [actor.line() for actor in actors]
    click.echo(json.dumps(document, indent=2) if as_json else "\n".join(lines))


@cli.group()
def dns() -> None:
    """The authoritative DNS server."""


@dns.command("serve")
@config_option
def dns_serve(config: Path | None) -> None:
    """Answer over UDP and TCP from what etcd holds, until told to stop."""
    from namelatch import interrupts, preflight  # noqa: PLC0415

    settings = _settings(config)
    preflight.external(settings, kafka=False)
    preflight.running_parts()
    from namelatch.serving import serve_dns  # noqa: PLC0415

    interrupts.run(serve_dns(settings))


@dns.command("probe")
@config_option
@click.option("--host", help="Whom to ask.  [default: dns.host]")
@click.option("--port", type=click.IntRange(1, 65535), help="[default: dns.port]")
@click.option("--name", help="Zone whose SOA is asked for.  [default: the first of dns.zones]")
@click.option("--tcp", is_flag=True, help="Over TCP, too.")
@click.option("--timeout", type=Finite(0.01, 60), default=2.0, show_default=True, metavar="S")
@click.option("--status", type=click.Path(path_type=Path), help="The server's status file.  [default: dns.status]")
@click.option("--max-stale", type=Finite(0), metavar="S", help="The most it may be behind etcd.")
@click.option("--max-status-age", type=Finite(0), metavar="S", help="The most its status may be old.")
@click.option("--seconds", type=Finite(0.1, 86_400), metavar="S", help="Ask again and again for so long.")
@click.option("--every", type=Finite(0.01), default=1.0, show_default=True, metavar="S")
@click.option("--most-dark", type=Finite(0), default=0.0, metavar="S", help="Without an answer, in --seconds.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def dns_probe(
    *,
    config: Path | None,
    host: str | None,
    port: int | None,
    name: str | None,
    tcp: bool,
    timeout: float,
    status: Path | None,
    max_stale: float | None,
    max_status_age: float | None,
    seconds: float | None,
    every: float,
    most_dark: float,
    as_json: bool,
) -> int:
    """Ask a DNS server for a zone's SOA: 0 it answers and keeps what is asked of it, 1 it does not."""
    from namelatch.probing import Bounds, Question, look, watch  # noqa: PLC0415

    judges_status = max_stale is not None or max_status_age is not None
    if None in (host, port, name) or (judges_status and status is None):
        host, port, name, status = _asked(config, host, port, name, status)
        if judges_status and status is None:
            raise click.UsageError("--max-stale and --max-status-age need --status or dns.status")
    question = Question(cast(str, host), cast(int, port), _domain(cast(str, name)), ("udp", "tcp")[: 1 + tcp], timeout)
    bounds = Bounds(status if judges_status else None, max_stale, max_status_age)
    if seconds is None:
        found = look(question, bounds)
        told = [*found.fell] or [f"{question.name} SOA over {' and '.join(found.answered_s)}: holds"]
        click.echo(json.dumps(found.document()) if as_json else "\n".join(told))
        return OUTCOME if found.fell else 0
    lines = Lines(aside=as_json)
    watched = watch(lambda: look(question, bounds), seconds, every, lines.say)
    summary = f"{watched.looks} looks, {watched.fallen} fell, {watched.darkest_s:g} s at most without one that held"
    click.echo(json.dumps(watched.document()) if as_json else summary)
    return OUTCOME if watched.darkest_s > most_dark or watched.last else 0


def _asked(
    path: Path | None, host: str | None, port: int | None, name: str | None, status: Path | None
) -> tuple[str, int, str, Path | None]:
    """What was not said, from the configuration; a server that listens on every address is asked on loopback."""
    ours = _settings(path).dns
    loopback = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  (nothing is bound here)
    if not (port or ours.port):
        raise click.UsageError("--port: no port is configured")
    return host or loopback.get(ours.host, ours.host), port or ours.port, name or ours.zones[0], status or ours.status


def _domain(name: str) -> str:
    from coordination.records import BadRecords, endpoint  # noqa: PLC0415

    try:
        return endpoint(name)
    except BadRecords:
        raise click.UsageError(f"--name: {name!r} is no domain name") from None


@cli.command()
@config_option
@click.option(
    "--backend",
    type=click.Choice(NAMES),
    help="Whose etcd and Kafka.  [default: external; embedded with --ephemeral]",
)
@click.option("--ephemeral", is_flag=True, help="Allow a backend that forgets everything: any but external.")
@click.option(
    "--ray", "address", metavar="ADDRESS", help="Deploy into this Ray cluster and end.  [default: ray.address]"
)
def up(config: Path | None, backend: str | None, ephemeral: bool, address: str | None) -> None:
    """Run planner, enactors, collector and DNS server until told to stop; in a Ray cluster, probers for the last."""
    from namelatch import interrupts, preflight  # noqa: PLC0415

    settings = _settings(config)
    if cluster := address or settings.ray.address:
        if ephemeral or backend not in {None, "external"}:
            raise click.UsageError("embedded and local parts serve one machine: a cluster needs your etcd and Kafka")
        preflight.external(settings)
        preflight.running_parts()
        from namelatch.deploying import deploy  # noqa: PLC0415

        interrupts.run(deploy(cluster, settings, Lines(aside=False)))
        return
    backend = backend or ("embedded" if ephemeral else "external")
    preflight.up(settings, backend, ephemeral)
    from namelatch.up import run  # noqa: PLC0415

    interrupts.run(run(settings, backend, Lines(aside=False)))


@cli.command()
@config_option
@click.option("--ray", "address", metavar="ADDRESS", help="Of the cluster.  [default: ray.address]")
def down(config: Path | None, address: str | None) -> None:
    """End the actors that `up --ray` left running; what they wrote and what is served stays."""
    from namelatch import interrupts, preflight  # noqa: PLC0415

    settings = _settings(config)
    cluster = _address(address, settings)
    preflight.running_parts()
    from namelatch.deploying import take_down  # noqa: PLC0415

    interrupts.run(take_down(cluster, settings, Lines(aside=False)))


@cli.command()
@config_option
@click.option("--ray", "address", metavar="ADDRESS", help="Of the cluster.  [default: ray.address]")
@click.option("--actor", "role", metavar="NAME", help="Of this one only: planner, collector, enactor-a.")
@click.option("--lines", "most", type=click.IntRange(1, 500), default=100, show_default=True, metavar="N")
def logs(config: Path | None, address: str | None, role: str | None, most: int) -> None:
    """Print what the actors in a Ray cluster decided last, as JSON lines in the order of time."""
    from namelatch import interrupts, preflight  # noqa: PLC0415

    settings = _settings(config)
    cluster = _address(address, settings)
    preflight.running_parts()
    from namelatch.deploying import read_logs  # noqa: PLC0415

    for line in interrupts.run(read_logs(cluster, settings, role, most, Lines(aside=True))):
        click.echo(line)


def _address(said: str | None, settings: "Settings") -> str:
    if found := said or settings.ray.address:
        return found
    raise click.UsageError("--ray: no Ray cluster is configured; without one, end `namelatch up` itself")


cli.add_command(lab)
cli.add_command(matrix)
cli.add_command(chaos)
cli.add_command(backend)
cli.add_command(resolver_commands)


def main() -> None:
    """The `namelatch` program."""
    sys.exit(exit_status(lambda: cli.main(prog_name="namelatch", standalone_mode=False)))
