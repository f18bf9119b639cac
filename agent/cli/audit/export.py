"""``maaza audit export``: rows of a view as CSV or JSON lines, or records as they were published."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TextIO

import click

from agent.cli import database as files
from agent.cli import moments, options
from agent.cli.audit.query import plain
from agent.errors import Permanent
from agent.message import Json

VIEWS: Final = ("records", "rejected", "states", "latency")
FORMATS: Final = ("jsonl", "csv", "records")
PAGE_ROWS: Final = 1000
"""Rows read at a time, each time anew: a slow reader of our output must not hold the agent's log."""
FILE_MODE: Final = 0o640
TERMS: Final = {
    "device": "device = :device",
    "schema": "schema = :schema",
    "since": "+received_at >= :since",
    "until": "+received_at < :until",
}
"""Conditions. The plus keeps SQLite from using the index of times, after which every page would be sorted."""
FIRST: Final = "SELECT coalesce(min(seq), 1) - 1 FROM v_states WHERE received_at >= ?"
"""The message before the first one from a time on."""
JSON_COLUMNS: Final = frozenset({"value", "evidence", "trail", "timings"})
"""Columns that hold JSON; in JSON lines they are what they say, not text."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, in order of arrival."""

    header: tuple[str, ...]
    rows: list[tuple[object, ...]]


@click.command("export")
@click.option("--view", type=click.Choice(VIEWS), default="records", show_default=True, help="Which view.")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="jsonl",
    show_default=True,
    help="A JSON object per row, CSV, or records as they were published.",
)
@moments.since
@moments.until
@click.option("--device", help="Of this device.")
@click.option("--schema", help="Of this schema; records only.")
@click.option(
    "--output", type=click.Path(path_type=Path), help="File to write, whole or not at all; mode 0640."
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@files.option
@options.as_json
def export(  # noqa: PLR0913 - one parameter per option
    *,
    view: str,
    form: str,
    since: float | None,
    until: float | None,
    device: str | None,
    schema: str | None,
    output: Path | None,
    force: bool,
    database: Path,
    as_json: bool,
) -> None:
    """Write rows, oldest first, to standard output or a file; the agent may be running.

    Rows are read in pages, each at one moment; what comes in behind the last page is not waited for.
    """
    if view != "records" and (schema or form == "records"):
        raise click.UsageError("--schema and --format records go with --view records.")
    if output and is_part_of(output, database):
        raise click.UsageError(f"{output} belongs to the database: name another file.")
    if output is None and sys.stdout is None:
        remedy = "leave it open, or use --output"
        raise Permanent("write the rows", cause="standard output is closed", remedy=remedy)
    if as_json and output is None:
        raise click.UsageError("--json says what was written: it goes with --output.")
    chosen: dict[str, object] = {"device": device, "schema": schema, "since": since, "until": until}
    asked = {name: value for name, value in chosen.items() if value is not None}
    where = " AND ".join(("seq > :after", *(TERMS[name] for name in asked)))
    sql = f"SELECT * FROM v_{view} WHERE {where} ORDER BY seq LIMIT {PAGE_ROWS}"  # noqa: S608 - of VIEWS
    with contextlib.closing(files.opened(database)) as db:
        found = pages(db, sql, asked)
        count = (
            to_file(output, found, WRITERS[form], force=force) if output else WRITERS[form](found, sys.stdout)
        )
    if as_json:
        options.print_json({"rows": count, "file": str(output)})
    elif output:
        click.echo(f"{count} rows in {output}", err=True)


def is_part_of(output: Path, database: Path) -> bool:
    """Tell whether a file is the database or one of those that SQLite and the agent keep beside it."""
    beside = output.resolve().parent == database.resolve().parent
    return beside and output.resolve().name.startswith(database.resolve().name)


def pages(db: sqlite3.Connection, sql: str, asked: dict[str, object]) -> Iterator[Page]:
    """Yield pages of rows, each behind the last."""
    after = 0
    while True:
        try:
            if "since" in asked and not after:
                after = db.execute(FIRST, (asked["since"],)).fetchone()[0]
            cursor = db.execute(sql, asked | {"after": after})
            page = Page(tuple(column[0] for column in cursor.description), cursor.fetchall())
        except sqlite3.Error as error:
            raise Permanent("export", cause=str(error), remedy="see `maaza audit verify`") from error
        yield page
        if len(page.rows) < PAGE_ROWS:
            return
        after = int(str(page.rows[-1][page.header.index("seq")]))


def to_file(
    output: Path, found: Iterator[Page], write: Callable[[Iterator[Page], TextIO], int], *, force: bool
) -> int:
    """Write a file whole or not at all."""
    options.require_writable(output, force=force)
    draft = options.draft_of(output)
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as target:
            count = write(found, target)
            target.flush()
            os.fsync(descriptor)
        draft.replace(output)
    finally:
        draft.unlink(missing_ok=True)
    return count


def write_csv(found: Iterator[Page], target: TextIO) -> int:
    """Write CSV (RFC 4180) with a header; return the rows."""
    writer, count = csv.writer(target), 0
    for number, page in enumerate(found):
        if number == 0:
            writer.writerow(page.header)
        writer.writerows([plain(cell) for cell in row] for row in page.rows)
        count += len(page.rows)
    return count


def write_lines(found: Iterator[Page], target: TextIO) -> int:
    """Write a JSON object per row; return the rows."""
    return _write(found, target, row_object)


def write_records(found: Iterator[Page], target: TextIO) -> int:
    """Write a JSON object per record, as it was published; return the rows."""
    return _write(found, target, published)


def _write(found: Iterator[Page], target: TextIO, shape: Callable[[dict[str, object]], Json]) -> int:
    count = 0
    for page in found:
        for row in page.rows:
            line = json.dumps(shape(dict(zip(page.header, row, strict=True))), ensure_ascii=False)
            target.write(f"{line}\n")
        count += len(page.rows)
    return count


def row_object(row: dict[str, object]) -> Json:
    """Return a row; columns of JSON as what they say."""
    return {name: parsed(cell) if name in JSON_COLUMNS else plain(cell) for name, cell in row.items()}


def parsed(cell: object) -> Json:
    """Return what JSON text says; None where there is none."""
    found: Json = json.loads(cell) if isinstance(cell, str) else None
    return found


def published(row: dict[str, object]) -> Json:
    """Return a record in the shape in which consumers got it: by the function that made it then."""
    from agent import publish  # noqa: PLC0415 - brings the connection along
    from agent.message import Candidate, Evidence, Record  # noqa: PLC0415 - goes with it

    cells: dict[str, Any] = row
    source = publish.Source(
        cells["id"],
        cells["topic"],
        cells["device"],
        cells["received_at"],
        cells["text"],
        qos=cells["qos"],
        retained=bool(cells["retained"]),
        # A copy of an older layout has no such column.
        hops=cells.get("hops") or 0,
    )
    candidate = Candidate(
        value=parsed(cells["value"]),
        evidence=tuple(Evidence(**one) for one in json.loads(cells["evidence"])),
        confidence=cells["confidence"],
        tier=cells["tier"],
        model=cells["model"],
    )
    record = Record(cells["schema"], cells["schema_version"], cells["schema_sha256"], candidate)
    nowhere = publish.Addresses(base="", node="")
    return parsed(publish.data(source, record, nowhere).payload)


WRITERS: Final = {"csv": write_csv, "jsonl": write_lines, "records": write_records}
