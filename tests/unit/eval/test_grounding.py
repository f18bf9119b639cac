"""Spans recomputed by eval alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.message import Evidence, Json
from agent.schemas import compile_schema
from eval.grounding import is_grounded, read_numeral, ungrounded, unreachable

ROOT = compile_schema(
    {
        "type": "object",
        "properties": {
            "s": {"type": "string"},
            "n": {"type": "number"},
            "e": {"enum": ["on", "off"]},
            "b": {"type": "boolean"},
            "u": {"anyOf": [{"enum": ["none"]}, {"type": "string"}]},
            "m": {"type": "object", "additionalProperties": {"type": "number"}},
        },
    }
).root


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("21.50", {21.5}),
        ("-3", {-3.0}),
        ("\u22123", {-3.0}),
        ("1,234.5", {1234.5}),
        ("1,23", set()),
        ("1e3", {1000.0}),
        (".5", {0.5}),
        ("007", {7.0}),
        ("12V", set()),
        ("", set()),
        ("1e99999999999999999999", set()),
    ],
)
def test_numeral_says_one_number_or_none(written: str, says: set[float]) -> None:
    """A whole numeral counts; commas separate thousands and nothing else."""
    assert read_numeral(written) == says


@pytest.mark.parametrize(
    ("written", "value", "said"),
    [
        ("9007199254740993", 9007199254740993, True),
        ("9007199254740993", 9007199254740992, False),
        ("9007199254740993", 9007199254740992.0, False),
        ("9007199254740993.0", 9007199254740992.0, False),
        ("9,007,199,254,740,993", 9007199254740993, True),
        ("-18446744073709551615", -18446744073709551615, True),
        ("-18446744073709551615", -18446744073709551616, False),
        ("1e23", 1e23, True),
        ("0.1", 0.1, True),
        ("48.12345678901234567", 48.12345678901234567, True),
        ("48.12345678901234567", 48.1234567, False),
        ("1e400", float("inf"), False),
    ],
)
def test_numbers_are_compared_digit_by_digit(written: str, value: float, *, said: bool) -> None:
    """Integers above 2**53 are not rounded; a fraction counts as the double nearest to it."""
    evidence = [Evidence("/n", 0, len(written), 1.0)]
    assert is_grounded(written, {"n": value}, evidence, ROOT) is said
    assert (not list(unreachable(written, {"n": value}, ROOT))) is said


@pytest.mark.parametrize(
    ("value", "span", "grounded"),
    [
        ({"s": "abc"}, (0, 3), True),
        ({"s": "abc"}, (0, 2), False),
        ({"s": "ABC"}, (0, 3), False),
        ({"s": "abc"}, (-1, -1), False),
        ({"s": "abc"}, (0, 99), False),
        ({"s": ""}, (2, 2), True),
        ({"n": 12}, (4, 6), True),
        ({"n": 12}, (4, 5), False),
        ({"n": 1}, (4, 5), True),
        ({"e": "on"}, (-1, -1), True),
        ({"e": "on"}, (0, 3), True),
        ({"e": "on"}, (0, 99), False),
        ({"b": True}, (-1, -1), True),
        ({"u": "none"}, (-1, -1), True),
        ({"u": "abc"}, (0, 3), True),
        ({"u": "abc"}, (4, 6), False),
    ],
)
def test_span_must_say_the_value(value: dict[str, Json], span: tuple[int, int], *, grounded: bool) -> None:
    """Strings and numbers need their own span; choices may have any inside the text, or none."""
    evidence = [Evidence(f"/{next(iter(value))}", *span, confidence=1.0)]
    assert is_grounded("abc 12", value, evidence, ROOT) is grounded


def test_number_in_a_free_form_object_needs_its_span() -> None:
    """Free-form values are copies too."""
    assert [leaf.pointer for leaf in ungrounded("a 1", {"m": {"a": 1}}, [], ROOT)] == ["/m/a"]


def test_unreachable_names_what_stands_nowhere() -> None:
    """A string in other letters, a number that would have to be computed."""
    expected: Json = {"s": "ABC", "n": 13, "e": "off", "b": False}
    assert [leaf.pointer for leaf in unreachable("abc 12", expected, ROOT)] == ["/s", "/n"]


@given(st.floats(-1e6, 1e6, allow_nan=False).map(lambda number: round(number, 3)), st.text("ab,:/=; \n"))
def test_number_written_into_a_text_is_reachable_and_grounded(number: float, noise: str) -> None:
    """Whatever stands around it."""
    text = f"{noise} {number} {noise}"
    start = len(noise) + 1
    evidence = [Evidence("/n", start, start + len(str(number)), 1.0)]
    assert is_grounded(text, {"n": number}, evidence, ROOT)
    assert not list(unreachable(text, {"n": number}, ROOT))
