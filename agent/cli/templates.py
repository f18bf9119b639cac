"""``maaza templates``: what was learned, looked at, switched off and on, and carried to other nodes."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli import database as files
from agent.cli import options
from agent.cli.learn import PATTERN_CHARS, TEMPLATES, keep, write_file
from agent.errors import Permanent
from agent.message import Json
from agent.terminal import paint_for, shown, table

if TYPE_CHECKING:
    from agent.buffer.templates import Row

MAX_FILE_BYTES = 32 << 20
"""Bytes of a file of templates that is read."""


@click.group()
def command() -> None:
    """Look at learned templates, switch them off and on, carry them to other nodes."""


@command.command("list")
@files.option
@options.as_json
def list_(*, database: Path, as_json: bool) -> None:
    """List the templates, those with most examples first."""
    rows = _rows(database)
    if as_json:
        options.print_json({"templates": [_said(row) for row in rows]})
        return
    lines = [
        (one.id, one.schema, one.state, one.origin, str(one.agreed), shown(one.pattern)[:80]) for one in rows
    ]
    header = ("id", "schema", "state", "origin", "examples", "pattern")
    click.echo(table(lines, header, paint=paint_for(sys.stdout)) if rows else "no templates", color=True)


@command.command("show")
@click.argument("name", metavar="ID")
@files.option
@options.as_json
def show(name: str, *, database: Path, as_json: bool) -> None:
    """Show one template: what it reads, for which schema and route."""
    row = next((one for one in _rows(database) if one.id == name), None)
    if row is None:
        raise Permanent(f"show {name}", cause="there is no such template", remedy="see maaza templates list")
    if as_json:
        options.print_json(asdict(row))
        return
    pattern = shown(row.pattern)[:PATTERN_CHARS].replace("\\n", "\n")
    route = row.filter or "every route"
    click.echo(
        f"{row.id}  {row.schema}  {row.state}  {row.origin}, {row.agreed} examples, {route}\n{pattern}"
    )


@command.command("disable")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@files.option
def disable(ids: tuple[str, ...], *, database: Path) -> None:
    """Let the model read these formats again; the templates are kept."""
    _turn(ids, "disabled", database)


@command.command("enable")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@files.option
def enable(ids: tuple[str, ...], *, database: Path) -> None:
    """Use templates again."""
    _turn(ids, "active", database)


@command.command("forget")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@files.option
def forget(ids: tuple[str, ...], *, database: Path) -> None:
    """Remove templates. Records say further on which one made them."""
    from agent.buffer import templates  # noqa: PLC0415 - only here

    with contextlib.closing(files.writable(database, needed=TEMPLATES)) as db, files.unit(db, database):
        _require(ids, templates.forget(db, ids, now=time.time()))
    click.echo(f"{len(set(ids))} forgotten")


@command.command("export")
@click.argument("path", type=click.Path(path_type=Path))
@files.option
def export(path: Path, *, database: Path) -> None:
    """Write all templates to a file, for other nodes."""
    rows = _rows(database)
    write_file(path, rows)
    click.echo(f"{len(rows)} written to {path}")


@command.command("import")
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@files.option
def import_(path: Path, *, database: Path) -> None:
    """Take templates over from a file. They are used where a route's schema has the same fingerprint."""
    rows = read_file(path)
    new = keep(rows, database)
    click.echo(f"{len(rows)} taken over, {new} of them new")


def _turn(ids: tuple[str, ...], state: str, database: Path) -> None:
    from agent.buffer import templates  # noqa: PLC0415 - only here

    with contextlib.closing(files.writable(database, needed=TEMPLATES)) as db, files.unit(db, database):
        _require(ids, templates.turn(db, ids, state, now=time.time()))
    click.echo(f"{len(set(ids))} {state}")


def _require(ids: tuple[str, ...], known: int) -> None:
    """Refuse where an id is that of no template; nothing is changed then."""
    if known < len(set(ids)):
        cause = f"only {known} of {len(set(ids))} are there"
        raise Permanent(f"change {', '.join(ids)}", cause=cause, remedy="see maaza templates list")


def _rows(database: Path) -> list[Row]:
    from agent.buffer import templates  # noqa: PLC0415 - only here

    with contextlib.closing(files.opened(database)) as db, files.reported(database):
        version: int = db.execute("PRAGMA user_version").fetchone()[0]
        files.require(version, TEMPLATES, database)
        return templates.rows(db)


def _said(row: Row) -> dict[str, Json]:
    return {name: value for name, value in asdict(row).items() if name not in {"document", "guard"}}


def read_file(path: Path) -> list[Row]:
    """Return the templates of a file.

    Raises:
        Permanent: it is no file of templates, or one of them is not what its id says.
    """
    from agent.templates.compiled import Unfit  # noqa: PLC0415 - only here

    remedy = "write it with `maaza templates export`, or `maaza schema learn --output`"
    if path.stat().st_size > MAX_FILE_BYTES:
        raise Permanent(f"import {path}", cause=f"more than {MAX_FILE_BYTES} bytes", remedy=remedy)
    try:
        document = json.loads(path.read_text("utf-8"))
        return [_read(one) for one in document["templates"]]
    except (ValueError, KeyError, TypeError, RecursionError, Unfit) as error:
        cause = f"{type(error).__name__}: {error}"
        raise Permanent(f"import {path}", cause=cause, remedy=remedy) from error


def _read(said: dict[str, Json]) -> Row:
    """Return one template, its own words counting for nothing that can be worked out."""
    from agent.buffer.templates import Row  # noqa: PLC0415 - only here
    from agent.templates.pattern import pattern  # noqa: PLC0415
    from agent.templates.written import dump, identity, load  # noqa: PLC0415

    template = load(said["document"])
    sha256, agreed = str(said["schema_sha256"]), said["agreed"]
    if identity(template, sha256) != said["id"] or not isinstance(agreed, int) or agreed < 0:
        raise ValueError(f"template {said['id']!r} was changed")
    return Row(
        id=str(said["id"]),
        schema=str(said["schema"]),
        schema_sha256=sha256,
        filter=str(said["filter"]),
        origin="taught" if said["origin"] == "taught" else "learned",
        state="active" if said["state"] == "active" else "disabled",
        pattern=pattern(template),
        document=dump(template),
        guard=tuple(str(word) for word in list(said["guard"] or ())),  # type: ignore[arg-type]
        agreed=agreed,
    )
