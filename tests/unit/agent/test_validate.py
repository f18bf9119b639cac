"""Validation: the verdict on a value, with what it breaks."""

from __future__ import annotations

from typing import Any

import pytest

from agent.schemas import Schema, compile_schema
from agent.validate import MAX_MESSAGE_CHARS, MAX_VIOLATIONS, validate


def schema_of(fragment: dict[str, Any], **more: Any) -> Schema:
    """Return an object schema with one property ``a/b``."""
    return compile_schema({"type": "object", "properties": {"a/b": fragment}, **more})


@pytest.mark.parametrize(
    ("fragment", "value", "keyword"),
    [
        ({"type": "string"}, 1, "type"),
        ({"type": "number"}, True, "type"),
        ({"type": "number", "minimum": 3}, 2, "minimum"),
        ({"type": "string", "pattern": "^a"}, "b", "pattern"),
        ({"type": "string", "maxLength": 1}, "bb", "maxLength"),
        ({"type": "array", "minItems": 1, "items": {"type": "string"}}, [], "minItems"),
        ({"enum": ["x"]}, "y", "enum"),
    ],
)
def test_violation_names_place_and_keyword(fragment: dict[str, Any], value: Any, keyword: str) -> None:
    """The pointer is that of the value, escaped; the keyword that of the schema."""
    (violation,) = validate({"a/b": value}, schema_of(fragment))
    assert (violation.pointer, violation.keyword) == ("/a~1b", keyword)


def test_valid_value_has_no_violation() -> None:
    """Nothing to say."""
    assert validate({"a/b": 1.0}, schema_of({"type": "integer"})) == ()


def test_missing_required_is_a_violation_of_the_object() -> None:
    """The place is the object that lacks the property."""
    (violation,) = validate({}, schema_of({"type": "string"}, required=["a/b"]))
    assert (violation.pointer, violation.keyword) == ("", "required")


def test_format_is_an_annotation_unless_asserted() -> None:
    """A date that is none passes, until the configuration says otherwise."""
    schema = schema_of({"type": "string", "format": "ipv4"})
    assert not validate({"a/b": "no address"}, schema)
    assert validate({"a/b": "no address"}, schema, assert_formats=True)


def test_draft7_is_validated_as_draft7() -> None:
    """``dependencies`` is a keyword there."""
    more: dict[str, Any] = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "dependencies": {"a/b": ["c"]},
    }
    assert validate({"a/b": "x"}, schema_of({"type": "string"}, **more))


def test_report_is_bounded() -> None:
    """A value wrong in a thousand places, or at great length, makes a short report."""
    schema = schema_of({"type": "array", "items": {"type": "number"}})
    assert len(validate({"a/b": ["x"] * 1000}, schema)) == MAX_VIOLATIONS
    (violation,) = validate({"a/b": "x" * 10_000}, schema)
    assert len(violation.message) <= MAX_MESSAGE_CHARS + 1
