"""How a timestamp is written: directives as those of strptime, in English, strict. Pure.

``%Y %y %m %d %j %b %B %a %A %H %I %p %M %S %f %z %%``; a space stands for one or more blanks. A day, month or
hour may have one digit or two, but two where no mark sets it apart from its neighbour. ``%f`` is one to nine
digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from agent.conversion.reading import Unconvertible

EPOCH_S, EPOCH_MS, RFC_3339 = "epoch_s", "epoch_ms", "rfc3339"
"""Names of what is no row of directives: seconds and milliseconds since 1970 UTC, and RFC 3339 itself."""
NAMED = {
    EPOCH_S: r"(?P<epoch>[0-9]{9,11})(?:\.(?P<f>[0-9]{1,9}))?",
    EPOCH_MS: r"(?P<epoch>[0-9]{9,11})(?P<f>[0-9]{3})",
    RFC_3339: (
        r"(?P<Y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})[Tt ](?P<H>[0-9]{2}):(?P<M>[0-9]{2}):(?P<S>[0-9]{2})"
        r"(?:\.(?P<f>[0-9]{1,9}))?(?P<z>[Zz]|[+-][0-9]{2}:[0-9]{2})?"
    ),
}
"""The digits of an epoch lie between 1973 and 5138: seconds are never taken for milliseconds."""
MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
          "november", "december")  # fmt: skip
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _words(names: tuple[str, ...], letters: int | None) -> str:
    return "|".join(name[:letters] for name in names)


_DIRECTIVES = {
    "Y": "[0-9]{4}",
    "y": "[0-9]{2}",
    "m": "[0-9]{1,2}",
    "d": "[0-9]{1,2}",
    "j": "[0-9]{3}",
    "H": "[0-9]{1,2}",
    "I": "[0-9]{1,2}",
    "M": "[0-9]{1,2}",
    "S": "[0-9]{1,2}",
    "f": "[0-9]{1,9}",
    "b": f"(?i:{_words(MONTHS, 3)})",
    "B": f"(?i:{_words(MONTHS, None)})",
    "a": f"(?i:{_words(DAYS, 3)})",
    "A": f"(?i:{_words(DAYS, None)})",
    "p": r"(?i:[ap]\.?m\b\.?)",
    "z": "[Zz]|[+-][0-9]{2}:?[0-9]{2}",
}
_SHORT = frozenset("mdHIMS")
"""Directives of one digit or two."""
_PART = re.compile(r"%(.)|([ \t]+)|([^% \t]+)", re.DOTALL)
SAME = {"y": "Y", "B": "b", "A": "a", "I": "H"}
"""Directives that say the same as another; one layout has one of the two."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One way to write a timestamp."""

    written: str
    """As the schema has it."""

    @property
    def says(self) -> frozenset[str]:
        """Return the directives in it; of RFC 3339 those that are always there."""
        if self.written in NAMED:
            return frozenset("YmdHMS") if self.written == RFC_3339 else frozenset({"epoch"})
        return frozenset(found[1] for found in _PART.finditer(self.written) if found[1] and found[1] != "%")

    def spans(self, text: str) -> tuple[tuple[int, int], ...]:
        """Return where such timestamps stand."""
        return tuple(found.span() for found in _pattern(self.written).finditer(text))

    def fields(self, written: str) -> dict[str, str] | None:
        """Return what each directive found; None where a text is not written so."""
        found = _pattern(self.written).fullmatch(written)
        if found is None:
            return None
        return {name: value for name, value in found.groupdict().items() if value is not None}


def fault_of(written: str) -> str:
    """Say what is wrong with a layout; the empty string where nothing is."""
    if written in NAMED:
        return ""
    names = [found[1] for found in _PART.finditer(written) if found[1] is not None]
    unknown = [name for name in names if name not in _DIRECTIVES and name != "%"]
    if unknown or (written.rstrip("%") != written and not written.endswith("%%")):
        return f"%{unknown[0] if unknown else ''} is no directive"
    kept = [SAME.get(name, name) for name in names if name != "%"]
    doubled = [name for number, name in enumerate(kept) if name in kept[:number]]
    if doubled:
        return f"%{doubled[0]} is said twice"
    return "" if kept else "there is no directive in it"


@lru_cache(maxsize=256)
def _pattern(written: str) -> re.Pattern[str]:
    """Return the pattern of a layout, with no digit before or behind it."""
    body = NAMED.get(written) or "".join(_parts(written))
    # A mark and a digit behind an epoch, or before it, make another number of it.
    edge = (
        (r"(?<![0-9.,])", r"(?![0-9])(?![.,][0-9])")
        if written in {EPOCH_S, EPOCH_MS}
        else (r"(?<![0-9])", r"(?![0-9])")
    )
    return re.compile(edge[0] + body + edge[1])


def _parts(written: str) -> Iterator[str]:
    parts = list(_PART.finditer(written))
    for number, part in enumerate(parts):
        name, blank, literal = part.groups()
        if blank is not None:
            yield r"[ \t]+"
        elif name is None or name == "%":
            yield re.escape(literal or "%")
        else:
            beside = [parts[near] for near in (number - 1, number + 1) if 0 <= near < len(parts)]
            packed = any(one[1] is not None and one[1] in _DIRECTIVES for one in beside)
            digits = "[0-9]{2}" if name in _SHORT and packed else _DIRECTIVES[name]
            yield f"(?P<{name}>{digits})"


def month_of(fields: dict[str, str]) -> int | None:
    """Return the month that fields name, from 1; None where they name none."""
    if "m" in fields:
        return int(fields["m"])
    name = fields.get("b") or fields.get("B")
    return (
        None
        if name is None
        else 1 + next(n for n, one in enumerate(MONTHS) if one[:3] == name[:3].casefold())
    )


def year_of(fields: dict[str, str]) -> int | None:
    """Return the year that fields name; two digits mean 1969 to 2068, as POSIX has it."""
    if "Y" in fields:
        return int(fields["Y"])
    if "y" not in fields:
        return None
    short = int(fields["y"])
    return short + (1900 if short > 68 else 2000)  # noqa: PLR2004 - the bound of POSIX


def hour_of(fields: dict[str, str]) -> int | None:
    """Return the hour of the day that fields name; None where they name none.

    Raises:
        Unconvertible: it is none of a clock of twelve hours.
    """
    if "H" in fields:
        return int(fields["H"])
    if "I" not in fields:
        return None
    hour = int(fields["I"])
    if not 1 <= hour <= 12:  # noqa: PLR2004 - the hours of a clock
        raise Unconvertible(f"there is no {hour} o'clock on a clock of twelve hours")
    return hour % 12 + (12 if fields.get("p", "a")[0] in "pP" else 0)


def weekday_of(fields: dict[str, str]) -> int | None:
    """Return the day of the week that fields name, Monday 0; None where they name none."""
    name = fields.get("a") or fields.get("A")
    return None if name is None else next(n for n, one in enumerate(DAYS) if one[:3] == name[:3].casefold())


def offset_of(written: str) -> int:
    """Return the minutes that a local time is ahead of UTC."""
    if written in "Zz":
        return 0
    hours, minutes = int(written[1:3]), int(written[-2:])
    return (60 * hours + minutes) * (-1 if written[0] == "-" else 1)
