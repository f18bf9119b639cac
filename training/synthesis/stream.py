"""The endless stream of examples: which family comes next, and when a text is not of the schema asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any, Final

from training.synthesis import schema, words
from training.synthesis.example import Example
from training.synthesis.layout import Written, pairs, report, table

Family = Callable[[Random, float], Written]

FAMILIES: Final[dict[str, tuple[Family, float, float]]] = {
    "report": (report.report, 16, 0.0),
    "labels": (report.labels, 12, 0.0),
    "pairs": (pairs.pairs, 9, 0.0),
    "clusters": (pairs.clusters, 5, 0.2),
    "columns": (table.columns, 7, 0.15),
    "delimited": (table.delimited, 6, 0.15),
}
"""Name → writer, weight in the full mix, lowest level at which it takes part."""

NEGATIVES: Final = 0.08
"""Share of texts that are not of the schema asked."""
LONGEST: Final = 1600
"""Characters of the longest text, but for a few reports."""


def generate(seed: int, *, level: float = 1.0, family: str | None = None) -> Iterator[Example]:
    """Yield examples for ever, the same ones for the same arguments.

    ``level`` is the difficulty: 0 gives short texts of two or three fields in the simplest families, 1 the full mix.
    ``family`` keeps to one family of layout.
    """
    rng = Random(f"{seed} {level} {family}")
    names = [family] if family else [name for name, (_, _, least) in FAMILIES.items() if level >= least]
    weights = [FAMILIES[name][1] for name in names]
    asked_before: list[dict[str, Any]] = []
    while True:
        name = rng.choices(names, weights)[0]
        example = _positive(name, rng, level)
        if example is None:
            continue
        if rng.random() < NEGATIVES * (0.5 + 0.5 * level) and asked_before:
            yield Example(rng.choice(asked_before), example.text, None, {}, {}, name)
        else:
            yield example
        asked_before = [*asked_before[-30:], example.schema]


def _positive(name: str, rng: Random, level: float) -> Example | None:
    """Write one text of a family and take it if it is neither empty nor too long."""
    written = FAMILIES[name][0](rng, level)
    page = written.page
    found = written.filled.json()
    limit = LONGEST if rng.random() < 0.9 else 3600
    if not found or not page.spans or page.length > 150 + level * limit:
        return None
    title = written.title if written.title or rng.random() < 0.4 else words.phrase(rng)
    document = schema.document(written.root, written.filled, rng, title=title, description=written.description)
    return Example(document, page.text, found, page.spans, page.headings, name)
