"""``maaza extract``: one text, one schema, one answer."""

from __future__ import annotations

import sys

import click

from agent.cli import options
from agent.cli.answer import answered, document


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
