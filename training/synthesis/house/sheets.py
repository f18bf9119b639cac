"""Texts with a label at each value: pairs, reports, markup, tables."""

from __future__ import annotations

from random import Random

from training.synthesis import outline
from training.synthesis.device.cast import Cast
from training.synthesis.fill import fill
from training.synthesis.form import Field, Filled, Group
from training.synthesis.layout import Written, markup, table
from training.synthesis.layout.pairs import pairs
from training.synthesis.layout.report import draw_style, put_members
from training.synthesis.layout.scribe import by_field
from training.synthesis.naming import put_label
from training.synthesis.page import Page


def _filled(cast: Cast, rng: Random) -> tuple[Group, Filled, list[Field]]:
    """Label the parts and fill them in; return the fields that the text may print, in its order."""
    root = cast.root
    assert root is not None  # noqa: S101 - the caller has made it
    fields: list[Field] = [part for part in cast.parts if part.presence > 0]
    if rng.random() < 0.35:
        rng.shuffle(fields)
    for field in fields:
        put_label(field, rng, cast.how)
    outline.distinct(fields)
    return root, fill(root, rng), fields


def pairs_of(cast: Cast, rng: Random, level: float) -> Written:
    """Write labels and values on one line."""
    root, filled, fields = _filled(cast, rng)
    page = Page()
    pairs(rng, level, fields, cast.how).write(page, by_field(filled), rng)
    return Written(root, filled, page)


def report_of(cast: Cast, rng: Random, level: float) -> Written:
    """Write a label and a value on each line."""
    del level
    root, filled, _ = _filled(cast, rng)
    page = Page()
    if rng.random() < 0.2:
        page.write(
            f"{rng.choice(cast.theme.things).capitalize()} {rng.choice(('report', 'status', 'data'))}\n"
        )
    put_members(page, filled, draw_style(rng), rng, "")
    return Written(root, filled, page)


def markup_of(cast: Cast, rng: Random, level: float) -> Written:
    """Write JSON, XML or YAML."""
    del level
    root, filled, _ = _filled(cast, rng)
    page = Page()
    rng.choice((markup.put_braces, markup.put_tags, markup.put_tags, markup.put_yaml))(page, filled, rng)
    return Written(root, filled, page)


def table_of(cast: Cast, rng: Random, level: float) -> Written:
    """Write a header and one row."""
    del level
    root, filled, fields = _filled(cast, rng)
    page = Page()
    rng.choice((table.columns, table.delimited))(rng)(page, fields, [by_field(filled)], rng)
    return Written(root, filled, page)
