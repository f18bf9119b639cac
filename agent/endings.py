"""What speaks for a value ending at a place, seen from where it begins.

Where a value ends is told by what stands around it: the end of its word, cell or line, the closing partner of
the bracket before it, the mark behind it, the shape that it fills. What each of these is worth depends on
what is asked: a path runs on over a colon, an address stops there. So a question says it (the head
``ending``), having read the text.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from agent.page import Page

BEHIND: Final = (
    ("blank", " "), ("gap", ""), ("line_end", "\n"), ("comma", ","), ("semicolon", ";|"), ("colon", ":"),
    ("equals", "="), ("slash", "/\\"), ("dot", "."), ("dash", "-\u2013\u2014"), ("opening", "([{<"),
    ("closing", ")]}>"), ("quote", "\"'`"), ("letter", ""), ("digit", ""), ("other", ""),
)  # fmt: skip
"""What stands behind a place, and the characters that it is known by; ``gap``: white space but one blank."""
ENDING_FEATURES: Final = (
    "same_word", "word_whole", "few_words", "many_words", "cell_whole", "other_cell", "line_whole",
    "other_line", "shape_whole", "shape_cut", "paired", "unbalanced", "quoted_half", "piece_whole",
    "ends_in_mark", *(f"before_{name}" for name, _ in BEHIND),
)  # fmt: skip
"""What is known of a beginning and a place to end at; each true or false."""
FEW: Final = 4
"""Words that a short phrase has at most."""
PAIRS: Final = {"(": ")", "[": "]", "{": "}", "<": ">", '"': '"', "'": "'", "`": "`"}

Flags = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int32]
_CLASS: Final = {character: number for number, (_, marks) in enumerate(BEHIND) for character in marks}
_NUMBER: Final = {name: number for number, (name, _) in enumerate(BEHIND)}


class Endings:
    """Tells of the places of one page what speaks for a value ending there."""

    def __init__(self, page: Page) -> None:
        """Look at each place once."""
        self._page, text = page, page.text
        places = page.behind
        self._line, self._word, self._cell = np.array([(0, 0, 0), *page.units], np.int32).T
        starts, ends = (
            [0, *(token.start for token in page.tokens)],
            [0, *(token.end for token in page.tokens)],
        )
        self._starts = starts
        self._behind = np.array([behind(text, end) for end in ends], np.int32)
        blank = np.isin(self._behind, [_NUMBER["blank"], _NUMBER["gap"], _NUMBER["line_end"]])
        self._word_ends = blank
        self._line_ends = np.array([not _rest_of_line(text, end) for end in ends])
        self._cell_ends = np.array([self._closes_cell(place, ends[place]) for place in range(places)])
        self._marks = np.array([not text[end - 1 : end].isalnum() for end in ends])
        self._depth = np.cumsum([_balance(text[start:end]) for start, end in zip(starts, ends, strict=True)])
        self._quotes = np.cumsum(
            [text.count('"', start, end) for start, end in zip(starts, ends, strict=True)]
        )
        self._shape, self._shape_ends = self._shapes()
        self._piece = self._pieces()
        self._piece_ends = np.append(self._piece[1:] != self._piece[:-1], True)
        self._next = [text[end : end + 1] for end in ends]

    def of(self, start: int) -> Flags:
        """Return the features of each place from ``start`` on: (places - start, features)."""
        far = self._word[start:] - self._word[start]
        lines = self._line[start:] != self._line[start]
        same_word, other_cell = (far == 0) & ~lines, (self._cell[start:] != self._cell[start]) & ~lines
        shape, has = self._shape[start:], self._shape[start] > 0
        inside = (shape > 0) & ~self._shape_ends[start:]
        depth = self._depth[start:] - (self._depth[start - 1] if start else 0)
        begins = has and (not start or self._shape[start - 1] != self._shape[start])
        told = [
            same_word,
            same_word & self._word_ends[start:],
            (far > 0) & (far < FEW) & ~lines,
            (far >= FEW) & ~lines,
            ~other_cell & ~lines & self._cell_ends[start:],
            other_cell,
            ~lines & self._line_ends[start:],
            lines,
            (shape == self._shape[start]) & self._shape_ends[start:] & begins,
            inside,
            self._paired(start),
            (depth != 0) | (np.minimum.accumulate(depth) < 0),
            (self._quotes[start:] - (self._quotes[start - 1] if start else 0)) % 2 == 1,
            (self._piece[start:] == self._piece[start]) & self._piece_ends[start:],
            self._marks[start:],
        ]
        following = self._behind[start:, None] == np.arange(len(BEHIND))
        return np.concatenate([np.stack(told, 1), following], 1)

    def _closes_cell(self, place: int, end: int) -> bool:
        """Tell whether only white space stands between a place and the mark behind its cell."""
        mark, rest = self._page.marks[int(self._line[place])], self._page.text[end : end + 16]
        return bool(mark) and (rest.lstrip(" ").startswith(mark) or not _rest_of_line(self._page.text, end))

    def _shapes(self) -> tuple[Counts, Flags]:
        """Return the number of the shape that each place is in, from 1, and whether the shape ends there."""
        found, ends = np.zeros(self._page.behind, np.int32), np.zeros(self._page.behind, bool)
        shapes, number = self._page.shapes, 0
        for place, token in enumerate(self._page.tokens, start=1):
            while number < len(shapes) and shapes[number].end <= token.start:
                number += 1
            if number < len(shapes) and shapes[number].start <= token.start < shapes[number].end:
                found[place], ends[place] = number + 1, token.end >= shapes[number].end
        return found, ends

    def _pieces(self) -> Counts:
        """Return the number of the piece that each place is in, from 1."""
        found = np.zeros(self._page.behind, np.int32)
        for number, (first, behind) in enumerate(pairwise([*self._page.firsts, self._page.behind]), start=1):
            found[first:behind] = number
        return found

    def _paired(self, start: int) -> Flags:
        """Return which places stand before the partner of the bracket or quote before ``start``."""
        opener = self._page.text[self._starts[start] - 1 : self._starts[start]] if start else ""
        partner = PAIRS.get(opener, "")
        if not partner:
            return np.zeros(self._page.behind - start, bool)
        return np.array([following == partner for following in self._next[start:]])


def behind(text: str, end: int) -> int:
    """Return the number in ``BEHIND`` of what stands at a character."""
    here = text[end : end + 1]
    if not here or here in "\r\n":
        return _NUMBER["line_end"]
    if here.isspace():
        return _NUMBER["blank" if here == " " and not text[end + 1 : end + 2].isspace() else "gap"]
    if here in _CLASS:
        return _CLASS[here]
    return _NUMBER["letter" if here.isalpha() else "digit" if here.isdigit() else "other"]


def _rest_of_line(text: str, end: int) -> bool:
    """Tell whether anything visible stands between a character and the end of its line."""
    while end < len(text) and text[end] not in "\r\n":
        if not text[end].isspace():
            return True
        end += 1
    return False


def _balance(written: str) -> int:
    """Return how many brackets a token opens, less those that it closes."""
    return sum(written.count(mark) for mark in "([{") - sum(written.count(mark) for mark in ")]}")
