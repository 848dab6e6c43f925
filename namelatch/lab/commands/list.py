"""`namelatch lab list`: the scenarios there are."""

import json

import click


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def list_(as_json: bool) -> None:
    """List the scenarios: id, title, and what must fall under which posture."""
    from namelatch.lab.scenarios import SCENARIOS  # noqa: PLC0415
    from namelatch.lab.telling import catalogue  # noqa: PLC0415

    if as_json:
        click.echo(json.dumps(catalogue.document(SCENARIOS), indent=2))
    else:
        click.echo("\n".join(catalogue.listed(SCENARIOS)))
