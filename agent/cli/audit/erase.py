"""``maaza audit erase``: removes all that a device ever said."""

from __future__ import annotations

import contextlib
import sqlite3
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from agent.cli import database as files
from agent.cli import options
from agent.errors import Permanent
from agent.message import Json
from agent.terminal import BOLD, paint_for

if TYPE_CHECKING:
    from agent.buffer.erase import Erasure

UNIT_ROWS: Final = 200
"""Messages removed in one transaction."""
UNIT_PAGES: Final = 500
"""Pages given back to the disk in one transaction."""
LOG_WAIT_S: Final = 30.0
"""How long to wait for readers to let the log be emptied, seconds."""


@click.command("erase")
@click.option("--device", required=True, help="The device, as in v_states.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@files.option
@options.as_json
def erase(*, device: str, yes: bool, database: Path, as_json: bool) -> None:
    """Remove all texts and values of a device: messages, records, dead letters, words, and their traces.

    Also what waits or is not delivered yet. An event says how many there were, not what they said. The agent
    may be running; what the device sends from now on is taken in as before. Copies elsewhere stay: what was
    published, snapshots, exports.
    """
    with contextlib.closing(files.writable(database)) as db:
        known = count(db, device)
        if not yes and sys.stdin.isatty():
            click.confirm(f"Remove {known} messages of {device!r} for good?", abort=True)
        elif not yes:
            raise click.UsageError("nobody is there to ask: give --yes.")
        done = remove(db, database, device)
        sweep(db, database)
    left = [str(file) for file in copies(database)]
    if as_json:
        facts: dict[str, Json] = {"device": device, "messages": done.states.total(), "copies": list(left)}
        options.print_json(facts | {"states": dict(done.states)})
        return
    states = ", ".join(f"{number} {state}" for state, number in sorted(done.states.items()))
    paint = paint_for(sys.stdout)
    click.echo(
        f"{paint(str(done.states.total()), BOLD)} messages removed{f': {states}' if states else ''}",
        color=True,
    )
    if left:
        click.echo(f"copies that may still hold them: {', '.join(left)}", err=True)


def copies(path: Path) -> list[Path]:
    """Return files beside the database that may still hold what was removed: set aside, or snapshots."""
    beside = path.parent.glob(f"{path.name}.damaged-*")
    return sorted([*beside, *path.parent.glob("snapshots/*.db")])


def count(db: sqlite3.Connection, device: str) -> int:
    """Return the messages of a device."""
    number: int = db.execute("SELECT count(*) FROM v_states WHERE device = ?", (device,)).fetchone()[0]
    return number


def remove(db: sqlite3.Connection, path: Path, device: str) -> Erasure:
    """Remove the device's messages in short transactions, those first that came first."""
    from agent.buffer import erase as work  # noqa: PLC0415 - only this verb needs it

    with files.reported(path):
        what = work.begin(db, device)
    gone = 1
    while gone:
        with files.unit(db, path):
            gone = work.some(db, what, UNIT_ROWS, now=time.time())
    return what


def sweep(db: sqlite3.Connection, path: Path) -> None:
    """Remove the traces: in the index of words, in free pages, in the log.

    Raises:
        Permanent: a reader keeps the log from being emptied; everything else is done.
    """
    from agent.buffer import erase as work  # noqa: PLC0415 - only this verb needs it

    with files.unit(db, path):
        more = work.merge_index(db, first=True)
    while more:
        with files.unit(db, path):
            more = work.merge_index(db, first=False)
    pages = 1
    while pages:
        with files.unit(db, path):
            pages = work.give_back_free_pages(db, UNIT_PAGES)
    empty_log(db, path)


def empty_log(db: sqlite3.Connection, path: Path) -> None:
    """Copy the log into the file and cut it to nothing; wait for readers for a while."""
    until = time.monotonic() + LOG_WAIT_S
    while True:
        with files.reported(path):
            busy = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if not busy:
            return
        if time.monotonic() > until:
            cause = "another program reads the database all the time, so its log cannot be emptied yet"
            remedy = "end that program, then call the same again: the rest is done"
            raise Permanent(f"empty the log of {path}", cause=cause, remedy=remedy)
        time.sleep(files.PAUSE_S)
