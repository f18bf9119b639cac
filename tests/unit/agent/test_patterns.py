"""Patterns that could stop the daemon are refused, and honest ones are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.patterns import is_explosive
from agent.schemas import SchemaError, compile_schema

EXPLOSIVE = [
    "(a+)+$",
    "^(a*)*$",
    "(a|a)*b",
    "(a|ab)*c",
    r"^(\d+)*$",
    r"(\w+\s?)*$",
    "(a{1,1000}){1,1000}b",
    "([a-z]+[a-z0-9]*)+@",
    "((a+))+",
    r"^(([a-z])+.)+[A-Z]([a-z])+$",
    "(?:x+x+)+y",
    "(.*)*",
]

HONEST = [
    r"^[+]?[0-9\-\s()]+$",
    r"^\d{4}-\d{2}-\d{2}$",
    r"^([0-9]{1,3}\.){3}[0-9]{1,3}$",
    r"^([a-z]+-)*[a-z]+$",
    r"^([0-9A-F]{2}:)*[0-9A-F]{2}$",
    r"^(foo|bar)+$",
    r"^[a-z]+(_[a-z]+)*$",
    r"^(?:GET|POST) /\S*$",
    r"^v?\d+(\.\d+)*$",
    r"[^@]+@[^@]+\.[a-z]{2,}",
    "",
    "^$",
    r"\(a+\)+",
    "[(]a+[)]+",
]


@pytest.mark.parametrize("pattern", EXPLOSIVE)
def test_repeat_that_can_be_read_in_many_ways_is_explosive(pattern: str) -> None:
    """Each of these takes ages on thirty fitting characters and one that does not fit."""
    assert is_explosive(pattern)


@pytest.mark.parametrize("pattern", HONEST)
def test_repeat_with_a_mark_between_its_rounds_is_not(pattern: str) -> None:
    """Dates, addresses, versions, paths: what people write."""
    assert not is_explosive(pattern)


@given(st.text(alphabet="ab(|)*+?[]{}1,\\^$.", max_size=20))
def test_any_pattern_gets_a_verdict(pattern: str) -> None:
    """Well-formed or not, the scan ends and raises nothing."""
    assert is_explosive(pattern) in {True, False}


def test_explosive_pattern_is_refused_with_its_place() -> None:
    """The author learns which pattern, and what to do."""
    with pytest.raises(SchemaError, match=r"#/properties/a/pattern") as caught:
        compile_schema({"type": "object", "properties": {"a": {"type": "string", "pattern": "(a+)+$"}}})
    assert caught.value.what == "pattern refused"
