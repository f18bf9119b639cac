"""Tables: a header that names columns, and rows below it."""

from __future__ import annotations

from random import Random

from training.synthesis import casing, outline, words
from training.synthesis.fill import fill
from training.synthesis.form import Field, Filled, Group, Shape
from training.synthesis.layout import Written
from training.synthesis.naming import dialect
from training.synthesis.page import Page


def columns(rng: Random, level: float) -> Written:
    """Write a table with fixed columns."""
    how = dialect(rng, level, casing.JOINED if rng.random() < 0.6 else casing.SPACED)
    fields = outline.flat(rng, level, how, outline.count(rng, level, 10))
    root, filled = _table(fields, rng, level)(how)
    body = _rows(filled, root)
    page = Page()
    if rng.random() < 0.15 * level:
        page.write(words.phrase(rng) + "\n")
    missing = rng.choice(("-", "--", "", "n/a", "*", "-"))
    cells = [[_cell(row, field, missing) for field in fields] for row in body]
    widths = [max(len(field.label), *(len(cell) for cell in column)) for field, column in zip(fields, zip(*cells, strict=True), strict=True)]
    gap = " " * (rng.choice((1, 2, 2, 3, 5)) if all(" " not in cell for row in cells for cell in row) and all(" " not in field.label for field in fields) else rng.choice((2, 3)))
    right = [field.source.type in ("number", "integer") and rng.random() < 0.75 for field in fields]
    style = rng.choice(("plain", "plain", "plain", "rule", "bars", "box"))
    edge = "|" if style == "box" else ""
    joint = " | " if style in ("bars", "box") else gap

    def put_line(texts: list[str], leaves: list[Filled | None]) -> None:
        page.write(edge and "| ")
        for index, text in enumerate(texts):
            page.write(joint if index else "")
            pad = " " * (widths[index] - len(text))
            page.write(pad if right[index] else "")
            leaf = leaves[index]
            page.leaf(leaf.pointer if leaf is not None else None, text)
            page.write("" if right[index] or (index == len(texts) - 1 and not edge) else pad)
        page.write((edge and " |") + "\n")

    rule = joint.replace(" | ", "-+-").join("-" * width for width in widths)
    if style == "box":
        page.write(f"+-{rule}-+\n")
    put_line([field.label for field in fields], [None] * len(fields))
    if style != "plain":
        page.write(f"|-{rule}-|\n".replace("+", "|") if style == "box" else rule + "\n")
    for row, texts in zip(body, cells, strict=True):
        by_field = {id(leaf.of): leaf for leaf in row.leaves()}
        put_line(texts, [by_field.get(id(field)) for field in fields])
    if style == "box" and rng.random() < 0.5:
        page.write(f"+-{rule}-+\n")
    if rng.random() < 0.12 * level:
        page.write(f"({len(body)} rows)\n" if rng.random() < 0.5 else f"Total: {rng.randrange(9999)}\n")
    return Written(root, filled, page)


def delimited(rng: Random, level: float) -> Written:
    """Write lines split at a mark, below a header line."""
    how = dialect(rng, level, casing.JOINED if rng.random() < 0.6 else casing.SPACED)
    fields = outline.flat(rng, level, how, outline.count(rng, level, 14))
    root, filled = _table(fields, rng, level)(how)
    mark = rng.choice((",", ",", ";", ";", "\t", "|", ", ", " | "))
    page = Page()
    page.write(rng.choice(("", "", "#", "# ")) + mark.join(field.label.replace(mark.strip() or mark, " ") for field in fields))
    missing = rng.choice(("", "", "-", "null", "NULL", "NA"))
    quote = rng.random() < 0.2
    for row in _rows(filled, root):
        page.write("\n")
        by_field = {id(leaf.of): leaf for leaf in row.leaves()}
        for index, field in enumerate(fields):
            page.write(mark if index else "")
            leaf = by_field.get(id(field))
            if leaf is None:
                page.write(missing)
                continue
            around = '"' if (mark.strip() or mark) in leaf.printed or (quote and field.source.type == "string") else ""
            page.write(around)
            page.leaf(leaf.pointer, leaf.printed)
            page.write(around)
    page.write(rng.choice(("", "\n")))
    return Written(root, filled, page)


def _table(fields: list[Field], rng: Random, level: float):  # noqa: ANN202
    single = rng.random() < 0.3

    def made(how):  # noqa: ANN001, ANN202
        if single:
            root = outline.asked_of(fields, rng, level)
        else:
            root = outline.rows(fields, rng, how)
        outline.ask(root, rng, how)
        return root, fill(root, rng)

    return made


def _rows(filled: Filled, root: Group) -> list[Filled]:
    only = root.children[0]
    if isinstance(only, Group) and only.shape is Shape.RECORDS:
        return filled.children[0].children
    return [filled]


def _cell(row: Filled, field: Field, missing: str) -> str:
    return next((leaf.printed for leaf in row.leaves() if leaf.of is field), missing)
