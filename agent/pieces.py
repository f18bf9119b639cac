"""Text as the small models see it: case-folded pieces that each know their place in the raw text.

The pointing models never copy characters, they point at places, so the pieces are made for reading: words
split at case changes (``sensorId`` is ``sensor`` + ``id``), digits in pairs, single spaces dropped, runs of
spaces kept by length class because columns and indentation carry meaning. The same code runs in training and
on the device.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

PIECE = re.compile(
    r"(?P<newline>\r?\n)"
    r"|(?P<space>[ \t\f\v\r\u00a0]+)"
    r"|(?P<digits>\d{1,2})"
    r"|(?P<word>[A-Z]+(?![^\W\d_A-Z])|[A-Z][^\W\d_A-Z]*|[^\W\d_A-Z]+)"
    r"|(?P<mark>([^\w\s])\6{0,63}|_|.)",
    re.DOTALL,
)

SPACE_CLASSES = (2, 3, 4, 6, 8, 12, 16)
"""Runs of spaces are known by the largest of these not above their length."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the raw text."""

    text: str
    """As the model sees it: folded, or the name of a space class."""
    start: int
    end: int
    """Character offsets ``[start, end)`` into the raw text."""
    kind: str
    """Group of ``PIECE`` that matched: newline, space, digits, word, mark."""
    glued: bool
    """Digits that go on from a digit piece directly before."""


def fold(text: str) -> str:
    """Lower-case, but only where that keeps the length, so that offsets stay true."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def pieces(text: str) -> Iterator[Piece]:
    """Yield the pieces of a text in order; single spaces are skipped."""
    digits_end = -1
    for match in PIECE.finditer(text):
        kind = match.lastgroup or "mark"
        start, end = match.span()
        if kind == "space":
            name = space_class(match.group())
            if name:
                yield Piece(name, start, end, kind, glued=False)
            continue
        glued = kind == "digits" and start == digits_end
        digits_end = end if kind == "digits" else -1
        seen = "\n" if kind == "newline" else fold(match.group())
        yield Piece(seen, start, end, kind, glued=glued)


def words_in(text: str) -> tuple[str, ...]:
    """Return the folded words and digits of a text."""
    return tuple(piece.text for piece in pieces(text) if piece.kind in ("word", "digits"))


def space_class(run: str) -> str:
    """Name the class of a run of white space; empty for a single space, which is not seen."""
    if "\t" in run:
        return "<tab>"
    length = len(run)
    if length < SPACE_CLASSES[0]:
        return ""
    return f"<sp{max(size for size in SPACE_CLASSES if size <= length)}>"
