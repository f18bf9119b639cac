"""``maaza audit query``: questions in SQL, or by the words of a text."""

from __future__ import annotations

import contextlib
import csv
import io
import math
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Final

import click

from agent.buffer import search
from agent.cli import database as files
from agent.cli import options
from agent.errors import Permanent
from agent.message import Json
from agent.terminal import cut, paint_for, table

CELL_CELLS: Final = 60
"""Cells of a value in a table; JSON and CSV have it whole."""
VIEWS: Final = ("records", "rejected", "lines", "states", "latency", "events", "configurations")
NUMBERED: Final = ("events", "configurations")
"""Views that are not about messages."""
DEFAULT_ROWS: Final = 100
MAX_ROWS: Final = 1_000_000_000
"""More than any file holds; SQLite reads no number of more than 64 bits."""
DEFAULT_S: Final = 60
"""Seconds for a question: a longer one keeps the agent from copying its log back into the file."""
STEPS_BETWEEN_LOOKS: Final = 100_000
"""Steps of SQLite's machine between two looks at the time: a few milliseconds."""

SLOW_S: Final = 2.0
"""Seconds from which a question without a bound of time is told how it would be quicker."""
BOUND: Final = (
    "columns without an index are read backwards from the newest message: "
    "add `received_at > unixepoch() - 86400` to WHERE"
)

ALLOWED: Final = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)
"""What a question may do to the database."""


@click.command("query")
@click.argument("sql", required=False)
@click.option(
    "--view", type=click.Choice(VIEWS), help="Instead of SQL: the newest rows of v_records and so on."
)
@click.option(
    "--search", "words", metavar="WORDS", help="Instead of SQL: messages whose text has all these words."
)
@click.option("--device", help="With --view or --search: of one device.")
@click.option(
    "--limit",
    type=click.IntRange(1, MAX_ROWS),
    default=DEFAULT_ROWS,
    show_default=True,
    help="Rows of --view or --search.",
)
@click.option(
    "--timeout",
    type=click.IntRange(min=1),
    default=DEFAULT_S,
    show_default=True,
    help="Seconds for the answer.",
)
@files.option
@options.as_json
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
def query(  # noqa: PLR0913 - one parameter per option
    sql: str | None,
    view: str | None,
    words: str | None,
    device: str | None,
    limit: int,
    database: Path,
    *,
    timeout: int,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Ask a question: one SELECT over the views v_records, v_rejected and so on, or --view, or --search.

    Words are found whole and in any case, one that ends in * by its beginning.
    """
    if as_json and as_csv:
        raise click.UsageError("give one of --json and --csv.")
    asked_for = question(sql, view=view, words=words, device=device, limit=limit)
    began = monotonic()
    with contextlib.closing(files.opened(database)) as db:
        header, rows = asked(db, *asked_for, timeout=timeout)
        missing = search.left(db) if words else 0
    if missing:
        click.echo(f"not searched: {missing} messages that are not in the index (yet)", err=True)
    if monotonic() - began > SLOW_S and not is_bounded(asked_for[0]):
        click.echo(f"it took {monotonic() - began:.1f} s; {BOUND}", err=True)
    if as_json:
        options.print_json([dict(zip(header, map(plain, row), strict=True)) for row in rows])
    elif as_csv:
        click.echo(written(header, rows), nl=False)
    else:
        cells = [[cut(str(plain(cell)), CELL_CELLS) for cell in row] for row in rows]
        click.echo(table(cells, header, paint=paint_for(sys.stdout)), color=True)


def question(
    sql: str | None, *, view: str | None, words: str | None, device: str | None, limit: int
) -> tuple[str, dict[str, object]]:
    """Return the SQL to ask and its parameters; exactly one of the three ways must be given."""
    if sum(bool(one and one.strip()) for one in (sql, view, words)) != 1:
        raise click.UsageError("give one of SQL, --view and --search.")
    if device is not None and (sql or view in NUMBERED):
        raise click.UsageError("--device goes with --search, or with --view of messages.")
    if sql:
        return sql, {}
    order = "number" if view in NUMBERED else "seq"
    terms = ["words MATCH :words"] if words else []
    terms += ["device = :device"] if device is not None else []
    where = f"WHERE {' AND '.join(terms)} " if terms else ""
    name = f"v_{view}" if view else "v_search"
    text = f"SELECT * FROM {name} {where}ORDER BY {order} DESC LIMIT :limit"  # noqa: S608 - of VIEWS
    return text, {"words": matching(words or ""), "device": device, "limit": limit}


def is_bounded(sql: str) -> bool:
    """Tell whether a question names a bound by which an index can be used."""
    return any(name in sql.lower() for name in ("received_at", "seq >", "match"))


def matching(words: str) -> str:
    """Return the FTS5 expression for plain words: each a phrase, so that no character but * has a meaning."""
    return " ".join(phrase(word) for word in words.split())


def phrase(word: str) -> str:
    """Quote one word; ``PUMP-07`` becomes the phrase of ``pump`` and ``07``."""
    stem = word.rstrip("*")
    quoted = stem.replace('"', '""')
    return f'"{quoted}"*' if stem != word else f'"{quoted}"'


def asked(
    db: sqlite3.Connection, sql: str, parameters: Mapping[str, object], *, timeout: float
) -> tuple[list[str], list[tuple[object, ...]]]:
    """Run one SELECT; anything that is not a question is refused by SQLite itself."""
    # SQLite makes these tables when they are first named, which the authorizer would take for a change.
    db.execute("SELECT 1 FROM json_each('[]'), json_tree('[]')")
    db.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in ALLOWED else sqlite3.SQLITE_DENY)
    until = monotonic() + timeout
    db.set_progress_handler(lambda: monotonic() > until, STEPS_BETWEEN_LOOKS)
    try:
        cursor = db.execute(sql, parameters)
        return [column[0] for column in cursor.description or ()], cursor.fetchall()
    except (sqlite3.Error, sqlite3.Warning, UnicodeEncodeError) as error:
        if monotonic() > until:
            less = "ask for less" if is_bounded(sql) else BOUND
            cause, remedy = f"no answer within {timeout:g} s", f"{less}; or give a longer --timeout"
            raise Permanent("ask the database", cause=cause, remedy=remedy) from error
        remedy = f"write one SELECT; the tables are {', '.join(f'v_{view}' for view in VIEWS)}, v_search"
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
