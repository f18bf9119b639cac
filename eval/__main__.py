"""``python -m eval``: run, edgejson, unrelated, spans, leak."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from agent.extract import Extractor
from agent.schemas import SchemaError
from eval.dataset import Case, DatasetError, load_cases, load_edgejson
from eval.report import ceiling, failures, summary, table
from eval.runner import Run, run

Command = Callable[..., None]


@click.group()
def main() -> None:
    """Score extraction: exactness, field F1, compliance, groundedness, speed."""


def _common(command: Command) -> Command:
    """Add the options that every scoring command has, and turn known errors into messages."""

    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
    @click.option(
        "--extractor",
        default="nano",
        show_default=True,
        help="nano (embedded model), floor, or a model folder.",
    )
    @click.option("--failures", "failed", type=click.Path(path_type=Path), help="Write wrong cases here.")
    @click.option("--limit", type=click.IntRange(min=1), help="Score the first N cases only.")
    @functools.wraps(command)
    def wrapped(**options: Any) -> None:  # noqa: ANN401 - passed through as click gives them
        try:
            command(**options)
        except (DatasetError, SchemaError) as error:
            raise click.ClickException(str(error)) from error

    return wrapped


@main.command("run")
@click.option("--cases", "path", type=click.Path(path_type=Path), required=True, help="JSON Lines.")
@click.option("--ceiling", "only_ceiling", is_flag=True, help="Report what grounding can reach; run nothing.")
@_common
def run_command(path: Path, *, only_ceiling: bool, **options: Any) -> None:  # noqa: ANN401
    """Score a file of cases: each line has text, schema, expected, and perhaps id, complexity, format."""
    _score(load_cases(path), only_ceiling=only_ceiling, **options)


@main.command("edgejson")
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Folder of EdgeJSON v3.")
@click.option("--split", type=click.Choice(["train", "test"]), default="test", show_default=True)
@click.option("--unpinned", is_flag=True, help="Accept files that are not the published ones.")
@click.option("--ceiling", "only_ceiling", is_flag=True, help="Report what grounding can reach; run nothing.")
@_common
def edgejson_command(
    data: Path,
    split: str,
    *,
    unpinned: bool,
    only_ceiling: bool,
    **options: Any,  # noqa: ANN401
) -> None:
    """Score EdgeJSON v3."""
    _score(load_edgejson(data, split, pinned=not unpinned), only_ceiling=only_ceiling, **options)


def _score(
    cases: list[Case],
    *,
    only_ceiling: bool = False,
    as_json: bool,
    extractor: str,
    failed: Path | None,
    limit: int | None,
) -> None:
    cases = cases[:limit]
    if not cases:
        message = "no cases: the file is empty."
        raise DatasetError(message)
    if only_ceiling:
        click.echo(json.dumps(ceiling(cases), indent=None if as_json else 2, ensure_ascii=False))
        return
    done = run(cases, load_extractor(extractor), progress=_progress(len(cases)))
    if failed:
        failed.write_text("".join(f"{line}\n" for line in failures(done.answers)), encoding="utf-8")
    report(done, as_json=as_json)


def report(done: Run, *, as_json: bool) -> None:
    """Print a run."""
    figures = summary(done)
    click.echo(json.dumps(figures, ensure_ascii=False) if as_json else table(figures))


def load_extractor(name: str) -> Extractor:
    """Return the extractor of that name; the model is loaded only when it is asked for."""
    if name == "floor":
        from eval.floor import FloorExtractor  # noqa: PLC0415

        return FloorExtractor()
    if name != "nano" and not (Path(name) / "manifest.json").is_file():
        message = f"--extractor {name!r} is neither nano, nor floor, nor a folder with a manifest.json."
        raise DatasetError(message)
    from agent.extract.factory import build  # noqa: PLC0415 - loads llama.cpp

    return build(model="" if name == "nano" else name)


def _progress(total: int) -> Callable[[int], None]:
    """Return a counter on standard error, silent where nobody watches."""
    if not sys.stderr.isatty():
        return lambda _done: None
    return lambda done: click.echo(f"\r{done}/{total}", nl=done == total, err=True)


if __name__ == "__main__":
    main(prog_name="python -m eval")
