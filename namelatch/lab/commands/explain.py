"""`namelatch lab explain`: a scenario's story."""

import json

import click


@click.command()
@click.argument("scenario")
@click.option("--markdown", is_flag=True, help="As a page, with a diagram; for scenarios that have a script.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def explain(scenario: str, markdown: bool, as_json: bool) -> None:
    """Tell SCENARIO: its story, its ordering rule, what each posture makes of it, and one run step by step."""
    from namelatch.lab.commands.asked import scenario_asked  # noqa: PLC0415
    from namelatch.lab.playing.script import perform  # noqa: PLC0415
    from namelatch.lab.scripts import script  # noqa: PLC0415
    from namelatch.lab.telling import explanation, page  # noqa: PLC0415

    if markdown and as_json:
        raise click.UsageError("--markdown and --json exclude each other")
    asked = scenario_asked(scenario)
    written = script(asked.id)
    if markdown and written is None:
        raise click.ClickException(f"{asked.id} has no script, so there is no page of it")
    performed = None if written is None else (written, perform(written))
    if as_json:
        click.echo(json.dumps(explanation.document(asked, performed), indent=2))
    elif markdown and performed is not None:
        click.echo("\n".join(page.page(asked, *performed)))
    else:
        click.echo("\n".join(explanation.lines(asked, performed)))
