"""Records of cells: values between separators in the order of the schema, some of them empty."""

from __future__ import annotations

from random import Random

from training.synthesis.device.cast import Cast, draw, written
from training.synthesis.device.part import Part, Role
from training.synthesis.device.plain import ordered, tag
from training.synthesis.layout import Written
from training.synthesis.layout.scribe import Records
from training.synthesis.page import Page


def cells(rng: Random, level: float) -> Written:
    """Write one record whose cells a schema lists in their order."""
    return cells_of(draw(rng, level, labelled=True, apart=rng.random() < 0.4), rng, level)


def cells_of(cast: Cast, rng: Random, level: float) -> Written:
    """Write a cast as one record."""
    cast.decoys = []
    mark = _mark(cast, rng)
    told = rng.random()
    glue = rng.choice((None, None, None, "", " ")) if mark.strip() else None
    empty = rng.choice(("", "", "-", "n/a", "NA", "--", "null", "?")) if mark.strip() or mark == "\t" else "-"
    short = rng.random() < 0.35
    head = tag(cast, rng, 0.1) if mark.strip() and level > 0.3 else ""

    def write(page: Page, records: Records, rng: Random) -> None:
        del rng
        page.write(head)
        last = max(index for index, part in enumerate(cast.parts) if id(part) in records)
        for index, part in enumerate(cast.parts[: last + 1] if short else cast.parts):
            page.write(mark if index else "")
            _cell(page, records, part, empty, glue)

    made = written(cast, write, rng, level)
    if told < 0.3:
        made.description = _described(cast, mark, rng)
    return made


def _cell(page: Page, records: Records, part: Part, empty: str, glue: str | None) -> None:
    if (leaf := records.get(id(part))) is None:
        page.write(empty)
        return
    page.put(leaf)
    page.write(part.sign(glue) if glue is not None else "")


def _mark(cast: Cast, rng: Random) -> str:
    """Choose a separator that no value holds."""
    marks = [";", ";", "|", "|", ",", ",", "\t", " ", "; ", " | ", ", ", "/", "#"]
    spaced = any(part.source.wide for part in cast.parts)
    odd = any(part.role in (Role.TIME, Role.TEXT, Role.IDENT) for part in cast.parts)
    fit = [
        mark for mark in marks if not (spaced and mark == " ") and not (odd and mark in ("/", "#", ",", ", "))
    ]
    if not spaced and rng.random() < 0.25:
        return rng.choice((",", " "))
    return rng.choice(fit)


def _described(cast: Cast, mark: str, rng: Random) -> str:
    listed = mark.strip() or ", "
    keys = listed.join(part.key for part in cast.parts)
    return rng.choice((
        "Fields in order", f"In this order: {keys}", "One record, cells in the order of the properties",
        "Values in the order of the fields; empty cells are missing", f"Line of {keys}",
    ))  # fmt: skip


def apart(rng: Random, level: float) -> Written:
    """Write a record in an order of its own, where units and kinds tell which cell is which."""
    return apart_of(draw(rng, level, labelled=False, apart=True), rng, level)


def apart_of(cast: Cast, rng: Random, level: float) -> Written:
    """Write a cast as such a record."""
    mark = _mark(cast, rng)
    glue, order = rng.choice(("", "", " ")) if mark != " " else "", ordered(cast, rng)
    void = rng.choice(("", "-", "n/a")) if mark.strip() else "-"
    holes = {rng.randrange(12) for _ in range(2)} if rng.random() < 0.4 * level else set()

    def write(page: Page, records: Records, rng: Random) -> None:
        del rng
        for index, part in enumerate(part for part in order if id(part) in records):
            page.write((mark if index else "") + (void + mark if index in holes else "") + part.lead)
            page.put(records[id(part)])
            page.write(part.sign(glue))

    return written(cast, write, rng, level, telling=True)
