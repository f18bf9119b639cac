"""``maaza run``: the agent, until it is told to stop."""

from __future__ import annotations

import faulthandler
import os
from functools import partial
from pathlib import Path

import click

from agent.cli import options

STDERR = 2
"""File descriptor of standard error, which the journal reads."""


@click.command()
@options.config
@click.pass_context
def command(ctx: click.Context, path: Path) -> None:
    """Run the agent with a settings file.

    Subscribes, extracts, publishes, until SIGTERM or SIGINT asks it to finish what it has in hand; SIGHUP
    reads the configuration again. Logs go to standard error: for people on a terminal, else one JSON object
    per line.
    """
    from agent import app, log  # noqa: PLC0415 - the whole product

    read = partial(app.read, path, os.environ)
    configuration = read()
    speak = configuration.settings.log
    log.configure(level=speak.level, payloads=speak.payloads)
    # The watchdog ends a process with SIGABRT: the log then shows where each thread stood.
    faulthandler.enable(STDERR)
    ctx.exit(app.run(configuration, read=read))
