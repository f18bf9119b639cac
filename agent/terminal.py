"""What people see on a terminal: colours, aligned tables, a text with its evidence marked. Pure."""

from __future__ import annotations

import os
import string
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, TextIO

from agent.message import Evidence

PALETTE: Final = (36, 33, 32, 35, 94, 91, 96, 93)
"""ANSI colours of fields, in turn; all can be read on dark and on light ground."""

BOLD, DIM, UNDERLINE, RED, GREEN, YELLOW = 1, 2, 4, 31, 32, 33

LETTERS: Final = string.ascii_lowercase + string.ascii_uppercase
"""Names of the marks where there is no colour."""

BAR_CELLS: Final = 10
"""Width of a bar that shows a probability."""


@dataclass(frozen=True, slots=True)
class Paint:
    """Colours, or none of them."""

    enabled: bool

    def __call__(self, text: str, *codes: int) -> str:
        """Return the text in these ANSI codes."""
        if not self.enabled or not codes or not text:
            return text
        return f"\x1b[{';'.join(map(str, codes))}m{text}\x1b[0m"


def paint_for(stream: TextIO | None, environment: Mapping[str, str] = os.environ) -> Paint:
    """Return colours where a terminal can show them and nobody has asked for none (``NO_COLOR``)."""
    plain = environment.get("NO_COLOR") or environment.get("TERM") == "dumb"
    # None where whoever started us has closed it.
    return Paint(stream is not None and stream.isatty() and not plain)


def shown(text: str) -> str:
    """Return the text with a picture for each character that could move the cursor or turn the line round."""
    return "".join(_picture(character) for character in text)


def _picture(character: str) -> str:
    code = ord(character)
    if code < 0x20:  # noqa: PLR2004 - where the control characters of ASCII end
        return chr(0x2400 + code)
    return "\ufffd" if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else character


def width(text: str) -> int:
    """Return how many cells a text without control characters takes."""
    return sum(_cells(character) for character in text)


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def padded(text: str, cells: int) -> str:
    """Return the text, filled up with spaces."""
    return text + " " * (cells - width(text))


def cut(text: str, cells: int) -> str:
    """Return the text, with an ellipsis where it is longer than that."""
    if width(text) <= cells:
        return text
    kept, room = "", cells - 1
    for character in text:
        room -= _cells(character)
        if room < 0:
            break
        kept += character
    return f"{kept}…"


def bar(share: float) -> str:
    """Draw a probability."""
    full = round(max(0.0, min(1.0, share)) * BAR_CELLS)
    return "█" * full + "░" * (BAR_CELLS - full)


def table(
    rows: Sequence[Sequence[str]], header: Sequence[str], *, paint: Paint, codes: Sequence[Sequence[int]] = ()
) -> str:
    """Align rows under a header; `codes` colour whole rows."""
    cells = [[shown(cell) for cell in row] for row in (header, *rows)]
    widths = [max(width(row[column]) for row in cells) for column in range(len(header))]
    lines = ["  ".join(map(padded, row, widths)).rstrip() for row in cells]
    body = [paint(line, *(codes[index] if codes else ())) for index, line in enumerate(lines[1:])]
    return "\n".join([paint(lines[0], DIM), *body])


def marked(text: str, evidence: Sequence[Evidence], paint: Paint) -> list[str]:
    """Return the text's lines with each span marked: in its colour, or with its letter on a line below."""
    owners = _owners(len(text), evidence)
    lines: list[str] = []
    start = 0
    for line in text.splitlines(keepends=True) or [""]:
        runs = _runs(line.rstrip("\r\n"), owners[start : start + len(line)])
        lines.extend(_line(runs, paint))
        start += len(line)
    return lines


def _owners(length: int, evidence: Sequence[Evidence]) -> list[int]:
    """Return for each character the number of the span it belongs to, -1 where it belongs to none."""
    owners = [-1] * length
    for number, one in reversed(list(enumerate(evidence))):
        if one.start >= 0:
            owners[one.start : one.end] = [number] * (min(one.end, length) - one.start)
    return owners


def _runs(line: str, owners: Sequence[int]) -> Iterator[tuple[int, str]]:
    pairs = zip(owners, line, strict=False)
    for owner, run in groupby(pairs, key=lambda pair: pair[0]):
        yield owner, shown("".join(character for _, character in run))


def _line(runs: Iterator[tuple[int, str]], paint: Paint) -> list[str]:
    pieces = list(runs)
    if paint.enabled:
        return ["".join(paint(piece, *colour(owner)) for owner, piece in pieces)]
    under = "".join(_under(owner, width(piece)) for owner, piece in pieces).rstrip()
    return ["".join(piece for _, piece in pieces), *([under] if under else [])]


def _under(owner: int, cells: int) -> str:
    return " " * cells if owner < 0 else letter(owner) + "─" * (cells - 1)


def letter(number: int) -> str:
    """Return the letter that marks a span."""
    return LETTERS[number] if number < len(LETTERS) else "*"


def colour(number: int) -> tuple[int, ...]:
    """Return the codes that mark a span; none for the text between spans."""
    return () if number < 0 else (PALETTE[number % len(PALETTE)], UNDERLINE)
