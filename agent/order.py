"""Where a place stands, seen from the answer of the question before.

In much of what devices print, values have no labels and come in the order that the schema names them. So a
question is asked with the answer of the one before it in hand: each place is the next cell or word after it,
one further on, on the next line, or before it. What each of these is worth for a question is learned (the
head ``order``), and is little where the text has labels.
"""

from __future__ import annotations

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
FAR = 3
"""Units further on that are told apart from all later ones."""


def _ahead() -> npt.NDArray[np.int8]:
    """Return the relation of what stands behind an answer: (lines on, units on, first of its unit)."""
    table = np.full((3, FAR + 1, 2), AT["lines_later"], np.int8)
    names = ("same_unit", "same_unit", "in_next", "next", "in_second", "second", "later", "later")
    table[0] = np.reshape([AT[name] for name in names], (FAR + 1, 2))
    table[1] = AT["in_next_line"]
    table[1, 1, 1] = AT["next_line"]
    return table


AHEAD = _ahead()


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


def relations(places: Grid, start: int, end: int) -> npt.NDArray[np.int8]:
    """Return the relation of each place to an answer ``[start, end]``, both inclusive: (places,)."""
    line, unit, first = places[end + 1 :].T
    lines = np.minimum(line - places[end, LINE], 2)
    units = unit - np.where(lines == 0, places[end, UNIT], 0)
    found = np.empty(len(places), np.int8)
    found[:start] = np.where(places[:start, LINE] == places[start, LINE], AT["back"], AT["lines_back"])
    found[start : end + 1] = AT["within"]
    found[end + 1 :] = AHEAD[lines, np.clip(units, 0, FAR), first]
    found[0] = AT["unasked"]
    return found
