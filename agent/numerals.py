"""The numerals of a text: the only places that a number may come from."""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate

from agent.conversion.numeral import is_beyond

_SIGN = r"(?:(?<![\w.])[-+\u2212])?"
PLAIN = re.compile(_SIGN + r"(?:\d+(?:\.\d+)?|(?<![\w.])\.\d+)(?:[eE][-+]?\d{1,3}(?![\w.]))?")
RUN = re.compile(_SIGN + r"\d+")
MAX_CHARS = 64
"""Characters of a numeral; longer runs are no measured number, and Python refuses to read the longest."""
GROUPED = re.compile(_SIGN + r"\d{1,3}(?:,\d{3})+(?![\d,])(?:\.\d+)?")
DECIMAL = re.compile(_SIGN + r"(?<![\w.])\d+\.\d+(?:[eE][-+]?\d{1,3}(?![\w.]))?(?!\d|\.\d)")
"""A decimal that stands alone: no letter, digit or dot before it, no further group of digits behind it."""
_MARKED = re.compile(r"[.eE]")
_LONG_EXPONENT = re.compile(r"[eE][-+]?[0-9]{4}")


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number as it stands in a text."""

    start: int
    end: int
    value: int | float
    """What it says: an int where it has neither fraction nor exponent, or where whole ones were asked for."""


def read(written: str) -> int | float:
    """Return the number that a numeral says; thousands separators are dropped.

    Without fraction and exponent it is exact, else the nearest of 64 bits.

    Raises:
        ValueError: the text is no numeral.
    """
    plain = _plain(written)
    return float(plain) if _MARKED.search(plain) else int(plain)


def exact(written: str) -> Fraction:
    """Return the number that a numeral says, digit for digit; an exponent has three digits at most.

    Raises:
        ValueError: the text is no numeral, or says more than JSON programs can read.
    """
    plain = _plain(written)
    if _LONG_EXPONENT.search(plain):
        raise ValueError(f"the exponent of {written!r} has more than three digits")
    number = Fraction(plain)
    if is_beyond(number):
        raise ValueError(f"{written!r} is larger than JSON programs can read")
    return number


def whole(written: str) -> int | None:
    """Return the whole number that a numeral says, digit for digit; None where it says none."""
    number = exact(written)
    return number.numerator if number.denominator == 1 else None


def _plain(written: str) -> str:
    return written.replace(",", "").replace("\u2212", "-")


def numerals(text: str, *, integer: bool = False) -> list[Numeral]:
    """Return the numerals of a text by place: whole ones, digit runs inside them, and grouped by thousands.

    A text such as ``235,245`` holds two readings of one place; both are candidates. With ``integer`` only
    those are returned that are whole, and exactly. One that is larger than JSON programs can read is none,
    and nothing inside it either. Neither is a part of a decimal that stands alone: ``81.4C`` says no 81,
    while ``v2.13``, ``24.12.2024`` and ``10.0.0.7`` are made of whole numbers.
    """
    found = {
        match.span(): match.group()
        for form in (PLAIN, RUN, GROUPED)
        for match in form.finditer(text)
        if match.end() - match.start() <= MAX_CHARS
    }
    beyond = {span for span, written in found.items() if math.isinf(read(written))}
    closed = _Closed(beyond | {match.span() for match in DECIMAL.finditer(text)})
    kept = {
        span: whole(written) if integer else read(written)
        for span, written in found.items()
        if span not in beyond and not closed.hold(span)
    }
    return [Numeral(*span, value) for span, value in sorted(kept.items()) if value is not None]


class _Closed:
    """Spans whose parts count for nothing."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        ranked = sorted(spans)
        self._starts = [start for start, _ in ranked]
        self._reach = list(accumulate((end for _, end in ranked), max))
        """How far the spans up to each reach."""

    def hold(self, span: tuple[int, int]) -> bool:
        """Tell whether a span is a part of one of these, and not all of it."""
        before, behind = bisect_left(self._starts, span[0]), bisect_right(self._starts, span[0])
        return (before > 0 and self._reach[before - 1] >= span[1]) or (
            behind > 0 and self._reach[behind - 1] > span[1]
        )
