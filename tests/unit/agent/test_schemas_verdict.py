"""Every keyword of a schema has a verdict."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from agent.schemas import Verdict, verdicts
from agent.schemas.keywords import ANNOTATIONS, DECODING, KNOWN, REFUSED, VALIDATOR


def verdict_of(pointer: str, document: dict[str, Any], **options: bool) -> tuple[Verdict, str]:
    """Return verdict and note of one keyword."""
    found = {one.pointer: one for one in verdicts(document, **options)}
    return found[pointer].verdict, found[pointer].note


def test_each_keyword_of_both_drafts_is_known() -> None:
    """A keyword of the standard is in the table, whatever becomes of it."""
    for cls in (jsonschema.Draft7Validator, jsonschema.Draft202012Validator):
        assert set(cls.VALIDATORS) <= KNOWN


def test_tables_do_not_overlap() -> None:
    """One keyword, one verdict."""
    tables = [DECODING, VALIDATOR, ANNOTATIONS, frozenset(REFUSED)]
    assert sum(map(len, tables)) == len(frozenset().union(*tables))


@pytest.mark.parametrize(
    ("fragment", "keyword", "verdict"),
    [
        ({"type": "string"}, "type", Verdict.DECODING),
        ({"enum": ["a"]}, "enum", Verdict.DECODING),
        ({"minimum": 1}, "minimum", Verdict.VALIDATOR),
        ({"pattern": "a"}, "pattern", Verdict.VALIDATOR),
        ({"format": "date"}, "format", Verdict.ANNOTATION),
        ({"ucumUnit": "Cel"}, "ucumUnit", Verdict.ANNOTATION),
        ({"type": "number", "x-maaza": {"decimal": ","}}, "x-maaza", Verdict.CONVERSION),
        ({"type": "number", "x-maaza": {}}, "x-maaza", Verdict.REFUSED),
        ({"x-owner": "me"}, "x-owner", Verdict.ANNOTATION),
        ({"additionalProperties": False}, "additionalProperties", Verdict.DECODING),
        ({"prefixItems": []}, "prefixItems", Verdict.REFUSED),
        ({"requird": []}, "requird", Verdict.UNKNOWN),
    ],
)
def test_verdict_of_keyword(fragment: dict[str, Any], keyword: str, verdict: Verdict) -> None:
    """One row of the table for each kind of verdict."""
    document = {"type": "object", "properties": {"a": fragment}}
    assert verdict_of(f"#/properties/a/{keyword}", document)[0] is verdict


def test_unknown_keyword_is_told_its_likely_spelling() -> None:
    """A typing error in a keyword silently forbids nothing; the report says so."""
    _, note = verdict_of("#/requird", {"requird": ["a"]})
    assert "'required'" in note


def test_asserted_format_is_enforced_by_the_validator() -> None:
    """The configuration decides whether a format forbids."""
    assert verdict_of("#/format", {"format": "date"}, assert_formats=True)[0] is Verdict.VALIDATOR


def test_below_not_nothing_is_enforced_while_decoding() -> None:
    """The grammar does not look there; the validator does."""
    assert verdict_of("#/not/enum", {"not": {"enum": ["a"]}})[0] is Verdict.VALIDATOR


def test_property_named_like_a_keyword_is_no_keyword() -> None:
    """Names are the author's own."""
    pointers = [one.pointer for one in verdicts({"properties": {"minimum": {"type": "string"}}})]
    assert pointers == ["#/properties", "#/properties/minimum/type"]
