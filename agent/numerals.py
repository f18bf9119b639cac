"""The numerals of a text: the only places that a number may come from."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SIGN = r"(?:(?<![\w.])[-+\u2212])?"
PLAIN = re.compile(_SIGN + r"(?:\d+(?:\.\d+)?|(?<![\w.])\.\d+)(?:[eE][-+]?\d{1,3}(?![\w.]))?")
RUN = re.compile(_SIGN + r"\d+")
MAX_CHARS = 64
"""Characters of a numeral; longer runs are no measured number, and Python refuses to read the longest."""
GROUPED = re.compile(_SIGN + r"\d{1,3}(?:,\d{3})+(?![\d,])(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number as it stands in a text."""

    start: int
    end: int
    value: int | float
    """What it says: an int where it has neither fraction nor exponent."""


def read(written: str) -> int | float:
    """Return the number that a numeral says; thousands separators are dropped.

    Raises:
        ValueError: the text is no numeral.
    """
    plain = written.replace(",", "").replace("\u2212", "-")
    return float(plain) if re.search(r"[.eE]", plain) else int(plain)


def numerals(text: str, *, integer: bool = False) -> list[Numeral]:
    """Return the numerals of a text by place: whole ones, digit runs inside them, and grouped by thousands.

    A text such as ``235,245`` holds two readings of one place; both are candidates. With ``integer`` only
    those are returned whose value is whole.
    """
    found = {
        match.span(): match.group()
        for form in (PLAIN, RUN, GROUPED)
        for match in form.finditer(text)
        if match.end() - match.start() <= MAX_CHARS
    }
    return sorted(
        (
            Numeral(*span, value)
            for span, written in found.items()
            if fits(value := read(written), integer=integer)
        ),
        key=lambda numeral: (numeral.start, numeral.end),
    )


def fits(value: float, *, integer: bool) -> bool:
    """Tell whether a value is finite and, where asked, whole."""
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 - the test for NaN
        return False
    return not integer or isinstance(value, int) or value.is_integer()
