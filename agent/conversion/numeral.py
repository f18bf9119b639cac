"""Numerals in a declared form: decimal comma, thousands separators. One form, one reading, or none."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from agent.conversion.reading import Unconvertible

MAX_CHARS = 64
"""Characters of a numeral; longer runs are no measured number."""
LARGEST = Fraction(sys.float_info.max)
"""The largest number that JSON programs can read, about 1.8e308; whole numbers up to it are exact."""
DECIMALS = (".", ",")
"""What may stand between whole and fraction."""
THOUSANDS = (".", ",", " ", "'")
"""What may stand between groups of three digits; a space stands for all spaces, an apostrophe for both."""
SPACES = " \u00a0\u2009\u202f"
APOSTROPHES = "'’"


TOO_LARGE = "the number is larger than JSON programs can read"


def is_beyond(number: Fraction) -> bool:
    """Tell whether a number is larger than JSON programs can read."""
    return abs(number) > LARGEST


@dataclass(frozen=True, slots=True)
class Form:
    """How a schema says that numbers are written."""

    decimal: str = "."
    thousands: str = ""
    """Empty: groups are not set apart."""

    def spans(self, text: str) -> tuple[tuple[int, int], ...]:
        """Return where numerals of this form stand; a part of a longer run of digits and marks is none."""
        return tuple(
            found.span()
            for found in _numeral(self).finditer(text)
            if found.end() - found.start() <= MAX_CHARS and not is_beyond(self._says(found.group()))
        )

    def read(self, written: str) -> Fraction:
        """Return the number that a numeral says.

        Raises:
            Unconvertible: it is not written in this form, or larger than JSON programs can read.
        """
        if len(written) > MAX_CHARS or _numeral(self).fullmatch(written) is None:
            raise Unconvertible(f"{written!r} is no number with {self.words()}")
        number = self._says(written)
        if is_beyond(number):
            raise Unconvertible(TOO_LARGE)
        return number

    def _says(self, written: str) -> Fraction:
        plain = written.replace("\u2212", "-")
        for mark in separators(self.thousands):
            plain = plain.replace(mark, "")
        return Fraction(plain.replace(self.decimal, "."))

    def words(self) -> str:
        """Say what the form is."""
        grouped = f", thousands {self.thousands!r}" if self.thousands else ""
        return f"decimal {self.decimal!r}{grouped}"


DOTTED = Form()
"""A decimal point, no groups: what is meant where only a unit is declared."""


def separators(thousands: str) -> str:
    """Return the characters that a declared separator stands for."""
    return {" ": SPACES, "'": APOSTROPHES}.get(thousands, thousands)


@lru_cache(maxsize=64)
def _numeral(form: Form) -> re.Pattern[str]:
    """Return the pattern of a whole numeral, with nothing before or behind it that could belong to it."""
    groups = re.escape(separators(form.thousands))
    point = re.escape(form.decimal)
    grouped = rf"[0-9]{{1,3}}(?:[{groups}][0-9]{{3}})+|" if groups else ""
    before = r"(?<![0-9])(?<![0-9][.,'’])(?<![0-9][eE])(?<![0-9][eE][-+])"
    behind = r"(?![0-9])(?![.,'’][0-9])(?![eE][-+]?[0-9])"
    if form.thousands == " ":
        # A space is between two numbers as often as inside one: only before a group of three it counts.
        before += rf"(?!(?<=[0-9][{SPACES}])[0-9]{{3}}(?![0-9]))"
        behind += rf"(?![{SPACES}][0-9]{{3}}(?![0-9]))"
    sign = r"(?:(?<![\w.,])[-+\u2212])?"
    body = rf"(?:(?:{grouped}[0-9]+)(?:{point}[0-9]+)?|(?<![\w.,]){point}[0-9]+)"
    exponent = r"(?:[eE][-+]?[0-9]{1,3}(?![\w.]))?"
    return re.compile(before + sign + before + body + exponent + behind)
