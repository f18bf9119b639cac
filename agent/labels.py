"""The labels of a place: words of a text that may say what stands there.

The words directly before it in its line, the line above where it begins a line, the words behind it, the
words above it in the same columns, the header cell of its number, its own words, and the heading that it is
indented under.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from agent.page import Page
from agent.pieces import Piece

Label = tuple[str, ...]
"""Folded words, the nearest first."""
LABEL_WORDS = 6
"""Words before a place that may be its label."""
LINES_ABOVE = 12
"""Lines above a place in which its column's header is looked for."""
PIECES_BEHIND = 6
"""Pieces behind the first of a place in which words that follow its value are looked for."""
WORDS_BEHIND = 2
LIST_MARKS = ",;|/"
"""Marks between the items of a list within a line."""
LIST_PIECES = 40
"""Pieces before a place in which the label of its list is looked for."""
LABEL_ENDS = frozenset(":=,;|\"'<>{}[]\t")
"""Marks that a label does not go across."""
WORDS = ("word", "digits")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a line."""

    text: str
    first: int
    last: int
    """Columns ``[first, last)`` within the line."""
    cell: int


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of one place."""

    before: Label
    above: Label
    behind: Label
    column: Label
    cell: Label
    own: Label
    """Words of the place itself, for headings."""
    heading: Label
    """Words of the less indented line above, for what is nested."""
    cells: int
    """Number of the place's cell, from 1, where the place begins a cell of a line that has cells; else 0."""


class Labeller:
    """Finds the labels of the places of a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.words = [self._words(number) for number in range(len(page.lines))]
        self.above = self._above()
        self.headings = self._headings()

    def labels(self, piece: int) -> Labels:
        """Return the labels of the place that a piece begins."""
        page = self.page
        line = page.line_of[piece]
        before = self.before(piece)
        return Labels(
            before=before,
            above=() if before else self.above[line],
            behind=self._behind(piece),
            column=self._column(line, page.pieces[piece]),
            cell=self._cell_header(line, piece),
            own=self.own(piece),
            heading=self.headings[line],
            cells=self._cell_begun(line, piece),
        )

    def before(self, piece: int) -> Label:
        """Return the words directly before a piece; marks next to the piece are skipped."""
        first, _ = self.page.lines[self.page.line_of[piece]]
        found = self.page.pieces
        return label_words(found[number] for number in range(piece - 1, first - 1, -1))

    def own(self, piece: int) -> Label:
        """Return the words from a piece on, up to the end of a label, the last one first."""
        _, behind = self.page.lines[self.page.line_of[piece]]
        found = self.page.pieces
        return label_words(found[number] for number in range(piece, behind))[::-1]

    def list_label(self, piece: int) -> Label:
        """Return the words before the list that a place goes on with: after a mark, behind a colon."""
        first, _ = self.page.lines[self.page.line_of[piece]]
        run = self.page.pieces[max(first, piece - LIST_PIECES) : piece]
        if not run or run[-1].text[0] not in LIST_MARKS:
            return ()
        for back, other in enumerate(reversed(run), start=1):
            if other.text in (":", "="):
                return self.before(piece - back)
        return ()

    def _behind(self, piece: int) -> Label:
        _, end = self.page.lines[self.page.line_of[piece]]
        near = self.page.pieces[piece + 1 : min(end, piece + 1 + PIECES_BEHIND)]
        return tuple(other.text for other in near if other.kind == "word")[:WORDS_BEHIND]

    def _words(self, line: int) -> list[Word]:
        page, found, cell = self.page, [], 1
        start, mark = page.starts[line], page.marks[line]
        for piece in page.pieces[slice(*page.lines[line])]:
            if piece.kind in WORDS:
                found.append(Word(piece.text, piece.start - start, piece.end - start, cell))
            elif mark and mark in page.text[piece.start : piece.end]:
                cell += 1
        return found

    def _above(self) -> list[Label]:
        """Return for each line the words of the nearest line above that has some, the last ones."""
        found, nearest = [], Label()
        for words in self.words:
            found.append(nearest)
            if words:
                nearest = tuple(word.text for word in words[:LABEL_WORDS])[::-1]
        return found

    def _headings(self) -> list[Label]:
        """Return the label of the nearest line above that is less indented, for each line."""
        found: list[Label] = []
        open_lines: list[tuple[int, Label]] = []
        for (first, behind), indent in zip(self.page.lines, self.page.indents, strict=True):
            if indent >= 0:
                while open_lines and open_lines[-1][0] >= indent:
                    open_lines.pop()
            found.append(open_lines[-1][1] if open_lines else ())
            if indent >= 0:
                begins = next(
                    number for number in range(first, behind) if self.page.pieces[number].kind != "space"
                )
                open_lines.append((indent, self.own(begins)))
        return found

    def _column(self, line: int, piece: Piece) -> Label:
        """Return the highest words above a piece in its columns, the last one first."""
        start = self.page.starts[line]
        first, last = piece.start - start, piece.end - start
        header: Label = ()
        for words in reversed(self.words[max(0, line - LINES_ABOVE) : line]):
            over = tuple(
                word.text
                for word in words
                if word.last >= first and word.first <= last and word.text.isalpha()
            )
            header = over or header
        return header[::-1]

    def _cell_header(self, line: int, piece: int) -> Label:
        """Return the words of a piece's cell in the first line, last one first, if both lines have cells."""
        marks = self.page.marks
        if not line or not marks[line] or marks[0] != marks[line]:
            return ()
        cell = self._cell(line, piece)
        return tuple(word.text for word in self.words[0] if word.cell == cell)[::-1]

    def _cell(self, line: int, piece: int) -> int:
        page = self.page
        return 1 + page.text.count(page.marks[line], page.starts[line], page.pieces[piece].start)

    def _cell_begun(self, line: int, piece: int) -> int:
        """Return the number of the cell that a piece begins, 0 where it begins none."""
        page, mark = self.page, self.page.marks[line]
        if not mark:
            return 0
        start = page.pieces[piece].start
        lead = page.text[page.starts[line] : start].rsplit(mark, 1)[-1]
        return 0 if lead.strip(" \t\"'") else self._cell(line, piece)


def label_words(run: Iterable[Piece]) -> Label:
    """Return the first words of a run of pieces, as far as a label goes."""
    words: list[str] = []
    for piece in run:
        if piece.kind in WORDS:
            words.append(piece.text)
            if len(words) == LABEL_WORDS:
                break
        elif words and (piece.kind == "space" or piece.text[0] in LABEL_ENDS):
            break
    return tuple(words)


def begins_place(page: Page, piece: int) -> bool:
    """Tell whether a value may begin at a piece, as far as links go: not inside of a word or number."""
    here = page.pieces[piece]
    if here.kind in ("space", "newline"):
        return False
    if not piece or page.pieces[piece - 1].end != here.start:
        return True
    ahead = page.pieces[piece - 1].kind
    return ahead not in WORDS or (ahead == "word" and here.kind == "digits")  # a label glued to its number
