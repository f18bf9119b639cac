"""The endless stream of examples: which family comes next, and when a text is not of the schema asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any, Final

from training.synthesis import casing, concept, naming, noise, schema, words
from training.synthesis.device import brief, cells, flow, logline, note, plain, spoken
from training.synthesis.example import Example
from training.synthesis.house import house, refused_by
from training.synthesis.layout import (
    Written,
    access,
    bare,
    blocks,
    dossiers,
    frame,
    header,
    ini,
    labels,
    limits,
    line,
    markup,
    matrix,
    message,
    mixed,
    pairs,
    prose,
    report,
    table,
    telegram,
)
from training.synthesis.layout.scribe import Trade

Family = Callable[[Random, float], Written]

FAMILIES: Final[dict[str, tuple[Family, float, float]]] = {
    "report": (report.report, 26, 0.0),
    "dossiers": (dossiers.dossiers, 36, 0.25),
    "labels": (labels.labels, 14, 0.0),
    "limits": (limits.limits, 14, 0.1),
    "pairs": (Trade(pairs.pairs, 16, casing.MOSTLY_JOINED), 8, 0.0),
    "sequence": (Trade(line.sequence, 14, labelled=False), 12, 0.1),
    "telegram": (Trade(telegram.telegram, 12, labelled=False, many=0.1, ahead=0.1), 10, 0.3),
    "tuples": (Trade(line.tuples, 8, labelled=False), 6, 0.3),
    "access": (Trade(access.access, 10, labelled=False), 9, 0.2),
    "message": (Trade(message.message, 7, labelled=False, ahead=0.7), 8, 0.15),
    "header": (header.header, 9, 0.1),
    "blocks": (blocks.blocks, 6, 0.2),
    "matrix": (matrix.matrix, 5, 0.2),
    "braces": (markup.braces, 4, 0.1),
    "tags": (markup.tags, 3, 0.3),
    "yaml": (markup.yaml, 3, 0.2),
    "ini": (ini.ini, 3, 0.2),
    "measured": (Trade(bare.measured, 6, labelled=False), 2, 0.1),
    "shapes": (Trade(bare.shapes, 5, labelled=False, ahead=0.1), 3, 0.1),
    "tally": (Trade(bare.tally, 8, casing.SPACED, labelled=False), 3, 0.1),
    "prose": (Trade(prose.prose, 7, casing.SPACED, labelled=False, many=0.08, ahead=0.1), 5, 0.1),
    "terse": (Trade(prose.terse, 9, casing.MOSTLY_JOINED, labelled=False), 6, 0.0),
    "frame": (Trade(frame.frame, 12, casing.CODES, many=0.08, ahead=0.0), 6, 0.2),
    "clusters": (pairs.clusters, 5, 0.2),
    "columns": (table.table(table.columns, 10), 7, 0.15),
    "delimited": (table.table(table.delimited, 14), 6, 0.15),
    "mixed": (mixed.mixed, 7, 0.3),
    "plain": (plain.plain, 18, 0.05),
    "brief": (brief.brief, 22, 0.05),
    "cells": (cells.cells, 14, 0.1),
    "apart": (cells.apart, 9, 0.1),
    "spoken": (spoken.spoken, 15, 0.05),
    "logline": (logline.logline, 20, 0.1),
    "flow": (flow.flow, 15, 0.15),
    "house": (house, 64, 0.1),
}
"""Name → writer, weight in the full mix, lowest level at which it takes part."""

DEVICE: Final = frozenset({"plain", "brief", "cells", "apart", "spoken"})
"""Families of one world: what a text of one of them gives, a schema of another may well ask."""
NEAR: Final = DEVICE | {"flow", "terse", "measured", "tally"}
"""Families that a note about the same things cannot be mistaken for."""
NEGATIVES: Final = 0.09
"""Share of texts that are not of the schema asked."""
LONGEST: Final = 1600
"""Characters of the longest text of most families."""
LONGER: Final = {"report": (3600, 0.6), "dossiers": (3400, 1.0)}
"""Characters of the longest text of the others, and the share of their texts that may be so long."""
CONSTANTS: Final = 0.015
"""Share of schemas with a constant."""


def generate(seed: int, *, level: float = 1.0, family: str | None = None) -> Iterator[Example]:
    """Yield examples for ever, the same ones for the same arguments.

    ``level`` is the difficulty: 0 gives short texts of two or three fields in the simplest families,
    1 the full mix.
    ``family`` keeps to one family of layout.
    """
    rng = Random(f"{seed} {level} {family}")
    names = [family] if family else [name for name, (_, _, least) in FAMILIES.items() if level >= least]
    weights = [FAMILIES[name][1] for name in names]
    asked_before: list[tuple[str, dict[str, Any]]] = []
    while True:
        name = rng.choices(names, weights)[0]
        example = _positive(name, rng, level)
        if example is None:
            continue
        if rng.random() < NEGATIVES * (0.5 + 0.5 * level) and asked_before:
            yield _negative(example, asked_before, rng, level)
        else:
            yield example
        asked_before = [*asked_before[-30:], (name, example.schema)]


def _negative(
    example: Example, asked_before: list[tuple[str, dict[str, Any]]], rng: Random, level: float
) -> Example:
    """Make of an example one that its schema does not fit."""
    if example.format == "house" and rng.random() < 0.8:
        return refused_by(example, rng)
    if example.format in NEAR and rng.random() < 0.5:
        return Example(example.schema, note.note(example.schema, rng), None, {}, {}, "note")
    style = rng.random()
    if style < 0.15:
        wanting = _one_more(example.schema, rng, level)
        return Example(wanting, example.text, None, {}, {}, example.format)
    others = [schema for family, schema in asked_before if _unlike(family, example.format)]
    if style < 0.3 or not others:
        chatter = "\n".join(words.sentence(rng, 14) for _ in range(rng.randint(1, 4)))
        return Example(example.schema, chatter, None, {}, {}, "chatter")
    return Example(_strict(others, rng), example.text, None, {}, {}, example.format)


def _unlike(family: str, other: str) -> bool:
    """Tell whether what a text of one family gives is not what a schema of the other asks."""
    same = family == other and family in {"logline", "flow"}
    return not same and not (family in DEVICE and other in DEVICE)


def _strict(others: list[dict[str, Any]], rng: Random) -> dict[str, Any]:
    """Choose a schema, rather one that requires something."""
    other = rng.choice(others)
    for _ in range(3):
        if other.get("required"):
            break
        other = rng.choice(others)
    return other


def _one_more(asked: dict[str, Any], rng: Random, level: float) -> dict[str, Any]:
    """Require a property of which the text has nothing."""
    how = naming.dialect(rng, level)
    field = concept.fields(rng, 1)[0]
    naming.put_label(field, rng, how)
    naming.put_key(field, rng, how, set(asked["properties"]))
    place = schema.leaf(field, [], rng, formats=False)
    properties = list(asked["properties"].items())
    properties.insert(rng.randint(0, len(properties)), (field.key, place))
    return asked | {"properties": dict(properties), "required": [*asked.get("required", []), field.key]}


def _positive(name: str, rng: Random, level: float) -> Example | None:
    """Write one text of a family and take it if it is neither empty nor too long."""
    written = FAMILIES[name][0](rng, level)
    page = written.page
    if not written.filled.prune(page.headings):
        return None
    found = written.filled.json()
    longer, share = LONGER.get(name, (LONGEST, 1.0))
    limit = longer if share == 1 or rng.random() < share else LONGEST
    if not found or not page.spans or page.length > 150 + level * limit:
        return None
    noise.disturb(page, rng, level)
    if written.document is not None:
        return Example(written.document, page.text, found, page.spans, page.headings, name)
    title = written.title if written.title or rng.random() < 0.4 else words.phrase(rng)
    document = schema.document(
        written.root, written.filled, rng, title=title, description=written.description
    )
    if rng.random() < CONSTANTS * level:
        key = words.word(rng)
        if key not in document["properties"]:
            document["properties"][key] = {"const": (constant := words.word(rng))}
            document["required"] = [*document.get("required", []), key]
            found[key] = constant
    return Example(document, page.text, found, page.spans, page.headings, name)
