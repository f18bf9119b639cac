"""Numerals in declared forms: one reading or none, never a part of a longer one."""

from __future__ import annotations

import contextlib
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.conversion import Quantity, Reading, Unconvertible, declared, proves
from agent.conversion.numeral import DOTTED, Form
from agent.message import Json

COMMA, GERMAN, ENGLISH = Form(","), Form(",", "."), Form(".", ",")
SPACED, SWISS = Form(",", " "), Form(".", "'")
FORMS = (DOTTED, COMMA, GERMAN, ENGLISH, SPACED, SWISS)


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        (COMMA, "T21,5C, 7", ["21,5", "7"]),
        (COMMA, "-3,5 +2 \u22124", ["-3,5", "+2", "\u22124"]),
        (COMMA, "a-3,5", ["3,5"]),
        (COMMA, "1.234,5", []),
        (COMMA, "21,5,22", []),
        (COMMA, "21,5, 22,5.", ["21,5", "22,5"]),
        (COMMA, ",5", [",5"]),
        (COMMA, "1,5e3 2,5e-3x", ["1,5e3"]),
        (GERMAN, "1.234,5 1.234.567 12345,6", ["1.234,5", "1.234.567", "12345,6"]),
        (GERMAN, "1.23 12.34,5 1.2345", []),
        (GERMAN, "12.03.2026", []),
        (GERMAN, "192.168.0.1", []),
        (ENGLISH, "1,234.5 1,23", ["1,234.5"]),
        (SPACED, "1\u202f234,5 m", ["1\u202f234,5"]),
        (SPACED, "1 234 567", ["1 234 567"]),
        (SPACED, "12 34", ["12", "34"]),
        (SWISS, "1'234.5 1’234", ["1'234.5", "1’234"]),
        (DOTTED, "1,234.5 81.4 8.1.4", ["81.4"]),
        (DOTTED, "٣ ²", []),
    ],
)
def test_spans_of_numerals(form: Form, text: str, expected: list[str]) -> None:
    """Whole numerals of the form; what could be read in another way is none."""
    assert [text[start:end] for start, end in form.spans(text)] == expected


@pytest.mark.parametrize(
    ("form", "written", "value"),
    [
        (GERMAN, "1.234,5", "1234.5"),
        (GERMAN, "-0,25", "-0.25"),
        (SPACED, "1\u00a0000", "1000"),
        (SWISS, "1’000.5", "1000.5"),
        (COMMA, "1,5e3", "1500"),
        (COMMA, ",5", "0.5"),
        (COMMA, "\u22125", "-5"),
    ],
)
def test_reading(form: Form, written: str, value: str) -> None:
    """Exactly what is written."""
    assert form.read(written) == Fraction(value)


@pytest.mark.parametrize("written", ["1e400", "-9e999"])
def test_what_no_program_can_read_is_not_read(written: str) -> None:
    """It is no number of any form, and says so."""
    assert DOTTED.spans(written) == ()
    with pytest.raises(Unconvertible, match="larger than JSON programs can read"):
        DOTTED.read(written)


def test_whole_number_is_exact_and_proved_to_the_last_digit() -> None:
    """Where nothing is converted, the number that a float would make of it proves nothing."""
    declared = quantity({"decimal": "."}, kind="integer")
    reading = Reading("count 1E100", 6, 11, None)
    assert declared.apply(reading).value == 10**100
    assert proves(declared, 10**100, reading)
    assert not proves(declared, int(1e100), reading)


@pytest.mark.parametrize("written", ["", "1.5", "1,234.5", "x", "1,5 ", "nan", "inf", "1_0", "0x1", "1" * 65])
def test_other_forms_are_not_read(written: str) -> None:
    """They are no numbers in this form, whatever they are in another."""
    with pytest.raises(Unconvertible):
        COMMA.read(written)


def grouped(number: Decimal, form: Form) -> str:
    """Write a number in a form."""
    whole, _, fraction = f"{number:,f}".partition(".")
    mark = form.thousands
    return whole.replace(",", mark) + (form.decimal + fraction if fraction else "")


DECIMALS = st.decimals(min_value=-(10**12), max_value=10**12, places=3)


@given(DECIMALS, st.sampled_from(FORMS))
def test_what_is_written_in_a_form_is_found_whole_and_read_back(number: Decimal, form: Form) -> None:
    """For every number and form, in the middle of a text."""
    written = grouped(number, form)
    text = f"T = {written} kPa"
    assert form.spans(text) == ((4, 4 + len(written)),)
    assert form.read(written) == Fraction(number)


@given(st.text(alphabet="0123456789.,' -eE\u202fx"), st.sampled_from(FORMS))
def test_numerals_are_apart_and_never_touch_a_digit(text: str, form: Form) -> None:
    """No numeral is a piece of another run of digits."""
    for start, end in form.spans(text):
        assert not text[:start][-1:].isdigit()
        assert not text[end:][:1].isdigit()
        form.read(text[start:end])


def quantity(written: Json, target: str = "", kind: str = "number") -> Quantity:
    """Return a declaration."""
    found = declared(written, kind, target)
    assert isinstance(found, Quantity)
    return found


def value_of(conversion: Quantity, text: str) -> Json:
    """Return the value of the first numeral of a text."""
    start, end = conversion.spans(text)[0]
    return conversion.apply(Reading(text, start, end)).value


@pytest.mark.parametrize(
    ("written", "target", "text", "value"),
    [
        ({"decimal": ","}, "", "21,5", 21.5),
        ({"decimal": ","}, "", "21", 21),
        ({"thousands": ","}, "", "1,234", 1234),
        ({"unit": "behind"}, "Cel", "98.6°F", 37.0),
        ({"unit": "behind", "decimal": ","}, "Cel", "98,6 F", 37.0),
        ({"unit": "behind"}, "Cel", "20 C", 20),
        ({"unit": "behind", "round": 2}, "Cel", "70 °F", 21.11),
        ({"unit": "[degF]", "round": 0}, "Cel", "70", 21),
        ({"unit": "behind", "assume": "[degF]", "round": 1}, "Cel", "70 outside", 21.1),
        ({"unit": "behind", "assume": "[degF]"}, "Cel", "20 °C", 20),
        ({"unit": "behind"}, "bar", "81.4 kPa,", 0.814),
        ({"unit": "behind"}, "W", "1.5 kW", 1500.0),
        ({"unit": "behind"}, "mW", "2 MW", 2_000_000_000),
        ({"round": 1}, "", "0.25", 0.2),
        ({"round": 1}, "", "0.35", 0.4),
    ],
)
def test_quantities(written: Json, target: str, text: str, value: Json) -> None:
    """Form, unit and rounding, half to even; the proof agrees."""
    conversion = quantity(written, target)
    assert value_of(conversion, text) == value
    start, end = conversion.spans(text)[0]
    assert proves(conversion, value, Reading(text, start, end))


@pytest.mark.parametrize(
    ("target", "text", "said"),
    [
        ("Cel", "5 bar", "'bar' behind '5' is no unit that fits Cel"),
        ("Cel", "5 pump", "no unit stands behind '5'"),
        ("Cel", "5", "no unit stands behind '5'"),
        ("Cel", "5°R", "'°R' behind '5' is no unit that fits Cel"),
        ("Cel", "5kelvinish", "'kelvinish' behind '5'"),
        ("L", "5 gal", "'gal' may be [gal_us] or [gal_br]"),
        ("cm", "5 in tank", "no unit stands behind '5'"),
    ],
)
def test_unit_that_does_not_fit_is_a_reason_and_never_a_number(target: str, text: str, said: str) -> None:
    """Of another kind, unknown, ambiguous or missing."""
    with pytest.raises(Unconvertible, match=r".*") as caught:
        value_of(quantity({"unit": "behind"}, target), text)
    assert said in str(caught.value)


def test_assumed_unit_does_not_cover_a_strange_one() -> None:
    """What looks like a unit and is not known is not taken for a missing one."""
    conversion = quantity({"unit": "behind", "assume": "Cel"}, "Cel")
    for text in ("5°R", "5 x/y", "5 bar"):
        with pytest.raises(Unconvertible):
            value_of(conversion, text)


def test_integer_is_whole_where_its_conversion_is() -> None:
    """1.5 kW are 1500 W; the validator refuses what is not whole."""
    conversion = quantity({"unit": "behind"}, "W", "integer")
    assert value_of(conversion, "1.5 kW") == 1500
    assert isinstance(value_of(conversion, "1.5 kW"), int)
    assert value_of(conversion, "1.5 W") == 1.5


UNITS = st.sampled_from(
    [("[degF]", "Cel", "°F"), ("kPa", "bar", "kPa"), ("m3/h", "L/min", "m³/h"), ("kW.h", "J", "kWh")]
)


@given(DECIMALS, UNITS, st.sampled_from(FORMS), st.none() | st.integers(0, 6))
def test_every_conversion_is_proved_and_no_other_value_is(
    number: Decimal, units: tuple[str, str, str], form: Form, digits: int | None
) -> None:
    """The proof, which goes backwards, accepts what converting gives, and nothing a little beside it."""
    source, target, printed = units
    written = grouped(number, form)
    text = f"v={written} {printed}"
    options: dict[str, Json] = {"unit": "behind", "decimal": form.decimal}
    options |= {"thousands": form.thousands} if form.thousands else {}
    options |= {} if digits is None else {"round": digits}
    conversion = quantity(options, target)
    reading = Reading(text, 2, 2 + len(written))
    value = conversion.apply(reading).value
    assert isinstance(value, (int, float))
    assert proves(conversion, value, reading), (value, source)
    beside = max(abs(value) * 1e-6, 2.0 * 10.0 ** -(9 if digits is None else digits))
    assert not proves(conversion, value + beside, reading)
    assert not proves(conversion, value - beside, reading)


@given(DECIMALS, st.sampled_from(FORMS))
def test_part_of_a_numeral_proves_nothing(number: Decimal, form: Form) -> None:
    """A span that leaves a digit out is no evidence of what it says."""
    written = grouped(number, form)
    conversion = Quantity(form=form)
    shorter = Reading(f"v={written} x", 2, 1 + len(written))
    wider = Reading(f"v={written} x", 2, 3 + len(written))
    for reading in (shorter, wider):
        for value in (float(number), int(number), float(str(number)[:-1] or "0")):
            assert not proves(conversion, value, reading)


PIECES = st.sampled_from(
    [
        "1",
        "12",
        "345",
        ".",
        ",",
        " ",
        "-",
        "e",
        "9" * 70,
        "e999",
        "°",
        "C",
        "km9",
        "/",
        "(",
        "[degF]",
        "\u202f",
    ]
)


@given(st.lists(PIECES).map("".join), st.sampled_from(FORMS), st.booleans())
def test_no_text_makes_a_conversion_fail_in_another_way(text: str, form: Form, assumes: bool) -> None:  # noqa: FBT001 - drawn
    """It gives a number that is proved, or the reason why not; whatever stands there."""
    options: dict[str, Json] = {"unit": "behind", "decimal": form.decimal}
    options |= {"thousands": form.thousands} if form.thousands else {}
    conversion = quantity(options | ({"assume": "[degF]"} if assumes else {}), "Cel")
    for start, end in conversion.spans(text):
        reading = Reading(text, start, end)
        with contextlib.suppress(Unconvertible):
            assert proves(conversion, conversion.apply(reading).value, reading)
