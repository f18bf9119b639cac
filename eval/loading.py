"""What several commands load: extractors by name, sets of cases by option."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import click

from agent.extract import Extractor
from eval.dataset import Case, DatasetError, load_cases, load_edgejson

EDGEJSON_TEST: Final = "EdgeJSON v3 test"
EDGEJSON_TUNING: Final = "EdgeJSON v3 train, the third for tuning"


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


def load_sets(
    paths: Sequence[Path], edgejson: Path | None, split: str, limit: int | None = None
) -> list[tuple[str, list[Case]]]:
    """Return the sets that a command names, each with its title and its first ``limit`` cases.

    Raises:
        DatasetError: none is named, or one is empty.
    """
    sets = [(path.name.removesuffix(".jsonl"), load_cases(path)) for path in paths]
    if edgejson:
        title = EDGEJSON_TUNING if split == "tuning" else f"EdgeJSON v3 {split}"
        sets.append((title, load_edgejson(edgejson, split)))
    if not sets or not all(cases for _, cases in sets):
        message = "no cases: name some with --cases or --edgejson."
        raise DatasetError(message)
    return [(title, cases[:limit]) for title, cases in sets]


def progress(total: int) -> Callable[[int], None]:
    """Return a counter on standard error, silent where nobody watches."""
    if not sys.stderr.isatty():
        return lambda _done: None
    return lambda done: click.echo(f"\r{done}/{total}", nl=done == total, err=True)
