"""Links between questions and places: how well the label of a place names a question.

A place has several labels: the words directly before it in its line, the line above where it begins a
line, the words behind it, the words above it in the same columns, and the header cell of its number. Each is
compared with the words of every question. The comparisons are features; what they are worth is learned
(``link_in`` and ``link_out`` in the heads).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from agent.features import Lexicon, alike, cell_mark
from agent.pieces import Piece, pieces
from agent.vocabulary import Token

LINK_FEATURES = (
    "covers", "precise", "exact", "about", "last", "above_covers", "above_exact", "behind",
    "column_covers", "column_exact", "cell_covers", "cell_exact",
    "self_covers", "self_exact", "parent_covers", "parent_exact", "top",
    "child_covers", "child_exact", "child_header", "child_first",
)  # fmt: skip
"""What is known of a question and a place; each between 0 and 1."""
CHILD = LINK_FEATURES.index("child_covers")
"""Where the features begin that an array has from the fields of its items."""
LABEL_WORDS = 6
"""Words before a place that may be its label."""
LINES_ABOVE = 12
"""Lines above a place in which its column's header is looked for."""
PIECES_BEHIND = 6
"""Pieces behind the first of a place in which words that follow its value are looked for."""
LABEL_ENDS = frozenset(":=,;|\"'<>{}[]\t")
"""Marks that a label does not go across."""
ALL = 0.99
"""Share above which a name counts as covered whole."""


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """Sparse links, each with its features."""

    slots: list[int] = field(default_factory=list)
    """Numbers of slots in their order of asking."""
    places: list[int] = field(default_factory=list)
    features: list[list[float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a line."""

    text: str
    first: int
    last: int
    """Columns ``[first, last)`` within the line."""
    cell: int


class Page:
    """A text as lines of pieces."""

    def __init__(self, text: str) -> None:
        """Split a text."""
        self.lines: list[list[Piece]] = [[]]
        self.starts = [0]
        for piece in pieces(text):
            if piece.kind == "newline":
                self.lines.append([])
                self.starts.append(piece.end)
            else:
                self.lines[-1].append(piece)
        self.marks = [cell_mark(text, start) for start in self.starts]
        self.words = [list(self._words(text, number)) for number in range(len(self.lines))]
        self.headings = list(self._headings())
        """The label of the nearest line above that is less indented, for each line."""

    def _words(self, text: str, number: int) -> Iterator[Word]:
        start, cell = self.starts[number], 1
        mark = self.marks[number]
        for piece in self.lines[number]:
            if piece.kind in ("word", "digits"):
                yield Word(piece.text, piece.start - start, piece.end - start, cell)
            elif mark and mark in text[piece.start : piece.end]:
                cell += 1

    def _headings(self) -> Iterator[list[str]]:
        open_lines: list[tuple[int, list[str]]] = []
        for line, start in zip(self.lines, self.starts, strict=True):
            first = next((piece for piece in line if piece.kind != "space"), None)
            if first is None:
                yield open_lines[-1][1] if open_lines else []
                continue
            indent = first.start - start
            while open_lines and open_lines[-1][0] >= indent:
                open_lines.pop()
            yield open_lines[-1][1] if open_lines else []
            open_lines.append((indent, label_from(line, line.index(first))))

    def column_header(self, number: int, piece: Piece) -> list[str]:
        """Return the highest words above a piece in its columns, the last one first."""
        first, last = piece.start - self.starts[number], piece.end - self.starts[number]
        header: list[str] = []
        for words in reversed(self.words[max(0, number - LINES_ABOVE) : number]):
            over = [
                word.text
                for word in words
                if word.last >= first and word.first <= last and word.text.isalpha()
            ]
            header = over or header
        return header[::-1]

    def cell_header(self, number: int, piece: Piece) -> list[str]:
        """Return the words of a piece's cell in the first line, last one first, if both lines have cells."""
        mark = self.marks[number]
        if not number or not mark or self.marks[0] != mark:
            return []
        before = (
            other.text.replace("<tab>", "\t") for other in self.lines[number] if other.end <= piece.start
        )
        cell = 1 + sum(mark in text for text in before)
        return [word.text for word in self.words[0] if word.cell == cell][::-1]


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of one place, each as words, the nearest first."""

    before: list[str]
    above: list[str]
    behind: list[str]
    column: list[str]
    cell: list[str]
    own: list[str]
    """Words of the place itself, for headings."""
    heading: list[str]
    """Words of the less indented line above, for what is nested."""

    def words(self) -> Iterator[str]:
        """Yield the words of all labels."""
        for label in (self.before, self.above, self.behind, self.column, self.cell, self.own):
            yield from label

    def features(self, name: Sequence[str], about: frozenset[str], parent: Sequence[str]) -> list[float]:
        """Return ``LINK_FEATURES`` for the words of a question's name, about it, and of its parent."""
        last = max((likeness(self.before[0], word) for word in name), default=0.0) if self.before else 0.0
        above_covers, _, above_exact = compare(name, self.above)
        column_covers, _, column_exact = compare(name, self.column)
        cell_covers, _, cell_exact = compare(name, self.cell)
        own_covers, _, own_exact = compare(name, self.own)
        own_covers *= float(own_covers > 0 and bool(self.own) and self.own[-1] in name)
        parent_covers, _, parent_exact = compare(parent, self.heading)
        return [
            *compare(name, self.before),
            share(self.before, about),
            last,
            above_covers,
            above_exact,
            share(self.behind, about),
            column_covers,
            column_exact,
            cell_covers,
            cell_exact,
            own_covers,
            own_exact,
            parent_covers,
            parent_exact,
            float(not parent and not self.heading),
            *[0.0] * (len(LINK_FEATURES) - CHILD),
        ]


def label_before(line: Sequence[Piece], index: int) -> list[str]:
    """Return the words directly before a piece, the nearest first; marks next to the piece are skipped."""
    return label_words(reversed(line[:index]))


def label_from(line: Sequence[Piece], index: int) -> list[str]:
    """Return the words from a piece on, up to the end of a label, the last one first."""
    return label_words(line[index:])[::-1]


def label_words(run: Iterable[Piece]) -> list[str]:
    """Return the first words of a run of pieces, as far as a label goes."""
    words: list[str] = []
    for piece in run:
        if piece.kind in ("word", "digits"):
            words.append(piece.text)
            if len(words) == LABEL_WORDS:
                break
        elif words and (piece.kind == "space" or piece.text[0] in LABEL_ENDS):
            break
    return words


def links(lexicon: Lexicon, text: str, tokens: Sequence[Token]) -> Links:
    """Return the links of a text; token i is at place i + 1."""
    found = Links()
    page = Page(text)
    places = {token.start: place for place, token in enumerate(tokens, start=1)}
    above: list[str] = []
    for number, line in enumerate(page.lines):
        for index, piece in enumerate(line):
            if piece.kind == "space" or piece.start not in places:
                continue
            if index and line[index - 1].end == piece.start and line[index - 1].kind in ("word", "digits"):
                continue
            _link(found, lexicon, page, (number, index), places[piece.start], above)
        before = [word.text for word in reversed(page.words[number])]
        above = before[-LABEL_WORDS:] if before else above
    return found


def _link(
    found: Links, lexicon: Lexicon, page: Page, at: tuple[int, int], place: int, above: list[str]
) -> None:
    """Write down the links of one place."""
    number, index = at
    line = page.lines[number]
    before = label_before(line, index)
    labels = Labels(
        before=before,
        above=[] if before else above,
        behind=[piece.text for piece in line[index + 1 : index + 1 + PIECES_BEHIND] if piece.kind == "word"][
            :2
        ],
        column=page.column_header(number, line[index]),
        cell=page.cell_header(number, line[index]),
        own=label_from(line, index),
        heading=page.headings[number],
    )
    rows = {
        slot: row
        for slot in sorted({slot for word in labels.words() for slot in lexicon.slots_of(word)})
        if any(
            (row := labels.features(lexicon.names[slot], lexicon.abouts[slot], lexicon.parents[slot]))[:CHILD]
        )
    }
    for slot, row in [*rows.items()]:
        array = lexicon.arrays[slot]
        if array >= 0:
            _tell_array(rows.setdefault(array, [0.0] * len(LINK_FEATURES)), row, first=lexicon.firsts[slot])
    for slot, row in rows.items():
        found.slots.append(slot)
        found.places.append(place)
        found.features.append(row)


def _tell_array(row: list[float], child: list[float], *, first: bool) -> None:
    """Note in an array's features what those of a field of its items say of this place."""
    feature = dict(zip(LINK_FEATURES, child, strict=True))
    told = (
        feature["covers"],
        feature["exact"],
        max(feature["column_exact"], feature["cell_exact"]),
        feature["covers"] if first else 0.0,
    )
    for offset, share_told in enumerate(told):
        row[CHILD + offset] = max(row[CHILD + offset], share_told)


def compare(name: Sequence[str], label: Sequence[str]) -> tuple[float, float, float]:
    """Return how much of a name a label covers, how much of the label is of the name, if both are whole.

    The label's words come nearest first; only as many as the name has, and one more, count for precision.
    """
    if not name or not label:
        return 0.0, 0.0, 0.0
    covers = sum(max(likeness(word, other) for other in label) for word in name) / len(name)
    near = label[: len(name) + 1]
    precise = sum(max(likeness(word, other) for other in name) for word in near) / len(near)
    joined = "".join(reversed(label)) == "".join(name)
    exact = 1.0 if joined or (covers > ALL and len(label) == len(name)) else 0.0
    return max(covers, exact), max(precise, exact), exact


def share(words: Sequence[str], known: frozenset[str]) -> float:
    """Return the share of words that are known."""
    return sum(word in known for word in words) / len(words) if words else 0.0


def likeness(one: str, other: str) -> float:
    """Return 1 for equal words, less for one that shortens the other, else 0."""
    if one == other:
        return 1.0
    return alike(one, other) if one[0] == other[0] else 0.0
