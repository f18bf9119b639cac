"""Rows and columns that both have names: objects by row or by column, or two words for each value."""

from __future__ import annotations

from random import Random
from typing import Final

from training.synthesis import casing, concept, outline, value, words
from training.synthesis.fill import fill
from training.synthesis.form import Field, Filled, Group, Shape
from training.synthesis.layout import Written
from training.synthesis.layout.line import position
from training.synthesis.naming import Dialect, dialect, put_label
from training.synthesis.page import Page

_KINDS: Final = (
    "int:0:99999",
    "int:0:100",
    "float:0:100:2",
    "float:0:1000:1",
    "int:0:9",
    "word",
    "bool",
    "clock",
    "hex:4",
    "float:-60:20:2",
)


def matrix(rng: Random, level: float) -> Written:
    """Write a grid whose rows are named."""
    how = dialect(rng, level, casing.JOINED if rng.random() < 0.5 else casing.SPACED)
    columns = [
        field for field in concept.fields(rng, rng.randint(2, 3 + round(3 * level))) if not field.source.wide
    ] or concept.fields(rng, 2)
    numbers = rng.random() < 0.7
    for column in columns:
        put_label(column, rng, how)
        if numbers or column.source.wide:
            column.source = value.source(rng.choice(_KINDS[:5]), rng)
    outline.distinct(columns)
    names = _row_names(rng, rng.randint(1, 2 + round(2 * level)))
    by_row = rng.random() < 0.7
    flat = rng.random() < 0.35
    root, cells = _ask(rng, how, columns, names, by_row=by_row, flat=flat)
    grid, said = not by_row or rng.random() < 0.6, rng.random() < 0.7
    if not grid and not said:
        for row in cells:
            for index, cell in enumerate(row):
                cell.label, cell.hidden, cell.cues = "", True, position(index, len(row), " ")
    outline.ask(root, rng, how)
    filled = fill(root, rng)
    if not any(column.asked for row in cells for column in row):
        cells[0][0].asked = True
    page = Page()
    by_field = {id(leaf.of): leaf for leaf in filled.leaves()}
    headings = {child.of.words: child.pointer for child in filled.children if isinstance(child.of, Group)}
    case = rng.choice((str.title, str.title, str.upper, str.lower))
    labels = [case(" ".join(name)) for name in names]
    if grid:
        _grid(
            page,
            rng,
            columns,
            labels,
            names,
            headings,
            [[by_field[id(cell)] for cell in row] for row in cells],
            by_row=by_row,
        )
    else:
        _rows(
            page,
            rng,
            labels,
            names,
            headings,
            [[by_field[id(cell)] for cell in row] for row in cells],
            said=said,
        )
    return Written(root, filled, page)


def _row_names(rng: Random, number: int) -> list[tuple[str, ...]]:
    families = [family for family in concept.SIBLINGS if len(family) >= number]
    if rng.random() < 0.5 and families:
        picked = rng.choice(families)[:number]
        base = (words.word(rng),) if rng.random() < 0.5 or picked[0][0].isdigit() else ()
        return [(*base, *name) for name in picked]
    names = [concept.compound(rng, rng.choice((1, 1, 2))).words for _ in range(number)]
    return list(dict.fromkeys(names))


def _ask(
    rng: Random, how: Dialect, columns: list[Field], names: list[tuple[str, ...]], *, by_row: bool, flat: bool
) -> tuple[Group, list[list[Field]]]:
    """Make one field for each cell and put them under rows, columns, or straight under the root."""
    decoy = rng.choice((0.0, 0.0, 0.25, 0.5))
    asked = [rng.random() >= decoy for _ in columns]
    if not any(asked):
        asked[0] = True
    cells = []
    for name in names:
        row = []
        for column, wanted in zip(columns, asked, strict=True):
            full = (*name, *column.words) if rng.random() < 0.85 else (*column.words, *name)
            cell = Field(
                full if flat else (column.words if by_row else name),
                column.source,
                unit=column.unit,
                asked=wanted,
            )
            cell.label = f"{' '.join(name)} {column.label}" if flat else column.label
            row.append(cell)
        cells.append(row)
    root = Group((), Shape.OBJECT)
    if flat:
        root.children = [cell for row in cells for cell in row]
    elif by_row:
        root.children = [_object(name, row, how) for name, row in zip(names, cells, strict=True)]
    else:
        root.children = [
            _object(column.words, [row[index] for row in cells], how) for index, column in enumerate(columns)
        ]
        for name, row in zip(names, cells, strict=True):
            for cell in row:
                cell.label = how.label(name)
    return root, cells


def _object(name: tuple[str, ...], cells: list[Field], how: Dialect) -> Group:
    group = Group(name, Shape.OBJECT, list(cells))
    group.label = how.label(name)
    group.asked = any(cell.asked for cell in cells)
    return group


def _grid(  # noqa: PLR0917 - one call, of what one text is made of
    page: Page,
    rng: Random,
    columns: list[Field],
    labels: list[str],
    names: list[tuple[str, ...]],
    headings: dict[tuple[str, ...], str | None],
    rows: list[list[Filled]],
    *,
    by_row: bool,
) -> None:
    """Write a header and named rows."""
    first = max(len(label) for label in labels) + 1
    widths = [
        max(len(column.label), *(len(row[index].printed) for row in rows))
        for index, column in enumerate(columns)
    ]
    gap, tail = " " * rng.choice((1, 2, 2, 4)), rng.choice((":", "", ":"))
    if any(" " in column.label for column in columns) and gap == " ":
        gap = "  "
    right = rng.random() < 0.75
    page.write(rng.choice((" ", " ", "-", words.word(rng)[:first])).ljust(first + len(tail)))
    for index, column in enumerate(columns):
        page.write(gap + (" " * (widths[index] - len(column.label)) if right else ""))
        page.heading(None if by_row else headings.get(column.words), column.label)
        page.write("" if right else " " * (widths[index] - len(column.label)))
    for label, name, row in zip(labels, names, rows, strict=True):
        page.write("\n")
        page.heading(headings.get(name) if by_row else None, label)
        page.write((tail).ljust(first + len(tail) - len(label)))
        for index, leaf in enumerate(row):
            page.write(gap + (" " * (widths[index] - len(leaf.shown)) if right else ""))
            page.put(leaf)
            page.write("" if right else " " * (widths[index] - len(leaf.shown)))
    page.write(rng.choice(("", "\n")))


def _rows(
    page: Page,
    rng: Random,
    labels: list[str],
    names: list[tuple[str, ...]],
    headings: dict[tuple[str, ...], str | None],
    rows: list[list[Filled]],
    *,
    said: bool,
) -> None:
    """Write one line for each row, with a label before each value or none."""
    joint, gap, tail = (
        rng.choice((" ", ":", "=", ": ")),
        rng.choice((" ", ", ", "  ", "; ")),
        rng.choice((": ", " ", ":", " - ", " | ")),
    )
    wraps = [rng.choice(("", "", "", "[]", "()")) for _ in rows[0]]
    for number, (label, name, row) in enumerate(zip(labels, names, rows, strict=True)):
        page.write("\n" if number else "")
        page.heading(headings.get(name), label)
        page.write(tail)
        for index, leaf in enumerate(row):
            page.write(gap if index else "")
            field = leaf.of
            if isinstance(field, Field) and said:
                page.write(field.label.removeprefix(" ".join(name) + " ") + joint)
            page.write(wraps[index][:1])
            page.put(leaf)
            page.write(wraps[index][1:])
    page.write(rng.choice(("", "\n")))
