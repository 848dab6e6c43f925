"""`namelatch backend`: what the backend `local` consists of, and how it gets onto this machine."""

import json

import click


@click.group()
def backend() -> None:
    """What `--backend local` needs: Apache Kafka, Java, etcd."""


@backend.command("fetch")
@click.option("--maven", metavar="URL", help="Repository to fetch from; else NAMELATCH_MAVEN, ~/.m2, Maven Central.")
def fetch_(maven: str | None) -> None:
    """Fetch Apache Kafka's jars into the cache, each checked against its pinned SHA-256."""
    from namelatch.backends.fetch import fetch, repository  # noqa: PLC0415  (nothing of it for other commands)

    base = repository(maven)
    directory = fetch(base, lambda line: click.echo(line, err=True))
    click.echo(directory)


@backend.command("show")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def show(as_json: bool) -> None:
    """Print what the local backend would run, and what it lacks; status 2 when it lacks something."""
    from namelatch.backends.installed import installed  # noqa: PLC0415

    found = installed()
    if as_json:
        click.echo(json.dumps(found.document(), indent=2))
    else:
        click.echo("\n".join(found.lines()))
    found.require()
