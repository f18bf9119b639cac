"""What ``x-maaza`` in a schema may say, and what is wrong with what it says. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from agent.conversion import ucum
from agent.conversion.layout import EPOCH_MS, EPOCH_S, NAMED, Layout, fault_of
from agent.conversion.moment import EARLIER, LATER, RECEIVED, REFUSE, Moment
from agent.conversion.numeral import DECIMALS, THOUSANDS, Form
from agent.conversion.quantity import Quantity
from agent.conversion.ucum import Unit, UnknownUnitError
from agent.message import Json

KEYWORD: Final = "x-maaza"
BEHIND: Final = "behind"
"""Word for a unit that is read from behind the number."""
NUMBER_KEYS: Final = ("decimal", "thousands", "unit", "assume", "round")
TIME_KEYS: Final = ("time", "zone", "year", "date", "fold")
KEYS: Final = NUMBER_KEYS + TIME_KEYS
MAX_DIGITS: Final = 12
MAX_LAYOUTS: Final = 8
MAX_LAYOUT_CHARS: Final = 100
YEARS: Final = range(1, 10_000)


class DeclarationError(ValueError):
    """An ``x-maaza`` cannot be kept."""

    def __init__(self, key: str, why: str, remedy: str) -> None:
        super().__init__(why)
        self.key = key
        """Key inside ``x-maaza``; empty: the whole."""
        self.why, self.remedy = why, remedy


@dataclass(frozen=True, slots=True)
class _Given:
    """An ``x-maaza`` as written."""

    keys: Mapping[str, Json]

    def text(self, key: str, allowed: Sequence[str], otherwise: str) -> str:
        """Return a word among those allowed."""
        value = self.keys.get(key, otherwise)
        if value not in allowed and value != otherwise:
            listed = ", ".join(repr(one) for one in allowed)
            raise DeclarationError(
                key, f"{value!r} is not allowed", nearest(value, allowed) or f"write one of {listed}"
            )
        return str(value)


def declared(written: Json, kind: str, target: str) -> Quantity | Moment:
    """Return the conversion that an ``x-maaza`` declares of a field of some kind, with its ``ucumUnit``.

    Raises:
        DeclarationError: it cannot be kept.
    """
    if not isinstance(written, dict) or not written:
        raise DeclarationError("", "it is no object with a key in it", f"write one of {', '.join(KEYS)}")
    for key in written:
        if key not in KEYS:
            remedy = nearest(key, KEYS) or f"known keys: {', '.join(KEYS)}"
            raise DeclarationError(key, "unknown key", remedy)
    wanted, keys = ("string", TIME_KEYS) if kind == "string" else ("number or integer", NUMBER_KEYS)
    if kind not in {"string", "number", "integer"}:
        raise DeclarationError(
            "", f"the field is {kind!r}", "declare it of a string, number or integer alone"
        )
    for key in written:
        if key not in keys:
            other = "a string" if key in TIME_KEYS else "a number or integer"
            raise DeclarationError(
                key, f"it says something of {other}; this field is {wanted}", "change type, or remove it"
            )
    return _moment(_Given(written)) if kind == "string" else _quantity(_Given(written), kind, target)


def nearest(word: object, known: Sequence[str]) -> str:
    """Return "did you mean", where a known word is much alike."""
    found = difflib.get_close_matches(str(word), known, n=1)
    return f"did you mean {found[0]!r}?" if found else ""


def _quantity(given: _Given, kind: str, target: str) -> Quantity:
    source, is_written, aim = _units(given, target)
    return Quantity(
        form=_form(given),
        source=source,
        is_written=is_written,
        target=aim,
        digits=_digits(given),
        whole=kind == "integer",
    )


def _form(given: _Given) -> Form:
    thousands = given.text("thousands", THOUSANDS, "")
    decimal = given.text("decimal", DECIMALS, "." if thousands != "." else "")
    if decimal == thousands or not decimal:
        why = f"thousands {thousands!r} needs another decimal"
        raise DeclarationError(
            "decimal", why, "write decimal = ',' beside thousands = '.', or the other way round"
        )
    return Form(decimal, thousands)


def _digits(given: _Given) -> int | None:
    digits = given.keys.get("round")
    if digits is None:
        return None
    if isinstance(digits, bool) or not isinstance(digits, int) or not 0 <= digits <= MAX_DIGITS:
        raise DeclarationError(
            "round", f"{digits!r} is not allowed", f"write a whole number from 0 to {MAX_DIGITS}"
        )
    return digits


def _units(given: _Given, target: str) -> tuple[Unit | None, bool, Unit | None]:
    """Return the unit of the text where it is known, whether it stands in the text, and that of the value."""
    written = given.keys.get("unit")
    if written is None:
        if "assume" in given.keys:
            raise DeclarationError("assume", "it goes with unit alone", f"write unit = {BEHIND!r} beside it")
        return None, False, None
    if not target:
        remedy = "add ucumUnit: the UCUM code of the value's unit"
        raise DeclarationError("unit", "the field has no ucumUnit to convert to", remedy)
    aim = _unit("ucumUnit", target)
    if written != BEHIND and "assume" in given.keys:
        raise DeclarationError(
            "assume", f"unit is always {written!r}", f"remove it, or write unit = {BEHIND!r}"
        )
    code = given.keys.get("assume") if written == BEHIND else written
    source = None if code is None else _unit("assume" if written == BEHIND else "unit", code)
    if source is not None and not source.fits(aim):
        raise DeclarationError("unit", f"{source.code} is of another kind than {aim.code}", "correct either")
    return source, written == BEHIND, aim


def _unit(key: str, code: Json) -> Unit:
    try:
        return ucum.unit(str(code))
    except UnknownUnitError as error:
        remedy = (
            nearest(code, (*ucum.CODES, BEHIND)) or "see ucum.org; parentheses and powers of ten are not read"
        )
        raise DeclarationError(key, f"{code!r} is no UCUM code known here", remedy) from error


def _moment(given: _Given) -> Moment:
    layouts = _layouts(given.keys.get("time"))
    says = [layout.says for layout in layouts]
    timed = any(one & {"H", "I", "epoch"} for one in says)
    local = any(one & {"H", "I"} and "z" not in one for one in says) and layouts != (Layout("rfc3339"),)
    zone = _zone(given.keys.get("zone"), needed=local)
    if zone and not timed:
        raise DeclarationError("zone", "a date alone has no zone", "remove it")
    _check_date(given, says)
    return Moment(
        layouts=layouts,
        zone=zone,
        year=_year(given, says),
        dated=given.keys.get("date") != RECEIVED,
        fold=given.text("fold", (REFUSE, EARLIER, LATER, RECEIVED), REFUSE),
    )


def _layouts(written: Json) -> tuple[Layout, ...]:
    listed = written if isinstance(written, list) else [written]
    if not 1 <= len(listed) <= MAX_LAYOUTS or not all(isinstance(one, str) and one for one in listed):
        remedy = "write a layout as '%d.%m.%Y %H:%M:%S', or epoch_s, epoch_ms, rfc3339, or a list of these"
        raise DeclarationError("time", "it does not say how timestamps are written", remedy)
    layouts = [str(one) for one in listed]
    for one in layouts:
        if len(one) > MAX_LAYOUT_CHARS:
            raise DeclarationError("time", f"longer than {MAX_LAYOUT_CHARS} characters", "shorten it")
        if wrong := fault_of(one):
            remedy = (
                nearest(one, tuple(NAMED)) or "directives: %Y %y %m %d %j %b %B %a %A %H %I %p %M %S %f %z %%"
            )
            raise DeclarationError("time", f"{one!r}: {wrong}", remedy)
    return tuple(Layout(one) for one in layouts)


def _zone(written: Json, *, needed: bool) -> str:
    if written is None:
        if needed:
            raise DeclarationError("zone", "the layout has no offset", "add zone = 'Europe/Berlin', or 'UTC'")
        return ""
    try:
        return ZoneInfo(str(written)).key
    except (KeyError, ValueError, OSError) as error:
        remedy = nearest(written, sorted(available_timezones())) or "write an IANA name, as 'Europe/Berlin'"
        raise DeclarationError("zone", f"{written!r} is no zone known here", remedy) from error


def _check_date(given: _Given, says: Sequence[frozenset[str]]) -> None:
    """Refuse layouts of which nobody knows the day."""
    given.text("date", (RECEIVED,), "")
    for one in says:
        month, day, clock = bool(one & {"m", "b", "B"}), "d" in one, bool(one & {"H", "I"})
        if "epoch" in one:
            continue
        if month != day or ("j" in one and month):
            raise DeclarationError("time", "month and day come together, or %j alone", "name both")
        if not month and "j" not in one and (not clock or given.keys.get("date") != RECEIVED):
            raise DeclarationError("date", "the layout has no date", "add date = 'received'")
        if (
            (bool(one & {"M"}) and not clock)
            or ("S" in one and "M" not in one)
            or ("f" in one and "S" not in one)
        ):
            raise DeclarationError(
                "time", "hours come before minutes, and these before seconds", "name what is missing"
            )
        if "I" in one and "p" not in one:
            raise DeclarationError("time", "%I is one of two hours of the day", "add %p, or write %H")


def _year(given: _Given, says: Sequence[frozenset[str]]) -> int | None:
    """Return the year of layouts that have none; 0: by when the text was received."""
    year: Any = given.keys.get("year")
    missing = any(one & {"m", "b", "B", "j"} and not one & {"Y", "y"} for one in says)
    if year is None and missing:
        raise DeclarationError(
            "year", "the layout has no year", "add year = 'received', or the year as a number"
        )
    if year is None or year == RECEIVED:
        return None if year is None else 0
    if isinstance(year, bool) or not isinstance(year, int) or year not in YEARS:
        raise DeclarationError("year", f"{year!r} is not allowed", "write 'received', or a year as a number")
    return year


EPOCHS: Final = frozenset({EPOCH_S, EPOCH_MS})
"""Layouts that are numbers."""
