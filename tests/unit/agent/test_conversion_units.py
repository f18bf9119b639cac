"""Units: what codes mean, what is printed, and what does not fit."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.conversion.printed import behind
from agent.conversion.ucum import CODES, UnknownUnitError, unit


@pytest.mark.parametrize(
    ("number", "source", "target", "expected"),
    [
        ("98.6", "[degF]", "Cel", "37"),
        ("-40", "[degF]", "Cel", "-40"),
        ("0", "Cel", "K", "273.15"),
        ("32", "[degF]", "K", "273.15"),
        ("0", "K", "[degF]", "-459.67"),
        ("1", "kW.h", "J", "3600000"),
        ("60", "{rev}/min", "Hz", "1"),
        ("6", "m3/h", "L/min", "100"),
        ("1", "[psi]", "Pa", "8896443230521/1290320000"),
        ("1013.25", "mbar", "atm", "1"),
        ("5", "ug/m3", "mg/m3", "0.005"),
        ("1", "mS/cm", "uS/cm", "1000"),
        ("1", "KiBy", "By", "1024"),
        ("5", "%", "1", "0.05"),
        ("1", "s-1", "Hz", "1"),
        ("1", "/min", "/s", "1/60"),
        ("1", "[mi_i]/h", "km/h", "1.609344"),
        ("12", "[in_i]", "[ft_i]", "1"),
        ("1", "N.m", "J", "1"),
        ("1", "V.A", "W", "1"),
        ("1", "V/A", "Ohm", "1"),
        ("1", "A.h", "C", "3600"),
        ("1", "lm/m2", "lx", "1"),
        ("1", "m[H2O]", "hPa", "98.0665"),
        ("760", "mm[Hg]", "atm", "1.0000001425"),
    ],
)
def test_numbers_convert_exactly(number: str, source: str, target: str, expected: str) -> None:
    """As the definitions of the units say, without rounding on the way."""
    found = unit(source).convert(Fraction(number), unit(target))
    assert abs(found - Fraction(expected)) <= abs(Fraction(expected)) / 10**9
    assert unit(source).fits(unit(target))


@pytest.mark.parametrize(
    ("one", "other"), [("Cel", "bar"), ("W", "J"), ("m", "m2"), ("Cel", "1"), ("dB", "dB[mW]"), ("By", "Hz")]
)
def test_units_of_another_kind_do_not_fit(one: str, other: str) -> None:
    """A power is no energy, and a temperature no pressure."""
    assert not unit(one).fits(unit(other))


@pytest.mark.parametrize(
    "code",
    [
        "",
        "x",
        "kmin",
        "m//s",
        "[degF]/min",
        "Cel/h",
        "(m)",
        "m3.",
        "k",
        "mCel",
        " m",
        "km99999999",
        "m12",
        "m0",
        "m.m" * 30,
    ],
)
def test_what_is_no_code_is_said(code: str) -> None:
    """Nothing is guessed; a unit with an offset stands alone."""
    with pytest.raises(UnknownUnitError):
        unit(code)


NUMBERS = st.fractions(min_value=-(10**9), max_value=10**9)


@given(NUMBERS, st.sampled_from(CODES), st.sampled_from(CODES))
def test_there_and_back_again_is_the_same_number(number: Fraction, one: str, other: str) -> None:
    """Exactly, for all units that fit; fitting goes both ways."""
    source, target = unit(one), unit(other)
    assert source.fits(target) == target.fits(source)
    if source.fits(target):
        assert target.convert(source.convert(number, target), source) == number


@pytest.mark.parametrize(
    ("rest", "codes"),
    [
        ("C vib", ["Cel", "C"]),
        (" °C,", ["Cel"]),
        ("\u202f°C", ["Cel"]),
        (" (°F)", ["[degF]"]),
        (" [degF]", ["[degF]"]),
        (" kWh.", ["kW.h"]),
        ("m³/h", ["m3/h"]),
        (" µg/m³;", ["ug/m3"]),
        (" m^2", ["m2"]),
        (" mW", ["mW"]),
        (" MW", ["MW"]),
        (" gal", ["[gal_us]", "[gal_br]"]),
        ("in", ["[in_i]"]),
        (" in tank", []),
        (" as", []),
        (" at 5", []),
        (" Pa", ["Pa"]),
        ("   °C", []),
        ("", []),
        (" 5", []),
        (" = C", []),
        ("%RH", ["%"]),
    ],
)
def test_unit_behind_a_number(rest: str, codes: list[str]) -> None:
    """Printed forms and codes, in their own case, across a space or a bracket; common words are no units."""
    assert [one.code for one in behind(f"21{rest}", 2).units] == codes


@pytest.mark.parametrize(
    ("rest", "is_word"),
    [(" pump", True), ("pump", False), (" °R", False), (" (foo)", False), ("", True), (" x/y", False)],
)
def test_what_may_be_the_next_word_is_told_from_a_strange_unit(rest: str, is_word: bool) -> None:  # noqa: FBT001 - a table
    """Only a word of letters behind a space may be no unit at all."""
    found = behind(f"21{rest}", 2)
    assert (found.units, found.is_word) == ((), is_word)
