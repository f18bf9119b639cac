"""``maaza schema``: what becomes of each keyword, and how a schema does on its own examples."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli import options
from agent.message import Candidate, Json
from agent.schemas import Schema, SchemaError, compile_schema, load_schema
from agent.schemas.load import SUFFIX, read_document
from agent.schemas.verdict import KeywordVerdict, Verdict, verdicts
from agent.terminal import BOLD, DIM, GREEN, RED, YELLOW, Paint, cut, paint_for, shown, table

if TYPE_CHECKING:
    from agent.extract import Extractor
    from agent.schemas.examples import Example

TEXT_CELLS = 60
"""Cells of a text that a report shows."""

CODES = {
    Verdict.DECODING: (GREEN,),
    Verdict.VALIDATOR: (),
    Verdict.ANNOTATION: (DIM,),
    Verdict.UNKNOWN: (YELLOW,),
    Verdict.REFUSED: (RED,),
}


@click.group()
def command() -> None:
    """Check schemas, and test them on their examples."""


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

    The examples of NAME.schema.json stand beside it in NAME.examples.jsonl. Exit code 1 where fewer are right
    than --at-least asks for.
    """
    from agent.extract import factory  # noqa: PLC0415 - loads the model's libraries

    paths = [options.schema_path(name) for name in names or options.bundled_names()]
    extractor = factory.build(model=model, threads=threads)
    trials = [trial for path in paths for trial in tried(path, extractor)]
    right = sum(trial.right for trial in trials) / max(1, len(trials))
    if as_json:
        options.print_json({"right": right, "examples": [trial.document() for trial in trials]})
    else:
        click.echo(pages(trials, paint_for(sys.stdout)), color=True)
    ctx.exit(int(right < at_least))


@dataclass(frozen=True, slots=True)
class Trial:
    """What the model made of one example."""

    schema: str
    example: Example
    candidate: Candidate

    @property
    def right(self) -> bool:
        """True where the value is the expected one, or the text was refused as expected."""
        return same(self.candidate.value, self.example.expected)

    def document(self) -> dict[str, Json]:
        """Return the trial for programs."""
        return {
            "schema": self.schema,
            "line": self.example.line,
            "right": self.right,
            "text": self.example.text,
            "expected": self.example.expected,
            "value": self.candidate.value,
            "refusal": str(self.candidate.refusal) if self.candidate.refusal else None,
            "confidence": round(self.candidate.confidence, 6),
        }


def tried(path: Path, extractor: Extractor) -> list[Trial]:
    """Run the model over the examples of one schema file."""
    from agent.extract import Job  # noqa: PLC0415 - with the model's libraries
    from agent.schemas.examples import examples_path, load_examples  # noqa: PLC0415

    schema = load_schema(path)
    examples = load_examples(examples_path(path))
    found = extractor.extract([Job(example.text, schema) for example in examples])
    return [Trial(schema.name, example, one) for example, one in zip(examples, found, strict=True)]


def same(one: Json, other: Json) -> bool:
    """Compare as JSON does: 1 and 1.0 are the same number, true is none, and keys have no order."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def pages(trials: list[Trial], paint: Paint) -> str:
    """Return each example with what became of it, then the count by schema."""
    lines = [line for trial in trials for line in _lines(trial, paint)]
    names = list(dict.fromkeys(trial.schema for trial in trials))
    rows = [_count(name, [trial for trial in trials if trial.schema == name]) for name in names]
    total = _count("all", trials)
    return "\n".join([*lines, "", table([*rows, total], ("schema", "right", "of"), paint=paint)])


def _count(name: str, trials: list[Trial]) -> tuple[str, str, str]:
    return name, str(sum(trial.right for trial in trials)), str(len(trials))


def _lines(trial: Trial, paint: Paint) -> list[str]:
    mark = paint("right", GREEN) if trial.right else paint("wrong", RED, BOLD)
    first = f"{mark}  {trial.schema}:{trial.example.line}  {cut(shown(trial.example.text), TEXT_CELLS)}"
    if trial.right:
        return [first]
    found = str(trial.candidate.refusal) if trial.candidate.refusal else _json(trial.candidate.value)
    return [
        first,
        f"         expected  {_json(trial.example.expected)}",
        f"         found     {shown(found)}",
    ]


def _json(value: Json) -> str:
    return "refusal" if value is None else json.dumps(value, ensure_ascii=False)
