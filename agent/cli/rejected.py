"""``maaza rejected``: a second chance for messages that were rejected."""

from __future__ import annotations

import contextlib
import sqlite3
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from agent.cli import database as files
from agent.cli import moments, options
from agent.errors import Permanent
from agent.message import DROPS, Reason
from agent.terminal import BOLD, paint_for

if TYPE_CHECKING:
    from agent.buffer.requeue import Choice

REASONS: Final = sorted(str(one) for one in set(Reason) - DROPS)
"""Why a message may be rejected."""
UNIT_ROWS: Final = 200
"""Messages put back in one transaction."""


@click.group()
def command() -> None:
    """Put rejected messages back."""


@command.command("requeue")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option(
    "--reason",
    type=click.Choice(REASONS),
    metavar="REASON",
    help="Rejected for this reason, as in v_rejected.",
)
@click.option("--device", help="Of this device.")
@moments.since
@moments.until
@click.option("--all", "everything", is_flag=True, help="All of them.")
@click.option("--redacted", is_flag=True, help="Also those whose text a redaction rule has changed.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many, the oldest first.")
@click.option("--dry-run", is_flag=True, help="Only say how many.")
@files.option
@options.as_json
def requeue(  # noqa: PLR0913 - one parameter per option
    ids: tuple[str, ...],
    reason: str | None,
    device: str | None,
    since: float | None,
    until: float | None,
    *,
    everything: bool,
    redacted: bool,
    limit: int | None,
    dry_run: bool,
    database: Path,
    as_json: bool,
) -> None:
    """Try rejected messages again, after a new schema, template, model or route; they keep their ids.

    All that is given must fit. The agent may be running: it takes them within a second, under the
    configuration that is in force then. Each former verdict stays in v_events.
    """
    from agent.buffer.requeue import Choice, fitting, unfit  # noqa: PLC0415 - only this verb needs it

    if not (ids or reason or device or since or until or everything):
        raise click.UsageError("say which: ids, --reason, --device, --since, --until, or --all.")
    choice = Choice(ids or None, reason, device, since, until, redacted)
    with contextlib.closing(files.writable(database)) as db:
        with files.reported(database):
            left, found = unfit(db, choice), fitting(db, choice)
        if ids and not (left or found):
            remedy = "see `maaza audit query --view rejected`"
            raise Permanent("put messages back", cause="none that is rejected has such an id", remedy=remedy)
        count = min(found, limit or found) if dry_run else put_back(db, database, choice, limit or found)
    if as_json:
        options.print_json({"put_back": 0 if dry_run else count, "chosen": found, "unfit": left})
        return
    paint = paint_for(sys.stdout)
    click.echo(f"{paint(str(count), BOLD)} of {found} {'would go' if dry_run else 'went'} back", color=True)
    if left:
        click.echo(f"{left} more cannot: they have no text, or a redacted one (--redacted)")


def put_back(db: sqlite3.Connection, path: Path, choice: Choice, limit: int) -> int:
    """Put messages back in short transactions, each message once; return how many."""
    from agent.buffer.requeue import put_back as some  # noqa: PLC0415 - only this verb needs it

    count = after = 0
    while count < limit:
        with files.unit(db, path):
            went = some(db, choice, after=after, limit=min(UNIT_ROWS, limit - count), now=time.time())
        if not went.count:
            break
        count, after = count + went.count, went.last
    return count
