"""Labelled texts of files as examples for training: EdgeJSON's rows, or any cases of text, schema, expected.

``python -m training.rows --edgejson FOLDER --out rows.jsonl``

Of EdgeJSON only the train split is read; rows too near a test row are left out, and so is every third, which
is kept for tuning. What is left out is counted.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any, Final

import click

from eval.dataset import TUNING, Case, load_cases, load_edgejson
from eval.leak import leaks
from training.synthesis import Example, generate
from training.trace import trace

REFUSED: Final = 0.12
"""Share of labelled texts that are traded for a text of another schema."""


@click.command()
@click.option("--edgejson", type=click.Path(exists=True, path_type=Path), help="Folder of EdgeJSON v3.")
@click.option(
    "--cases",
    "files",
    type=click.Path(exists=True, path_type=Path),
    multiple=True,
    help="JSON Lines of cases.",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="JSON Lines of examples.")
def main(edgejson: Path | None, files: Sequence[Path], out: Path) -> None:
    """Write labelled texts as examples with spans, and say how many were left out and why."""
    counts: Counter[str] = Counter()
    cases = [case for path in files for case in load_cases(path)]
    if edgejson:
        cases += learnable(edgejson, counts)
    examples = list(traced(cases, counts))
    out.write_text("".join(json.dumps(asdict(one)) + "\n" for one in examples), encoding="utf-8")
    click.echo(json.dumps({"examples": len(examples), **counts}))


def learnable(folder: Path, counts: Counter[str]) -> list[Case]:
    """Return the rows of EdgeJSON train that may be learned from."""
    rows = load_edgejson(folder, "train")
    test = [case.text for case in load_edgejson(folder, "test")]
    near = {leak.train for leak in leaks([case.text for case in rows], test)}
    kept = []
    for number, case in enumerate(rows):
        if number % TUNING == 0:
            counts["kept for tuning"] += 1
        elif number in near:
            counts["too near a test row"] += 1
        else:
            kept.append(case)
    return kept


def traced(cases: Iterable[Case], counts: Counter[str]) -> Iterator[Example]:
    """Yield the cases whose every value stands in its text; a case that expects nothing is a refusal."""
    for case in cases:
        if case.schema is None:
            counts["schema does not compile"] += 1
        elif case.expected is None:
            yield Example(case.schema.document, case.text, None, {}, {}, case.format)
        elif isinstance(case.expected, dict):
            found = trace(case.text, case.expected)
            if found.missing:
                counts["a value stands nowhere"] += 1
            else:
                document = case.schema.document
                yield Example(document, case.text, case.expected, found.spans, found.headings, case.format)


def load(path: Path) -> list[Example]:
    """Return the examples of a file that ``main`` wrote."""
    return [_example(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def mixed(seed: int, level: float, rows: Sequence[Example], share: float) -> Iterator[Example]:
    """Yield synthetic examples for ever and a share of labelled texts, the same for the same seed.

    A few of these are traded for a text that the labelled text's schema must refuse: a schema that always
    fits would teach that its name is enough.
    """
    chance = Random(f"rows {seed}")
    for example in generate(seed, level=level):
        while rows and chance.random() < share:
            row, other = chance.choice(rows), chance.choice((example, chance.choice(rows)))
            yield _refused(row, other) if chance.random() < REFUSED else row
        yield example


def _refused(row: Example, other: Example) -> Example:
    """Return the schema of a labelled text with the text of another; the row itself where it may fit."""
    if not row.schema.get("required") or row.schema == other.schema:
        return row
    return Example(row.schema, other.text, None, {}, {}, "refused")


def _example(row: dict[str, Any]) -> Example:
    """Return a row as the example that it was; JSON makes lists of its spans."""
    told = {name: {key: tuple(span) for key, span in row[name].items()} for name in ("spans", "headings")}
    return Example(**(row | told))


if __name__ == "__main__":
    main()
