"""Does a published value say what its span says? Worked out backwards, by other steps than converting.

Converting reads the span and computes a value. Here the value is turned back: a quantity into the unit of
the text, to be compared with what is written; an instant into what a clock of its zone showed, field by
field. Facts are shared (units, zones, layouts), arithmetic is not: a fault of one is seen by the other.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal, InvalidOperation, localcontext
from fractions import Fraction
from zoneinfo import ZoneInfo

from agent.conversion.layout import DAYS, MONTHS, offset_of
from agent.conversion.moment import AHEAD_S, EARLIER, LATER, RECEIVED, Moment
from agent.conversion.numeral import separators
from agent.conversion.quantity import Quantity
from agent.conversion.reading import Reading, Unconvertible
from agent.message import Json

RFC_3339 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]+))?(Z|[+-][0-9]{2}:[0-9]{2})"
)
DOUBLE = Decimal("1e-15")
"""Relative step between numbers of 64 bits, and a little more."""
PRECISION = 100
"""Digits of the arithmetic."""
SLACK = 4
"""Steps that a value may be off, where units were converted."""
HALF_A_YEAR = timedelta(days=184)
HALF_A_DAY = timedelta(hours=13)
"""Longest way from a time without year, or date, to its receipt; an hour is for clock changes."""


def proves(declared: Quantity | Moment, value: Json, reading: Reading) -> bool:
    """Tell whether a value is what a span says under a declaration."""
    try:
        if isinstance(declared, Quantity):
            return _says_quantity(declared, value, reading)
        return isinstance(value, str) and _says_moment(declared, value, reading)
    except (Unconvertible, ValueError, OverflowError, OSError, InvalidOperation):
        return False


def _says_quantity(declared: Quantity, value: Json, reading: Reading) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    # Nothing that belongs to the numeral may be left out of the span.
    if (reading.start, reading.end) not in declared.spans(reading.text):
        return False
    with localcontext() as context:
        context.prec = PRECISION
        if isinstance(value, int) and declared.target is None and declared.digits is None:
            return Decimal(value) == digits_of(reading.written, declared)
        back, scale, shift = Decimal(value), Decimal(1), Decimal(0)
        if declared.target is not None:
            source, _ = declared.unit_of(reading)
            scale = _decimal(declared.target.factor / source.factor)
            shift = _decimal((declared.target.offset - source.offset) / source.factor)
        back = back * scale
        step = (abs(back) + abs(shift)) * DOUBLE * SLACK
        if declared.digits is not None:
            step += abs(scale) * Decimal(10) ** -declared.digits / 2
        return abs(back + shift - digits_of(reading.written, declared)) <= step


def _decimal(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)


def digits_of(written: str, declared: Quantity) -> Decimal:
    """Return what the characters of a numeral say, read one by one.

    Raises:
        InvalidOperation: they say no number.
    """
    decimal, dropped = declared.form.decimal, separators(declared.form.thousands)
    plain = []
    for character in written:
        if character == decimal:
            plain.append(".")
        elif character == "\u2212":
            plain.append("-")
        elif character not in dropped:
            plain.append(character)
    return Decimal("".join(plain))


def _says_moment(declared: Moment, value: str, reading: Reading) -> bool:
    if (reading.start, reading.end) not in declared.spans(reading.text):
        return False
    _layout, fields = declared.found(reading.written)
    if not {"H", "I", "epoch"} & fields.keys():
        day = datetime.combine(date.fromisoformat(value), time(), UTC)
        return _shows(day, fields) and _is_near(day, fields, declared, reading)
    found = RFC_3339.fullmatch(value)
    if found is None or (found[2] or "") != fields.get("f", ""):
        return False
    moment = datetime.fromisoformat(found[1] + ("+00:00" if found[3] == "Z" else found[3]))
    if "epoch" in fields:
        return moment.timestamp() == int(fields["epoch"])
    if "z" in fields:
        shown = moment.astimezone(timezone(timedelta(minutes=offset_of(fields["z"]))))
        return _shows(shown, fields) and _is_near(moment, fields, declared, reading)
    shown = moment.astimezone(UTC).astimezone(ZoneInfo(declared.zone))
    meant = _is_meant(shown, declared, reading)
    return meant and _shows(shown, fields) and _is_near(moment, fields, declared, reading)


def _is_meant(shown: datetime, declared: Moment, reading: Reading) -> bool:
    """Tell whether, of two instants that show the same on a zone's clocks, this is the declared one."""
    second = shown.replace(fold=1)
    if shown.replace(fold=0).utcoffset() == second.utcoffset():
        return True
    if declared.fold == RECEIVED:
        late = reading.received_at is not None and second.timestamp() <= reading.received_at + AHEAD_S
        return shown.fold == int(late)
    return {EARLIER: 0, LATER: 1}.get(declared.fold) == shown.fold


def _shows(clock: datetime, fields: dict[str, str]) -> bool:
    """Tell whether a clock and calendar show what each field says."""
    expected = {
        "Y": clock.year, "y": clock.year % 100, "m": clock.month, "d": clock.day,
        "j": clock.timetuple().tm_yday, "H": clock.hour, "I": clock.hour % 12 or 12,
        "M": clock.minute, "S": clock.second,
    }  # fmt: skip
    named = {
        "b": MONTHS[clock.month - 1][:3], "B": MONTHS[clock.month - 1],
        "a": DAYS[clock.weekday()][:3], "A": DAYS[clock.weekday()],
        "p": "pm" if clock.hour >= 12 else "am",  # noqa: PLR2004 - noon
    }  # fmt: skip
    numbers = all(int(fields[name]) == number for name, number in expected.items() if name in fields)
    # What is not named is nought.
    bare = all(
        number == 0 for name, number in (("M", clock.minute), ("S", clock.second)) if name not in fields
    )
    return (
        numbers
        and bare
        and all(
            fields[name].casefold().replace(".", "") == word for name, word in named.items() if name in fields
        )
    )


def _is_near(moment: datetime, fields: dict[str, str], declared: Moment, reading: Reading) -> bool:
    """Tell whether a year or date that is left out is the one by which it comes nearest to its receipt."""
    if {"Y", "y"} & fields.keys():
        return True
    dated = bool({"d", "j"} & fields.keys())
    if dated and declared.year:
        zone = ZoneInfo(declared.zone) if declared.zone and "z" not in fields else moment.tzinfo
        return moment.astimezone(zone).year == declared.year
    if reading.received_at is None:
        return False
    limit = HALF_A_YEAR if dated else HALF_A_DAY
    return abs(moment - datetime.fromtimestamp(reading.received_at, UTC)) <= limit
