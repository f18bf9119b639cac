"""Texts of several parts: some fields, then a table, a list, a line of another kind."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from training.synthesis import casing, nesting, outline, words
from training.synthesis.fill import fill
from training.synthesis.form import Field, Filled, Group, Shape
from training.synthesis.layout import Written, message, pairs, prose, table
from training.synthesis.layout.report import put_value
from training.synthesis.layout.scribe import Scribe, by_field
from training.synthesis.naming import Dialect, dialect, put_label
from training.synthesis.page import Page

Part = tuple[list[Field | Group], Callable[[Page, Filled], None]]
"""What a part adds to the root, and who writes it from the filled root."""


def mixed(rng: Random, level: float) -> Written:
    """Write a text of two to four parts."""
    how = dialect(rng, level, casing.SPACED if rng.random() < 0.6 else casing.MOSTLY_JOINED)
    draws = [
        _labels,
        _line,
        _labels,
        *rng.choices((_table, _list, _line, _labels, _rows), k=rng.randint(1, 2)),
    ]
    rng.shuffle(draws)
    parts = [draw(rng, level, how) for draw in draws[: rng.randint(2, 3 if level < 0.7 else 4)]]
    root = Group((), Shape.OBJECT)
    seen: set[tuple[str, ...]] = set()
    for children, _ in parts:
        for child in children:
            while child.words in seen:
                child.words = (*child.words, words.word(rng))
                if child.label:
                    child.label = how.label(child.words)
            seen.add(child.words)
            root.children.append(child)
    outline.ask(root, rng, how)
    filled = fill(root, rng)
    page = Page()
    between = rng.choice(("", "\n", "\n"))
    for index, (_, write) in enumerate(parts):
        page.write(between if index else "")
        write(page, filled)
    return Written(root, filled, page)


def _fields(rng: Random, level: float, how: Dialect, most: int) -> list[Field]:
    return outline.flat(rng, level, how, rng.randint(1, most))


def _grouped(rng: Random, how: Dialect, fields: list[Field]) -> tuple[list[Field | Group], Group | None]:
    """Put the fields of a part under an object of their own, or leave them to the root."""
    if rng.random() < 0.55 or len(fields) < 2:
        return [*fields], None
    name = tuple(words.word(rng) for _ in range(rng.randint(1, 2)))
    group = Group(name, Shape.OBJECT, [*fields], asked=any(field.asked for field in fields))
    put_label(group, rng, how)
    return [group], group


def _found(filled: Filled, group: Group | None) -> Filled:
    return (
        filled
        if group is None
        else next((child for child in filled.children if child.of is group), Filled(group, None))
    )


def _heading(page: Page, filled: Filled, group: Group | None, rng: Random, joint: str) -> None:
    if group is not None:
        page.heading(_found(filled, group).pointer, group.label)
        page.write(joint)
    elif rng.random() < 0.1:
        page.write(words.phrase(rng) + joint)


def _labels(rng: Random, level: float, how: Dialect) -> Part:
    fields = _fields(rng, level, how, 5)
    children, group = _grouped(rng, how, fields)
    joint, indent, unit_joint = (
        rng.choice((": ", ": ", "=", " = ", "\t", " : ")),
        rng.choice(("", "  ", "\t")),
        rng.choice((None, " ", "")),
    )

    def write(page: Page, filled: Filled) -> None:
        _heading(page, filled, group, rng, rng.choice((":\n", "\n")))
        leaves = by_field(_found(filled, group))
        for field in fields:
            if (leaf := leaves.get(id(field))) is not None:
                page.write((indent if group else "") + field.label + joint)
                put_value(page, leaf, unit_joint)
                page.write("\n")

    return children, write


def _line(rng: Random, level: float, how: Dialect) -> Part:
    fields = _fields(rng, level, how, 5)
    draw = rng.choice((pairs.pairs, message.message, prose.terse, pairs.pairs, prose.prose))
    scribe: Scribe = draw(rng, level, fields, how)
    children, group = _grouped(rng, how, fields)

    def write(page: Page, filled: Filled) -> None:
        _heading(page, filled, group, rng, rng.choice((": ", " ", " - ", ":\n  ")))
        scribe.write(page, by_field(_found(filled, group)), rng)
        page.write("\n")

    return children, write


def _records(rng: Random, how: Dialect, fields: list[Field]) -> Group:
    rows = outline.rows(fields, rng, how, most=3).children[0]
    if not isinstance(rows, Group):
        raise TypeError(rows.name)
    rows.key = ""
    rows.asked = any(field.asked for field in fields)
    if rows.asked:
        fields[0].asked = True
    put_label(rows, rng, how)
    return rows


def _table(rng: Random, level: float, how: Dialect) -> Part:
    fields = outline.flat(rng, level, how, rng.randint(2, 6))
    rows = _records(rng, how, fields)
    grid, titled = rng.choice((table.columns, table.columns, table.delimited))(rng), rng.random() < 0.4
    if not titled:
        rows.label = ""

    def write(page: Page, filled: Filled) -> None:
        found = _found(filled, rows)
        if titled:
            page.heading(found.pointer, rows.label)
            page.write(rng.choice((":\n", "\n", ":\n")))
        grid(page, fields, [by_field(item) for item in found.children], rng)

    return [rows], write


def _rows(rng: Random, level: float, how: Dialect) -> Part:
    fields = _fields(rng, level, how, 4)
    scribe: Scribe = rng.choice((pairs.pairs, message.message, prose.terse))(rng, level, fields, how)
    rows = _records(rng, how, fields)
    titled, bullet = rng.random() < 0.5, rng.choice(("", "  ", "- ", "* ", "\t"))
    if not titled:
        rows.label = ""

    def write(page: Page, filled: Filled) -> None:
        found = _found(filled, rows)
        if titled:
            page.heading(found.pointer, rows.label)
            page.write(":\n")
        for item in found.children:
            page.write(bullet)
            scribe.write(page, by_field(item), rng)
            page.write("\n")

    return [rows], write


def _list(rng: Random, level: float, how: Dialect) -> Part:
    del level
    scalars = nesting.scalars(rng)
    put_label(scalars, rng, how)
    joint, gap = (
        rng.choice((": ", ": ", " ", " = ", ":\t")),
        rng.choice((", ", " ", "; ", ",", " - ", " | ", "/")),
    )
    around = rng.choice(("", "", "", "[]", "()", "{}"))

    def write(page: Page, filled: Filled) -> None:
        found = _found(filled, scalars)
        page.heading(found.pointer, scalars.label)
        page.write(joint + around[:1])
        for index, item in enumerate(found.children):
            page.write(gap if index else "")
            page.put(item)
        page.write(around[1:] + "\n")

    return [scalars], write
