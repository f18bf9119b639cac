"""Tables: a header that names columns, and rows below it."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from training.synthesis import casing, outline, value, words
from training.synthesis.fill import fill
from training.synthesis.form import Field
from training.synthesis.layout import Written
from training.synthesis.layout.scribe import Records, by_field
from training.synthesis.naming import dialect
from training.synthesis.page import Page

Grid = Callable[[Page, list[Field], list[Records], Random], None]
"""Writes header and rows."""


def table(draw: Callable[[Random], Grid], most: int) -> Callable[[Random, float], Written]:
    """Make a family of texts that are one table each."""

    def written(rng: Random, level: float) -> Written:
        how = dialect(rng, level, casing.JOINED if rng.random() < 0.6 else casing.SPACED)
        fields = outline.flat(rng, level, how, outline.count(rng, level, most))
        if rng.random() < 0.12:
            fields.insert(0, _rowhead(rng))
        single = rng.random() < 0.3
        root = outline.asked_of(fields, rng, level) if single else outline.rows(fields, rng, how)
        outline.ask(root, rng, how)
        filled = fill(root, rng)
        records = [filled] if single else filled.children[0].children
        page = Page()
        if rng.random() < 0.15 * level:
            page.write(words.phrase(rng) + "\n")
        draw(rng)(page, fields, [by_field(record) for record in records], rng)
        if rng.random() < 0.12 * level:
            page.write(
                f"({len(records)} rows)\n" if rng.random() < 0.5 else f"Total: {rng.randrange(9999)}\n"
            )
        return Written(root, filled, page)

    return written


def _rowhead(rng: Random) -> Field:
    """Draw a first column without a name, which names the rows."""
    name = rng.choice((("name",), ("type",), ("row",), ("kind",), ("item",), (words.word(rng),), ("device",)))
    kind = rng.choice(("word", "devid", "iface", "path", "host"))
    field = Field(
        name,
        value.source(kind, rng),
        cues=(
            "row name",
            "first column",
            "the name of the row",
            "name at the start of the row",
            "first word of the row",
        ),
        hidden=rng.random() < 0.7,
    )
    if rng.random() < 0.5:
        field.affix = lambda _: ("", ":")
        field.cues = (*field.cues, "row name without the colon", "row name, without the colon")
    return field


def columns(rng: Random) -> Grid:  # noqa: C901 - the writer within reads from top to bottom like the table
    """Draw a table with fixed columns."""
    missing = rng.choice(("-", "--", "", "n/a", "*", "-"))
    style = rng.choice(("plain", "plain", "plain", "rule", "bars", "box", "dashes"))

    def write(page: Page, fields: list[Field], rows: list[Records], rng: Random) -> None:
        cells = [[_cell(row, field, missing) for field in fields] for row in rows]
        widths = [
            max(len(field.label), *(len(row[index]) for row in cells)) for index, field in enumerate(fields)
        ]
        gap = " " * (rng.choice((1, 2, 2, 3, 5)) if _narrow(fields, cells) else rng.choice((2, 3)))
        right = [field.source.type in ("number", "integer") and rng.random() < 0.75 for field in fields]
        edge = style == "box"
        joint = " | " if style in ("bars", "box") else gap

        def line(texts: list[str], row: Records | None) -> None:
            page.write("| " if edge else "")
            for index, (text, field) in enumerate(zip(texts, fields, strict=True)):
                page.write(joint if index else "")
                pad = " " * (widths[index] - len(text))
                page.write(pad if right[index] else "")
                leaf = row.get(id(field)) if row is not None else None
                if leaf is None:
                    page.write(text)
                else:
                    page.put(leaf)
                page.write("" if right[index] or (index == len(texts) - 1 and not edge) else pad)
            page.write(" |\n" if edge else "\n")

        rule = joint.replace(" | ", "-+-").join("-" * width for width in widths)
        if style == "plain" and len(fields) > 3 and rng.random() < 0.15:
            _groups(page, widths, gap, rng)
        if edge:
            page.write(f"+-{rule}-+\n")
        line([field.label for field in fields], None)
        if edge:
            page.write(f"|-{rule}-|\n".replace("+", "|"))
        elif style != "plain":
            page.write(rule + "\n")
        for row, texts in zip(rows, cells, strict=True):
            line(texts, row)
        if edge and rng.random() < 0.5:
            page.write(f"+-{rule}-+\n")

    return write


def _narrow(fields: list[Field], cells: list[list[str]]) -> bool:
    """Tell whether one space can part the columns; the last one may hold spaces, nothing comes behind it."""
    named = all(" " not in field.label for field in fields[:-1])
    return named and all(" " not in cell and cell for row in cells for cell in row[:-1])


def _groups(page: Page, widths: list[int], gap: str, rng: Random) -> None:
    """Write a line of words that stand over several columns."""
    pad, at = rng.choice(" -- "), 0
    while at < len(widths):
        step = rng.randint(1, 4)
        room = sum(widths[at : at + step]) + len(gap) * (len(widths[at : at + step]) - 1)
        page.write(("" if at == 0 else gap) + words.word(rng)[:room].center(room, pad))
        at += step
    page.write("\n")


def _cell(row: Records, field: Field, missing: str) -> str:
    leaf = row.get(id(field))
    return missing if leaf is None else leaf.shown


def delimited(rng: Random) -> Grid:
    """Draw lines split at a mark, below a header line."""
    mark = rng.choice((",", ",", ";", ";", "\t", "|", ", ", " | "))
    bare = mark.strip() or mark
    missing = rng.choice(("", "", "-", "null", "NULL", "NA"))
    quote = rng.random() < 0.2
    before = rng.choice(("", "", "", "#", "# "))

    def write(page: Page, fields: list[Field], rows: list[Records], rng: Random) -> None:
        del rng
        page.write(before + mark.join(field.label.replace(bare, " ") for field in fields) + "\n")
        for row in rows:
            for index, field in enumerate(fields):
                page.write(mark if index else "")
                leaf = row.get(id(field))
                if leaf is None:
                    page.write(missing)
                    continue
                around = '"' if bare in leaf.shown or (quote and field.source.type == "string") else ""
                page.write(around)
                page.put(leaf)
                page.write(around)
            page.write("\n")

    return write
