"""Numerals: the only places that a number may come from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.extract.source import prepare
from agent.numerals import exact, numerals, read, whole


def written(text: str, *, integer: bool = False) -> set[str]:
    """Return the numerals as they stand in the text."""
    return {text[numeral.start : numeral.end] for numeral in numerals(text, integer=integer)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("81.4C", {"81.4"}),
        ("temp -12.5", {"-12.5"}),
        ("A-12", {"12"}),
        ("1,234.5", {"1,234.5", "1", "234.5"}),
        ("235,245", {"235,245", "235", "245"}),
        ("1e3", {"1e3", "1", "3"}),
        ("v2.13", {"2.13", "2", "13"}),
        ("24.12.2024", {"24.12", "24", "12", "2024"}),
        ("010203.05,06", {"010203.05", "06"}),
        ("none", set()),
    ],
)
def test_numerals_of_a_text(text: str, expected: set[str]) -> None:
    """Digit runs and grouped thousands are candidates beside whole numerals; no part of a lone decimal is."""
    assert written(text) == expected


def test_integers_leave_out_fractions() -> None:
    """A numeral with a fraction is no candidate for an integer, and neither are its digits."""
    assert written("81.4 7", integer=True) == {"7"}


@pytest.mark.parametrize(("text", "value"), [("007", 7), ("-1.50", -1.5), ("1,234", 1234), ("\u22124", -4)])
def test_reading_a_numeral(text: str, value: float) -> None:
    """Leading zeros, grouping and the typographic minus are read."""
    assert read(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1E100", 10**100),
        ("1.5e3", 1500),
        ("12345678901234567890e1", 123456789012345678900),
        ("9007199254740993.0", 9007199254740993),
        ("-2E+22", -2 * 10**22),
        ("120e-1", 12),
        ("0e999", 0),
        ("1.25e1", None),
        ("1e-3", None),
    ],
)
def test_whole_numbers_are_exact(text: str, value: int | None) -> None:
    """An integer has the digits that are written, whatever a float would make of them."""
    assert whole(text) == value
    found = {
        numeral.value for numeral in numerals(text, integer=True) if numeral.end - numeral.start == len(text)
    }
    assert found == ({value} if value is not None else set())


def test_whole_number_is_written_digit_by_digit() -> None:
    """The answer of a model that writes holds the same digits as the value of one that points."""
    assert str(10**100) in prepare("count 1E100").integers


@pytest.mark.parametrize("integer", [False, True])
@pytest.mark.parametrize("text", ["1E400", "-9.9e999", "17976931348623159e292"])
def test_what_no_program_can_read_is_no_numeral(text: str, *, integer: bool) -> None:
    """Neither the whole nor a part of it, which would be another number."""
    assert numerals(text, integer=integer) == []
    with pytest.raises(ValueError, match="larger than JSON programs can read"):
        exact(text)


def test_endless_exponent_costs_nothing() -> None:
    """A number of a thousand million digits is refused, not worked out."""
    with pytest.raises(ValueError, match="more than three digits"):
        exact("1e999999999")


@given(st.text(alphabet="0123456789.,-+eE \u2212x", max_size=30))
def test_every_numeral_reads_as_its_value(text: str) -> None:
    """A candidate's value is what its own characters say."""
    for numeral in numerals(text):
        assert read(text[numeral.start : numeral.end]) == numeral.value
    for numeral in numerals(text, integer=True):
        assert exact(text[numeral.start : numeral.end]) == numeral.value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_printed_float_is_found_whole(value: float) -> None:
    """Whatever Python prints of a finite float is one candidate."""
    assert value in {numeral.value for numeral in numerals(f"reading {value!r} end")}


def test_endless_digits_are_no_numeral() -> None:
    """A run of digits that no sensor prints is no candidate, and costs no error."""
    assert numerals("7" * 5_000 + " 12") == numerals(" " * 5_000 + " 12")
