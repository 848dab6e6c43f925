"""`namelatch lab list`: the scenarios there are."""

import json

import click


@click.command("list")
@click.option("--markdown", is_flag=True, help="As the page docs/lab/scenarios.md.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def list_(markdown: bool, as_json: bool) -> None:
    """List the scenarios: id, title, what must fall under which posture, and why."""
    from namelatch.lab.scenarios import SCENARIOS  # noqa: PLC0415
    from namelatch.lab.scenarios.accounted import ACCOUNTED  # noqa: PLC0415
    from namelatch.lab.telling import catalogue  # noqa: PLC0415

    if markdown and as_json:
        raise click.UsageError("--markdown and --json exclude each other")
    if markdown:
        click.echo("\n".join(catalogue.markdown(SCENARIOS, ACCOUNTED)))
    elif as_json:
        click.echo(json.dumps(catalogue.document(SCENARIOS), indent=2))
    else:
        click.echo("\n".join(catalogue.listed(SCENARIOS)))
