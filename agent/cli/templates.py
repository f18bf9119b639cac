"""``maaza templates``: what was learned, looked at, switched off and on, and carried to other nodes."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from agent.cli import database as files
from agent.cli import options
from agent.cli.learn import PATTERN_CHARS, TEMPLATES, keep, write_file
from agent.errors import Permanent
from agent.message import Json
from agent.terminal import paint_for, shown, table

if TYPE_CHECKING:
    from agent.buffer.standings import Past
    from agent.buffer.templates import Row

MAX_FILE_BYTES = 32 << 20
"""Bytes of a file of templates that is read."""
STANDINGS: Final = 1010
"""``user_version`` from which the file knows the past of templates."""
STATES: Final = ("candidate", "active", "demoted", "disabled")
PATTERN_WIDTH: Final = 80
"""Characters of a pattern in a list."""
UNIT_ROWS: Final = 200
"""Messages put back in one transaction."""


@click.group()
def command() -> None:
    """Look at learned templates, switch them off and on, carry them to other nodes."""


@command.command("list")
@click.option("--review", is_flag=True, help="Only those about which a person has to decide.")
@click.option("--state", type=click.Choice(STATES), help="Only those in this state.")
@files.option
@options.as_json
def list_(*, review: bool, state: str | None, database: Path, as_json: bool) -> None:
    """List the templates, those with most examples first."""
    known = _known(database)
    rows = [
        one
        for one in known.rows
        if (state is None or one.state == state) and (not review or one.id in known.to_review)
    ]
    if as_json:
        options.print_json({"templates": [_said(row, known) for row in rows]})
        return
    lines = [_line(one, known) for one in rows]
    header = ("id", "schema", "state", "origin", "examples", "served", "last check", "pattern")
    click.echo(table(lines, header, paint=paint_for(sys.stdout)) if rows else "no templates", color=True)


def _line(one: Row, known: Known) -> tuple[str, ...]:
    past = known.past(one.id)
    state = f"{one.state}, review" if one.id in known.to_review else one.state
    checked = shown_time(past.checked_at)
    pattern = shown(one.pattern)[:PATTERN_WIDTH]
    return (one.id, one.schema, state, one.origin, str(one.agreed), str(past.served), checked, pattern)


@command.command("show")
@click.argument("name", metavar="ID")
@files.option
@options.as_json
def show(name: str, *, database: Path, as_json: bool) -> None:
    """Show one template: what it reads, how often the model agreed, and where they differed."""
    from agent.buffer import standings  # noqa: PLC0415 - only here

    known = _known(database)
    row = next((one for one in known.rows if one.id == name), None)
    if row is None:
        raise Permanent(f"show {name}", cause="there is no such template", remedy="see maaza templates list")
    with contextlib.closing(files.opened(database)) as db, files.reported(database):
        disputes = standings.disputes(db, name)
    if as_json:
        options.print_json(asdict(row) | _of_past(row, known) | {"disputes": list(disputes)})
        return
    pattern = shown(row.pattern)[:PATTERN_CHARS].replace("\\n", "\n")
    past, route = known.past(name), row.filter or "every route"
    click.echo(
        f"{row.id}  {row.schema}  {row.state}  {row.origin}, {row.agreed} examples, {route}\n{pattern}\n"
        f"served {past.served}, checked {past.checks} times, last {shown_time(past.checked_at)},"
        f" agreed last {shown_time(past.good_at)}, {past.streak} times in a row"
    )
    for one in disputes:
        click.echo(_dispute_line(one))


def _dispute_line(one: dict[str, Json]) -> str:
    fields = one["fields"]
    what = ", ".join(map(str, fields)) if isinstance(fields, list) and fields else "no record"
    ending = "; a person has to decide: enable or disable it" if one["is_open"] else ""
    at = one["at"]
    when = shown_time(at if isinstance(at, float) else None)
    return f"differed {when} on {one['message']}: {what}; {one['suspects']} records in doubt{ending}"


@command.command("suspects")
@click.argument("name", metavar="ID")
@click.option("--limit", type=click.IntRange(min=1), default=1000, show_default=True, help="At most so many.")
@files.option
@options.as_json
def suspects(name: str, *, limit: int, database: Path, as_json: bool) -> None:
    """List the records in doubt: made after the last good check and before the model contradicted it."""
    from agent.buffer import standings  # noqa: PLC0415 - only here

    _known(database)
    with contextlib.closing(files.opened(database)) as db, files.reported(database):
        found = standings.suspects(db, name, limit=limit)
    if as_json:
        options.print_json({"suspects": [asdict(one) for one in found]})
        return
    lines = [
        (one.id, shown_time(one.received_at), one.state, shown(json.dumps(one.value))[:PATTERN_WIDTH])
        for one in found
    ]
    header = ("message", "received", "state", "value")
    click.echo(table(lines, header, paint=paint_for(sys.stdout)) if lines else "none in doubt", color=True)


@command.command("replay")
@click.argument("name", metavar="ID")
@click.option("--dry-run", is_flag=True, help="Only say how many.")
@files.option
def replay(name: str, *, dry_run: bool, database: Path) -> None:
    """Read the messages of records in doubt again: those that are published go back to where they came in.

    They keep their ids and are published anew. A consumer that drops ids which it has seen has to be told.
    What the record was stays in v_events as template and message. The template must not serve any more.
    """
    from agent.buffer import standings  # noqa: PLC0415 - only here

    row = next((one for one in _known(database).rows if one.id == name), None)
    if row is not None and row.state == "active":
        remedy = f"first: maaza templates disable {name}"
        raise Permanent(
            f"replay {name}", cause="it serves, and would read them the same again", remedy=remedy
        )
    count = after = 0
    with contextlib.closing(files.writable(database, needed=STANDINGS)) as db:
        while True:
            with files.unit(db, database):
                some = standings.suspects(db, name, after=after, limit=UNIT_ROWS)
                seqs = [one.seq for one in some]
                count += len(seqs) if dry_run else standings.read_again(db, seqs, now=time.time())
            if not some:
                break
            after = some[-1].seq
    click.echo(f"{count} {'would be' if dry_run else 'are'} read again")


@command.command("disable")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@files.option
def disable(ids: tuple[str, ...], *, database: Path) -> None:
    """Let the model read these formats; the templates are kept. It also ends a review."""
    _turn(ids, "disabled", database)


@command.command("enable")
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@files.option
def enable(ids: tuple[str, ...], *, database: Path) -> None:
    """Use templates: again, or before the model has agreed often enough. It also ends a review."""
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
    rows = _known(database).rows
    write_file(path, rows)
    click.echo(f"{len(rows)} written to {path}")


@command.command("import")
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@files.option
def import_(path: Path, *, database: Path) -> None:
    """Take templates over from a file. They are used where a route's schema has the same fingerprint.

    Those that another node's model has taught begin on probation here.
    """
    rows = read_file(path)
    new = keep(rows, database)
    click.echo(f"{len(rows)} taken over, {new} of them new")


def _turn(ids: tuple[str, ...], state: str, database: Path) -> None:
    from agent.buffer import standings, templates  # noqa: PLC0415 - only here

    with contextlib.closing(files.writable(database, needed=STANDINGS)) as db, files.unit(db, database):
        # A person begins a new page.
        standings.clear(db, ids)
        _require(ids, templates.turn(db, ids, state, now=time.time()))
    click.echo(f"{len(set(ids))} {state}")


def _require(ids: tuple[str, ...], known: int) -> None:
    """Refuse where an id is that of no template; nothing is changed then."""
    if known < len(set(ids)):
        cause = f"only {known} of {len(set(ids))} are there"
        raise Permanent(f"change {', '.join(ids)}", cause=cause, remedy="see maaza templates list")


@dataclass(frozen=True, slots=True)
class Known:
    """What the file says of templates."""

    rows: list[Row]
    pasts: dict[str, Past]
    to_review: frozenset[str]

    def past(self, name: str) -> Past:
        """Return what is known of one."""
        from agent.buffer.standings import Past  # noqa: PLC0415 - only here

        return self.pasts.get(name) or Past(name)


def _known(database: Path) -> Known:
    from agent.buffer import standings, templates  # noqa: PLC0415 - only here

    with contextlib.closing(files.opened(database)) as db, files.reported(database):
        version: int = db.execute("PRAGMA user_version").fetchone()[0]
        files.require(version, STANDINGS, database)
        return Known(templates.rows(db), standings.pasts(db), standings.reviewed(db))


def _said(row: Row, known: Known) -> dict[str, Json]:
    said = {name: value for name, value in asdict(row).items() if name not in {"document", "guard"}}
    return said | _of_past(row, known)


def _of_past(row: Row, known: Known) -> dict[str, Json]:
    past = asdict(known.past(row.id))
    names = ("streak", "demotions", "served", "checks", "checked_at", "good_at")
    return {name: past[name] for name in names} | {"review": row.id in known.to_review}


def shown_time(at: float | None) -> str:
    """Return a moment for people."""
    return "never" if at is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))


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
        state=state_of(str(said["origin"]), str(said["state"])),
        pattern=pattern(template),
        document=dump(template),
        guard=tuple(str(word) for word in list(said["guard"] or ())),  # type: ignore[arg-type]
        agreed=agreed,
    )


def state_of(origin: str, state: str) -> str:
    """Return the state of a template that comes from elsewhere: only a person's word counts there too."""
    if origin == "taught":
        return "active" if state == "active" else "disabled"
    return "disabled" if state == "disabled" else "candidate"
