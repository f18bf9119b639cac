"""A text as the models read it: pieces, tokens, lines, and the blocks that indentation makes of them.

Everything that is computed from a text alone is computed here once, for the features of a pointing model and
for the decoder. Places are those of a prompt's message part: token i of the text is at place i + 1, place 0
is ``<msg>``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from agent.pieces import Piece, pieces
from agent.shapes import shapes
from agent.vocabulary import Token, Vocabulary

Scope = tuple[int, int]
"""Places ``[first, behind)``."""
CELL_MARKS = ";,|\t"
"""Marks that separate cells, in order of preference."""
TAB_COLUMNS = 4
"""Columns that a tab at the beginning of a line counts for."""


class Unit(NamedTuple):
    """Where a token stands: its line, from 0; the word and the cell of the line that it is in, from 1."""

    line: int
    word: int
    cell: int


class Page:
    """A text, split."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        """Split a text."""
        self.text = text
        self.pieces: list[Piece] = list(pieces(text))
        self.tokens: list[Token] = vocabulary.tokens_of(self.pieces)
        self.shapes = shapes(text)
        self.firsts = _firsts(self.pieces, self.tokens)
        """Place of the first token of each piece."""
        self.lines: list[tuple[int, int]] = []
        """Numbers of the pieces of each line, ``[first, behind)``, without its end."""
        self.starts = [0]
        """Character at which each line begins."""
        self.line_of: list[int] = []
        """Line of each piece."""
        self._split_lines()
        self.marks = [cell_mark(text, start) for start in self.starts]
        """Mark that separates the cells of each line; empty where it has none."""
        self.indents = [self._indent(number) for number in range(len(self.lines))]
        """Columns before the first visible character of each line; -1 for an empty line."""
        self._closes = following(self.indents, equal=False)
        self._ends = following(self.indents, equal=True)

    @property
    def behind(self) -> int:
        """Return the place behind the last."""
        return len(self.tokens) + 1

    @cached_property
    def units(self) -> list[Unit]:
        """Where each token stands."""
        found: list[Unit] = []
        line, word, cell, end, blank = 0, 1, 1, 0, False
        for number, token in enumerate(self.tokens):
            if number and (token.start > end or (blank and not token.blank)):
                word += 1
            found.append(Unit(line, word, cell))
            written, mark = self.text[token.start : token.end], self.marks[line]
            if "\n" in written:
                line, word, cell = line + 1, 1, 1
            elif mark and mark in written:
                cell += written.count(mark)
            end, blank = token.end, token.blank
        return found

    def heads(self, piece: int) -> bool:
        """Tell whether a piece is the first word of its line."""
        first, _ = self.lines[self.line_of[piece]]
        return not any(other.kind in ("word", "digits") for other in self.pieces[first:piece])

    def items(self, firsts: Sequence[int], scope: Scope) -> Iterator[Scope]:
        """Yield the scope of each item of an array: from its first place to that of the next."""
        for first, behind in zip(firsts, [*firsts[1:], scope[1]], strict=True) if firsts else ():
            yield self._item((first, behind))

    def _item(self, scope: Scope) -> Scope:
        """Return the part of an item's scope before the first line that is less indented than its own."""
        piece = self._piece_at(scope[0])
        if piece is None:
            return scope
        return (scope[0], min(scope[1], self._place_of_line(self._closes[self.line_of[piece]])))

    def block(self, place: int, scope: Scope) -> Scope:
        """Return the part of a scope that belongs to a heading: its line and what is indented below it.

        Where ``place`` is no heading with indented lines below it, the scope stays.
        """
        piece = self._piece_at(place)
        if piece is None or not self.heads(piece):
            return scope
        line, end = self.line_of[piece], self._ends[self.line_of[piece]]
        if not any(indent > self.indents[line] for indent in self.indents[line + 1 : end]):
            return scope
        return (max(scope[0], place), min(scope[1], self._place_of_line(end)))

    def _piece_at(self, place: int) -> int | None:
        """Return the piece that a place is in."""
        if not 1 <= place <= len(self.tokens):
            return None
        return bisect_right(self.firsts, place) - 1

    def _place_of_line(self, line: int) -> int:
        """Return the place at which a line begins; behind the last place for the line behind the last."""
        if line >= len(self.lines):
            return self.behind
        first = self.lines[line][0]
        return self.firsts[first] if first < len(self.firsts) else self.behind

    def _split_lines(self) -> None:
        first = 0
        for number, piece in enumerate(self.pieces):
            self.line_of.append(len(self.lines))
            if piece.kind == "newline":
                self.lines.append((first, number))
                self.starts.append(piece.end)
                first = number + 1
        self.lines.append((first, len(self.pieces)))

    def _indent(self, line: int) -> int:
        for piece in self.pieces[slice(*self.lines[line])]:
            if piece.kind != "space":
                lead = self.text[self.starts[line] : piece.start]
                return len(lead) + (TAB_COLUMNS - 1) * lead.count("\t")
        return -1


def _firsts(found: Sequence[Piece], tokens: Sequence[Token]) -> list[int]:
    """Return the place of the first token of each piece."""
    firsts, place = [], 1
    for piece in found:
        firsts.append(place)
        place += 1
        while place <= len(tokens) and tokens[place - 1].start < piece.end:
            place += 1
    return firsts


def following(indents: Sequence[int], *, equal: bool) -> list[int]:
    """Return for each line the next that is less indented, or as much with ``equal``; not of empty lines."""
    found = [len(indents)] * len(indents)
    waiting: list[int] = []
    for line, indent in enumerate(indents):
        if indent < 0:
            continue
        while waiting and (indents[waiting[-1]] > indent or (equal and indents[waiting[-1]] == indent)):
            found[waiting.pop()] = line
        waiting.append(line)
    return found


def cell_mark(text: str, start: int) -> str:
    """Return the mark that separates the cells of the line at ``start``; empty where none stands twice."""
    end = text.find("\n", start)
    line = text[start : end if end >= 0 else len(text)]
    counts = [(line.count(mark), -order, mark) for order, mark in enumerate(CELL_MARKS)]
    count, _, mark = max(counts)
    return mark if count > 1 else ""
