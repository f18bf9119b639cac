"""``maaza audit``: proof where each message ended, and questions in SQL. Reads, never writes."""

from __future__ import annotations

import contextlib
import csv
import io
import math
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import click

from agent.cli import options
from agent.errors import Permanent
from agent.message import TERMINAL, Json
from agent.terminal import BOLD, GREEN, RED, Paint, cut, paint_for, table

DEFAULT_DATABASE: Final = Path("/var/lib/maaza/maaza.db")
CELL_CELLS: Final = 60
"""Cells of a value in a table; JSON and CSV have it whole."""
LOCK_WAIT_S: Final = 5.0
"""How long to wait for the agent's lock on the file, seconds."""
VIEWS: Final = ("records", "rejected", "states", "latency")
DEFAULT_ROWS: Final = 100

ALLOWED: Final = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)
"""What a question may do to the database."""

database = click.option(
    "--database",
    type=click.Path(path_type=Path),
    default=DEFAULT_DATABASE,
    show_default=True,
    help="Database of the agent; it may be running.",
)


@click.group()
def command() -> None:
    """Prove where every message ended; ask questions in SQL."""


@command.command("verify")
@database
@options.as_json
@click.option("--settled", is_flag=True, help="Fail also where a message has not reached its end yet.")
@click.pass_context
def verify(ctx: click.Context, database: Path, *, as_json: bool, settled: bool) -> None:
    """Prove that every message is in exactly one state, and that nothing contradicts it.

    Exit code 1 where the file is damaged or a message has a fault.
    """
    with contextlib.closing(opened(database)) as db:
        found = examined(db, database)
    sound = not found["faults"] and found["integrity"] == "ok" and not (settled and found["open"])
    if as_json:
        options.print_json({**found, "sound": sound})
    else:
        click.echo(verdict(found, paint_for(sys.stdout), sound=sound), color=True)
    ctx.exit(int(not sound))


def examined(db: sqlite3.Connection, path: Path) -> dict[str, Json]:
    """Return what `facts` finds; damage may show only where a page is read."""
    try:
        return facts(db)
    except sqlite3.Error as error:
        remedy = "keep the file for salvage; the agent sets a damaged one aside when it starts"
        raise Permanent(f"verify {path}", cause=str(error), remedy=remedy) from error


def facts(db: sqlite3.Connection) -> dict[str, Json]:
    """Return the messages by state, those not at their end, contradictions, and the file's own integrity."""
    states: dict[str, Json] = dict(
        db.execute("SELECT state, count(*) FROM v_states GROUP BY state ORDER BY state").fetchall()
    )
    faults = db.execute(
        "SELECT id, state, fault FROM v_states WHERE fault IS NOT NULL ORDER BY seq"
    ).fetchall()
    not_ended = "SELECT count(*) FROM v_states WHERE NOT terminal"
    return {
        "messages": db.execute("SELECT count(*) FROM v_states").fetchone()[0],
        "states": states,
        "open": db.execute(not_ended).fetchone()[0],
        "faults": [{"id": row[0], "state": row[1], "fault": row[2]} for row in faults],
        "integrity": db.execute("PRAGMA integrity_check(1)").fetchone()[0],
    }


def verdict(found: dict[str, Json], paint: Paint, *, sound: bool) -> str:
    """Return the proof for people."""
    states, faults = found["states"], found["faults"]
    rows = [(name, str(count)) for name, count in states.items()] if isinstance(states, dict) else []
    codes = [(BOLD,) if name in TERMINAL else () for name, _ in rows]
    lines = [
        table(
            [*rows, ("all", str(found["messages"]))], ("state", "messages"), paint=paint, codes=[*codes, ()]
        )
    ]
    lines += (
        [f"{one['id']}: {one['fault']}" for one in faults if isinstance(one, dict)]
        if isinstance(faults, list)
        else []
    )
    lines.append(f"integrity: {found['integrity']}, not at their end: {found['open']}")
    lines.append(paint("sound", GREEN, BOLD) if sound else paint("not sound", RED, BOLD))
    return "\n".join(lines)


@command.command("query")
@click.argument("sql", required=False)
@click.option(
    "--view", type=click.Choice(VIEWS), help="Instead of SQL: the newest rows of v_records and so on."
)
@click.option(
    "--limit", type=click.IntRange(min=1), default=DEFAULT_ROWS, show_default=True, help="Rows of --view."
)
@database
@options.as_json
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
def query(
    sql: str | None, view: str | None, limit: int, database: Path, *, as_json: bool, as_csv: bool
) -> None:
    """Ask a question: one SELECT over the views v_records, v_rejected, v_states, v_latency, or --view."""
    if (sql is None) == (view is None) or (sql is not None and not sql.strip()):
        message = "give either SQL or --view."
        raise click.UsageError(message)
    with contextlib.closing(opened(database)) as db:
        header, rows = asked(db, sql or f"SELECT * FROM v_{view} ORDER BY id DESC LIMIT {limit}")  # noqa: S608 - of VIEWS
    if as_json:
        options.print_json([dict(zip(header, map(plain, row), strict=True)) for row in rows])
    elif as_csv:
        click.echo(written(header, rows), nl=False)
    else:
        cells = [[cut(str(plain(cell)), CELL_CELLS) for cell in row] for row in rows]
        click.echo(table(cells, header, paint=paint_for(sys.stdout)), color=True)


def asked(db: sqlite3.Connection, sql: str) -> tuple[list[str], list[tuple[object, ...]]]:
    """Run one SELECT; anything that is not a question is refused by SQLite itself."""
    db.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in ALLOWED else sqlite3.SQLITE_DENY)
    try:
        cursor = db.execute(sql)
        return [column[0] for column in cursor.description or ()], cursor.fetchall()
    except (sqlite3.Error, sqlite3.Warning, UnicodeEncodeError) as error:
        remedy = (
            "write one SELECT; the tables are v_records, v_rejected, v_states, v_latency, v_configurations"
        )
        raise Permanent("ask the database", cause=str(error), remedy=remedy) from error


def plain(cell: object) -> Json:
    """Return a value of SQLite as JSON has it; an infinite number, which JSON lacks, as text."""
    if isinstance(cell, bytes):
        return cell.hex()
    if isinstance(cell, float) and not math.isfinite(cell):
        return str(cell)
    return cell if isinstance(cell, (int, float, str)) else None


def written(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return rows as CSV (RFC 4180)."""
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(header)
    writer.writerows([plain(cell) for cell in row] for row in rows)
    return target.getvalue()


def opened(path: Path) -> sqlite3.Connection:
    """Open the agent's database for reading.

    A file that no agent has open is read as it is; beside a running agent its shared memory is used, which
    asks for rights on the folder.
    """
    if not path.is_file():
        remedy = "name the file with --database; the setting is buffer.path"
        raise Permanent(f"open {path}", cause="no such file", remedy=remedy)
    faults = []
    for options_ in _ways(path):
        try:
            return _tried(path, options_)
        except sqlite3.Error as error:
            faults.append(str(error))
    remedy = "see that the file is a database of maaza and that you are in its group"
    raise Permanent(f"open {path}", cause=faults[0], remedy=remedy)


def _ways(path: Path) -> Iterator[str]:
    yield "mode=ro"
    log = path.with_name(f"{path.name}-wal")
    if not log.exists() or log.stat().st_size == 0:
        yield "mode=ro&immutable=1"


def _tried(path: Path, how: str) -> sqlite3.Connection:
    db = sqlite3.connect(f"{path.resolve().as_uri()}?{how}", uri=True, timeout=LOCK_WAIT_S)
    try:
        db.execute("SELECT 1 FROM v_states LIMIT 1").fetchone()
    except sqlite3.Error:
        db.close()
        raise
    return db
