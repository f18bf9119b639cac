"""``maaza run``: the agent, until it is told to stop."""

from __future__ import annotations

from pathlib import Path

import click

from agent.cli.options import DEFAULT_SETTINGS


@click.command()
@click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path),
    default=DEFAULT_SETTINGS,
    show_default=True,
    help="Settings file (TOML).",
)
@click.pass_context
def command(ctx: click.Context, path: Path) -> None:
    """Run the agent with a settings file.

    Subscribes, extracts, publishes, until SIGTERM or SIGINT asks it to finish what it has in hand. Logs go to
    standard error: for people on a terminal, else one JSON object per line.
    """
    from agent import app, log, settings  # noqa: PLC0415 - the whole product

    loaded = settings.load(path)
    log.configure(level=loaded.log.level)
    ctx.exit(app.run(loaded))
