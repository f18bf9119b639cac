"""``maaza schema learn``: a few lines of a device with the JSON that is wanted, and the format is known."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from agent.cli import database as files
from agent.cli import options
from agent.errors import Permanent
from agent.message import Json
from agent.schemas import Schema, SchemaError, compile_schema, load_examples
from agent.schemas.examples import EXAMPLES_SUFFIX, Example
from agent.schemas.load import SUFFIX
from agent.terminal import BOLD, DIM, GREEN, RED, YELLOW, Paint, paint_for, shown

if TYPE_CHECKING:
    from agent.buffer.templates import Row
    from agent.templates.teach import Contradiction, Learned, Lesson

PATTERN_CHARS: Final = 400
"""Characters of a pattern that people are shown."""


@click.command("learn")
@click.argument("examples", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--schema", "schema_name", metavar="NAME_OR_PATH", help="Left out: inferred and written beside."
)
@click.option("--filter", "route", default="", metavar="FILTER", help="Only for the route with this filter.")
@click.option(
    "--output", type=click.Path(path_type=Path), help="Write the templates to a file, not the database."
)
@click.option("--dry-run", is_flag=True, help="Only say what would be learned.")
@files.option
@options.as_json
@click.pass_context
def learn(
    ctx: click.Context,
    examples: Path,
    *,
    schema_name: str | None,
    route: str,
    output: Path | None,
    dry_run: bool,
    database: Path,
    as_json: bool,
) -> None:
    """Learn the formats of texts from examples: lines of {"text": "…", "expected": {…}}, null to refuse one.

    Where the values stand in the texts is found out. Each template is held against all examples, and against
    each one that it has not seen. A running agent serves what was learned within a second; what is of no
    learned format stays with the model.

    Exit code 1 where examples contradict each other or nothing was learned; then nothing is stored.
    """
    rows = load_examples(examples)
    subject = _subject(examples, schema_name, rows)
    lesson = taught(rows, subject.schema)
    fine = bool(lesson.learned) and not any(one.blocks for one in lesson.contradictions)
    done = ""
    if fine and not dry_run:
        done = _stored([row_of(one, subject.schema, route) for one in lesson.learned], output, database)
        subject.write()
    if as_json:
        options.print_json(_document(lesson, subject.schema, stored=bool(done)))
    else:
        click.echo(_page(lesson, subject, done, paint_for(sys.stdout)), color=True)
    ctx.exit(0 if fine else 1)


@dataclass(frozen=True, slots=True)
class Subject:
    """The schema that is learned for."""

    schema: Schema
    path: Path | None = None
    """Where an inferred one is written to; None: it was given."""

    def write(self) -> None:
        """Write an inferred schema beside its examples."""
        if self.path is not None:
            self.path.write_text(
                json.dumps(self.schema.document, ensure_ascii=False, indent=2) + "\n", "utf-8"
            )


def _subject(examples: Path, name: str | None, rows: tuple[Example, ...]) -> Subject:
    """Return the schema that is named, else the one beside the examples, else one inferred from them."""
    if name is not None:
        return Subject(options.schema_of(name))
    stem = examples.name.removesuffix(EXAMPLES_SUFFIX).removesuffix(".jsonl")
    beside = examples.with_name(f"{stem}{SUFFIX}")
    if beside.exists():
        return Subject(options.schema_of(str(beside)))
    from agent.templates.compiled import Unfit  # noqa: PLC0415 - only where one is inferred
    from agent.templates.infer import infer  # noqa: PLC0415

    try:
        document = infer([one.expected for one in rows if one.expected is not None], stem)
    except Unfit as error:
        remedy = "make the examples agree, or name a schema with --schema"
        raise SchemaError("no schema inferred", where=str(examples), why=str(error), remedy=remedy) from error
    return Subject(compile_schema(document, name=stem), beside)


def taught(rows: tuple[Example, ...], schema: Schema) -> Lesson:
    """Learn from examples whose values keep the schema, and judge each as the agent will."""
    from agent.templates.teach import (  # noqa: PLC0415 - only this verb needs it
        Contradiction,
        Lesson,
        Taught,
        learn,
    )
    from agent.validate import validate  # noqa: PLC0415 - the validator is slow to import

    broken = tuple(
        Contradiction(
            (one.line,), f"{found.pointer or '/'}: {found.message}", "correct the value, or the schema"
        )
        for one in rows
        if one.expected is not None
        for found in validate(one.expected, schema)
    )
    if broken:
        return Lesson((), broken, ())
    lesson = learn([Taught(one.line, one.text, one.expected) for one in rows], schema, now=time.time())
    return replace(lesson, contradictions=(*lesson.contradictions, *_refused(lesson, rows, schema)))


def _refused(lesson: Lesson, rows: tuple[Example, ...], schema: Schema) -> list[Contradiction]:
    """Return what the agent's last checks would refuse of the examples' own values."""
    from agent import journey  # noqa: PLC0415 - the validator is slow to import
    from agent.templates.compiled import compiled  # noqa: PLC0415
    from agent.templates.register import Entry, Register  # noqa: PLC0415
    from agent.templates.teach import Contradiction  # noqa: PLC0415

    entries = [
        Entry(one.id, schema.fingerprint, compiled(one.template, schema, one.guard), 1.0)
        for one in lesson.learned
    ]
    register, found = Register(entries), []
    for row in rows:
        hit = register.match((schema.fingerprint,), row.text)
        if hit is None:
            continue
        verdict = journey.weigh(hit.candidate(), row.text, schema, threshold=0.0, received_at=time.time())
        if verdict.reason is not None:
            found.append(Contradiction((row.line,), verdict.detail, "correct the value, or the schema"))
    return found


def row_of(one: Learned, schema: Schema, route: str) -> Row:
    """Return a template as it is stored."""
    from agent.buffer.templates import Row  # noqa: PLC0415 - only this verb needs it
    from agent.templates.pattern import pattern  # noqa: PLC0415
    from agent.templates.written import dump  # noqa: PLC0415

    return Row(
        id=one.id,
        schema=schema.name,
        schema_sha256=schema.fingerprint,
        filter=route,
        origin="taught",
        state="active",
        pattern=pattern(one.template),
        document=dump(one.template),
        guard=one.guard,
        agreed=len(one.lines) + len(one.agreed),
    )


def _stored(rows: list[Row], output: Path | None, database: Path) -> str:
    """Store templates; say where."""
    if output is not None:
        write_file(output, rows)
        return f"written to {output}: take them over with `maaza templates import {output.name}`"
    if not database.is_file():
        remedy = "start the agent once, name the file with --database, or write to a file with --output"
        raise Permanent("store what was learned", cause=f"there is no database {database}", remedy=remedy)
    keep(rows, database)
    return f"stored in {database}: a running agent serves them within a second"


def keep(rows: list[Row], database: Path) -> int:
    """Store templates in the agent's database; return how many are new."""
    from agent.buffer import templates  # noqa: PLC0415 - only verbs that store need it

    with contextlib.closing(files.writable(database, needed=TEMPLATES)) as db, files.unit(db, database):
        return templates.keep(db, rows, now=time.time())


TEMPLATES: Final = 1009
"""``user_version`` from which the file has a table of templates."""


def write_file(path: Path, rows: list[Row]) -> None:
    """Write templates as JSON that `maaza templates import` reads."""
    document = {"maaza_templates": 1, "templates": [asdict(row) for row in rows]}
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _document(lesson: Lesson, schema: Schema, *, stored: bool) -> dict[str, Json]:
    """Return what became of a lesson, for programs."""
    from agent.templates.pattern import pattern  # noqa: PLC0415 - only this verb needs it

    learned: list[Json] = [
        {
            "id": one.id,
            "pattern": pattern(one.template),
            "lines": list(one.lines),
            "agreed": list(one.agreed),
            "left_out": {"right": one.left_out[0], "not_read": one.left_out[1]},
        }
        for one in lesson.learned
    ]
    contradictions: list[Json] = [
        {"lines": list(one.lines), "why": one.cause, "next": one.remedy, "blocks": one.blocks}
        for one in lesson.contradictions
    ]
    return {
        "schema": schema.name,
        "fingerprint": schema.fingerprint,
        "stored": stored,
        "templates": learned,
        "contradictions": contradictions,
        "unlearned": list(lesson.unlearned),
    }


def _page(lesson: Lesson, subject: Subject, done: str, paint: Paint) -> str:
    """Return what became of a lesson, for people."""
    from agent.templates.pattern import pattern  # noqa: PLC0415 - only this verb needs it

    lines = []
    for one in lesson.learned:
        right, unread = one.left_out
        lines.append(f"{paint('learned', GREEN)}  {paint(one.id, BOLD)}  from {_lines(one.lines)}")
        lines += [f"         {line}" for line in shown(pattern(one.template))[:PATTERN_CHARS].split("\\n")]
        left_out = f"left out in turn: {right} right, 0 wrong, {unread} not read"
        said = f"{len(one.agreed)} more examples agree; {left_out}"
        lines.append(f"         {paint(said, DIM)}")
    for fault in lesson.contradictions:
        head = paint("contradiction", RED) if fault.blocks else paint("not learned", YELLOW)
        lines += [
            f"{head}  {_lines(fault.lines)}: {shown(fault.cause)}",
            f"         next: {shown(fault.remedy)}",
        ]
    if lesson.unlearned:
        lines.append(f"{_lines(lesson.unlearned)} would stay with the model")
    if subject.path is not None:
        wrote = "written to" if done else "would be written to"
        lines.append(
            f"the schema was inferred, {wrote} {subject.path}: name it in a route, and see its types"
        )
    return "\n".join([*lines, done or paint("nothing is stored", YELLOW)])


def _lines(numbers: tuple[int, ...]) -> str:
    head = ", ".join(map(str, numbers[:8])) + (", …" if len(numbers) > 8 else "")  # noqa: PLR2004 - enough to see
    return f"line {head}" if len(numbers) == 1 else f"lines {head}"
