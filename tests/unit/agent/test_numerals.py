"""Numerals: the only places that a number may come from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.numerals import numerals, read


def written(text: str, *, integer: bool = False) -> set[str]:
    """Return the numerals as they stand in the text."""
    return {text[numeral.start : numeral.end] for numeral in numerals(text, integer=integer)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("81.4C", {"81.4", "81", "4"}),
        ("temp -12.5", {"-12.5", "-12", "5"}),
        ("A-12", {"12"}),
        ("1,234.5", {"1,234.5", "1", "234.5", "234", "5"}),
        ("235,245", {"235,245", "235", "245"}),
        ("1e3", {"1e3", "1", "3"}),
        ("none", set()),
    ],
)
def test_numerals_of_a_text(text: str, expected: set[str]) -> None:
    """Whole numerals, digit runs inside them and readings with grouped thousands are all candidates."""
    assert written(text) == expected


def test_integers_leave_out_fractions() -> None:
    """A numeral with a fraction is no candidate for an integer, its digit runs are."""
    assert written("81.4 7", integer=True) == {"81", "4", "7"}


@pytest.mark.parametrize(("text", "value"), [("007", 7), ("-1.50", -1.5), ("1,234", 1234), ("\u22124", -4)])
def test_reading_a_numeral(text: str, value: float) -> None:
    """Leading zeros, grouping and the typographic minus are read."""
    assert read(text) == value


@given(st.text(alphabet="0123456789.,-+eE \u2212x", max_size=30))
def test_every_numeral_reads_as_its_value(text: str) -> None:
    """A candidate's value is what its own characters say."""
    for numeral in numerals(text):
        assert read(text[numeral.start : numeral.end]) == numeral.value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_printed_float_is_found_whole(value: float) -> None:
    """Whatever Python prints of a finite float is one candidate."""
    assert value in {numeral.value for numeral in numerals(f"reading {value!r} end")}


def test_endless_digits_are_no_numeral() -> None:
    """A run of digits that no sensor prints is no candidate, and costs no error."""
    assert numerals("7" * 5_000 + " 12") == numerals(" " * 5_000 + " 12")
