"""``maaza schema``: what becomes of each keyword, and how a schema does on its own examples."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import click

from agent.cli import options
from agent.cli.learn import learn
from agent.message import Json
from agent.schemas import Schema, SchemaError, compile_schema
from agent.schemas.load import SUFFIX, read_document
from agent.schemas.verdict import KeywordVerdict, Verdict, verdicts
from agent.terminal import BOLD, DIM, GREEN, RED, YELLOW, Paint, paint_for, shown, table

CODES = {
    Verdict.DECODING: (GREEN,),
    Verdict.VALIDATOR: (),
    Verdict.CONVERSION: (GREEN,),
    Verdict.ANNOTATION: (DIM,),
    Verdict.UNKNOWN: (YELLOW,),
    Verdict.REFUSED: (RED,),
}


@click.group()
def command() -> None:
    """Check schemas, test them on their examples, learn formats from examples."""


command.add_command(learn)


@command.command("check")
@click.argument("names", nargs=-1, metavar="[NAME_OR_PATH]...")
@options.as_json
@click.option(
    "--assert-formats", is_flag=True, help="Judge `format` as the validator does when it is asserted."
)
@click.pass_context
def check(ctx: click.Context, names: tuple[str, ...], *, as_json: bool, assert_formats: bool) -> None:
    """Say for every keyword who sees to it that it is kept: all bundled schemas where none is named.

    Exit code 1 where a schema is refused.
    """
    reports = [
        checked(options.schema_path(name), assert_formats) for name in names or options.bundled_names()
    ]
    if as_json:
        options.print_json({"schemas": [report.document() for report in reports]})
    else:
        paint = paint_for(sys.stdout)
        click.echo("\n\n".join(report.page(paint) for report in reports), color=True)
    ctx.exit(int(any(report.fault for report in reports)))


@dataclass(frozen=True, slots=True)
class Checked:
    """A schema file with a verdict on each of its keywords."""

    name: str
    keywords: tuple[KeywordVerdict, ...]
    schema: Schema | None
    fault: str
    """Why it does not load; empty where it does."""

    def document(self) -> dict[str, Json]:
        """Return the report for programs."""
        rows: list[Json] = [
            {"pointer": one.pointer, "keyword": one.keyword, "verdict": str(one.verdict), "note": one.note}
            for one in self.keywords
        ]
        return {
            "schema": self.name,
            "loads": not self.fault,
            "fault": self.fault or None,
            "complexity": str(self.schema.complexity) if self.schema else None,
            "fingerprint": self.schema.fingerprint if self.schema else None,
            "keywords": rows,
        }

    def page(self, paint: Paint) -> str:
        """Return the report for people."""
        rows = [(one.pointer, str(one.verdict), one.note) for one in self.keywords]
        codes = [CODES[one.verdict] for one in self.keywords]
        counts = Counter(str(one.verdict) for one in self.keywords)
        summary = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
        return "\n".join(
            (
                paint(shown(self.name), BOLD) + (f"  {self.schema.complexity}" if self.schema else ""),
                table(rows, ("keyword", "verdict", "note"), paint=paint, codes=codes),
                paint(f"refused: {shown(self.fault)}", RED, BOLD) if self.fault else f"loads: {summary}",
            )
        )


def checked(path: Path, assert_formats: bool) -> Checked:  # noqa: FBT001 - passed on as it came
    """Judge a schema file; a file that is no JSON object is an error, not a verdict."""
    document = read_document(path)
    name = path.name.removesuffix(SUFFIX)
    try:
        judged = verdicts(document, assert_formats=assert_formats)
    except SchemaError as error:
        return Checked(name, (), None, str(error))
    try:
        return Checked(name, judged, compile_schema(document, name=name), "")
    except SchemaError as error:
        return Checked(name, judged, None, str(error))


@command.command("test")
@click.argument("names", nargs=-1, metavar="[NAME_OR_PATH]...")
@options.as_json
@click.option(
    "--at-least",
    type=click.FloatRange(0, 1),
    default=1.0,
    show_default=True,
    help="Share of examples that must be exactly right.",
)
@options.model
@options.threads
@click.pass_context
def test(
    ctx: click.Context, names: tuple[str, ...], *, as_json: bool, at_least: float, model: str, threads: int
) -> None:
    """Run the model over the examples of schemas: all bundled ones where none is named.

    The examples of NAME.schema.json stand beside it in NAME.examples.jsonl. Where a value is expected, only
    that one is right, however sure the model is; each line says whether the agent would publish it. Where the
    text must be refused, a value that the agent would not publish counts as refused: below its threshold it
    rejects a value as unsure. The threshold is that of a tier whose settings name none.

    Exit code 1 where fewer are right than --at-least asks for.
    """
    from agent.cli import trial  # noqa: PLC0415 - loads the model's libraries
    from agent.extract import factory  # noqa: PLC0415 - the same
    from agent.models import EMBEDDED, load  # noqa: PLC0415 - the same

    paths = [options.schema_path(name) for name in names or options.bundled_names()]
    extractor = factory.build(model=model, threads=threads)
    threshold = load(Path(model) if model else EMBEDDED).manifest.threshold
    trials = [one for path in paths for one in trial.tried(path, extractor, threshold=threshold)]
    if as_json:
        options.print_json(trial.document(trials, threshold))
    else:
        click.echo(trial.page(trials, paint_for(sys.stdout), threshold), color=True)
    ctx.exit(int(trial.share_right(trials) < at_least))
