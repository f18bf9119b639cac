"""``maaza extract``: one text, one schema, one answer."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import click

from agent.cli import options
from agent.clock import SystemClock
from agent.message import Candidate, Json
from agent.schemas import Schema


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one text."""

    text: str
    schema: Schema
    candidate: Candidate
    violations: tuple[str, ...]
    """Ways in which the value breaks its schema or lacks its evidence; empty where it may be published."""

    @property
    def valid(self) -> bool:
        """True where the value would be published."""
        return self.candidate.refusal is None and not self.violations


@click.command()
@click.argument("text", required=False)
@click.option(
    "--schema", "schema_name", required=True, metavar="NAME_OR_PATH", help="Bundled name, or a file."
)
@options.as_json
@click.option(
    "--explain", is_flag=True, help="Show where in the text each value comes from, and how sure it is."
)
@options.model
@options.threads
@click.pass_context
def command(
    ctx: click.Context,
    text: str | None,
    schema_name: str,
    *,
    as_json: bool,
    explain: bool,
    model: str,
    threads: int,
) -> None:
    """Extract JSON from one text: the argument, or standard input.

    Exit code 1 where the text is refused or the value is not valid.
    """
    schema = options.schema_of(schema_name)
    answer = answered(given_text(text), schema, model=model, threads=threads)
    if as_json:
        options.print_json(document(answer))
    else:
        from agent.cli.explain import page  # noqa: PLC0415 - for people only
        from agent.terminal import paint_for  # noqa: PLC0415

        click.echo(page(answer, paint_for(sys.stdout), explain=explain), color=True)
    ctx.exit(0 if answer.valid else 1)


def given_text(argument: str | None) -> str:
    """Return the argument, or what stands on standard input, without the line end that ``echo`` adds."""
    if argument is not None:
        return argument
    # None where a daemon closed it.
    if sys.stdin is None or sys.stdin.isatty():
        message = "no text: give it as an argument, or pipe it in."
        raise click.UsageError(message)
    try:
        text = sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"the text is not UTF-8: {error.reason} at byte {error.start}. Convert it, say with iconv."
        raise click.ClickException(message) from error
    return text.removesuffix("\n")


def answered(text: str, schema: Schema, *, model: str, threads: int) -> Answer:
    """Extract, validate, and look whether each value stands where its evidence says."""
    from agent.extract import Job, factory  # noqa: PLC0415 - loads the model's libraries

    extractor = factory.build(model=model, threads=threads)
    return judged(text, schema, extractor.extract([Job(text, schema)])[0])


def judged(text: str, schema: Schema, candidate: Candidate) -> Answer:
    """Say what speaks against publishing a candidate."""
    from agent.convert import converted  # noqa: PLC0415 - with the model's libraries
    from agent.grounding import ungrounded  # noqa: PLC0415
    from agent.validate import validate  # noqa: PLC0415

    if candidate.refusal is not None:
        return Answer(text, schema, candidate, ())
    now = SystemClock().now()
    made = converted(candidate, text, schema, now)
    candidate = made.candidate
    broken = list(made.faults)
    broken += [f"{one.pointer or '/'}: {one.message}" for one in validate(candidate.value, schema)]
    broken += [f"{pointer}: not in the text" for pointer in ungrounded(candidate, text, schema.root, now)]
    return Answer(text, schema, candidate, tuple(broken))


def document(answer: Answer) -> dict[str, Json]:
    """Return an answer as programs read it; the keys are those of published messages where both have them."""
    from agent.publish import conversions  # noqa: PLC0415 - with the model's libraries

    candidate = answer.candidate
    return {
        "schema": answer.schema.name,
        "value": candidate.value,
        "evidence": {
            one.pointer: [one.start, one.end] if one.start >= 0 else None for one in candidate.evidence
        },
        "inferred": [one.pointer for one in candidate.evidence if one.inferred],
        "converted": conversions(candidate, answer.text),
        "confidence": round(candidate.confidence, 6),
        "confidences": {one.pointer: round(one.confidence, 6) for one in candidate.evidence},
        "tier": candidate.tier,
        "valid": answer.valid,
        "violations": list(answer.violations),
        "refusal": str(candidate.refusal) if candidate.refusal else None,
        "detail": candidate.detail,
    }
