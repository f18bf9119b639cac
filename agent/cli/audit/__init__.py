"""``maaza audit``: what became of every message. Only ``erase`` changes anything."""

from __future__ import annotations

import click

from agent.cli.audit.erase import erase
from agent.cli.audit.export import export
from agent.cli.audit.query import query
from agent.cli.audit.snapshot import snapshot
from agent.cli.audit.verify import verify


@click.group()
def command() -> None:
    """Prove where every message ended; ask, export, copy, erase."""


for verb in (verify, query, export, snapshot, erase):
    command.add_command(verb)
