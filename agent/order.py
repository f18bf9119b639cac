"""Where a place stands, seen from the answer of the question before.

In much of what devices print, values have no labels and come in the order that the schema names them. So a
question is asked with the answer of the one before it in hand: each place is the next cell or word after it,
one further on, on the next line, or before it. What each of these is worth for a question is learned (the
head ``order``), and is little where the text has labels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from agent.page import Page

RELATIONS = (
    "unasked", "same_unit", "next", "in_next", "second", "in_second", "later", "next_line", "in_next_line",
    "lines_later", "back", "lines_back", "within",
)  # fmt: skip
"""How a place stands to the answer before; "unasked" where there is none to stand to."""
AT = {name: number for number, name in enumerate(RELATIONS)}
Grid = npt.NDArray[np.int32]
LINE, UNIT, FIRST = 0, 1, 2
"""Columns of a grid: line, cell or word in the line, whether no word of the unit stands before the place."""
SECOND = 2


def grid(page: Page) -> Grid:
    """Return line, unit and first of each place of a page, (places, 3); place 0 is before the first line."""
    found = np.zeros((page.behind, 3), np.int32)
    found[0] = (1, 0, 0)
    line, unit, begun, end = 1, 1, False, 0
    for place, token in enumerate(page.tokens, start=1):
        mark, written = page.marks[line - 1], page.text[token.start : token.end]
        if not mark and begun and (token.blank or token.start > end):
            unit, begun = unit + 1, False
        found[place] = (line, unit, not begun)
        begun = begun or written.isalnum()
        if mark and mark in written:
            unit, begun = unit + written.count(mark), False
        if "\n" in written:
            line, unit, begun = line + 1, 1, False
        end = token.end
    return found


def relations(places: Grid, start: Any, end: Any) -> npt.NDArray[np.int8]:  # noqa: ANN401 - ints or arrays
    """Return the relation of each place to answers ``[start, end]``, both inclusive.

    ``start`` and ``end`` are one place each, or columns of places, (n, 1); the result is (places,) or
    (n, places).
    """
    line, unit, first = places.T
    place = np.arange(len(places))
    lines, units = line - line[end], unit - unit[end]
    cases = (
        (place < start, np.where(line == line[start], AT["back"], AT["lines_back"])),
        (place <= end, AT["within"]),
        (lines > 1, AT["lines_later"]),
        (lines == 1, np.where((unit == 1) & (first == 1), AT["next_line"], AT["in_next_line"])),
        (units <= 0, AT["same_unit"]),
        (units == 1, np.where(first == 1, AT["next"], AT["in_next"])),
        (units == SECOND, np.where(first == 1, AT["second"], AT["in_second"])),
    )
    found = np.select([case for case, _ in cases], [worth for _, worth in cases], AT["later"]).astype(np.int8)
    found[..., 0] = AT["unasked"]
    return found
