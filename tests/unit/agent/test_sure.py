"""A quick yes is never a wrong one: whatever it accepts, the validator accepts."""

from __future__ import annotations

import math
from collections.abc import Iterator

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.message import Json
from agent.schemas import bundled_schemas, load_examples
from agent.schemas.bundled import bundled_folder
from agent.schemas.examples import examples_path
from agent.schemas.keywords import ANNOTATIONS
from agent.schemas.sure import UNDERSTOOD, sure

DIALECTS = (jsonschema.Draft202012Validator, jsonschema.Draft7Validator)
NUMBERS = st.one_of(
    st.integers(-5, 5), st.sampled_from([-1.5, 0.0, 1.0, 2.5, 3e300, math.inf, math.nan, 2**70])
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, st.text("ab1", max_size=3))
NAMES = st.sampled_from(["a", "b", "c"])
VALUES: st.SearchStrategy[Json] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=6,
)
TYPES = st.sampled_from(["array", "boolean", "integer", "null", "number", "object", "string"])
SIZE = st.integers(0, 3)


def schemas(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    """Return schemas of some keywords, understood and others, that hold schemas."""
    return st.fixed_dictionaries(
        {},
        optional={
            "type": st.one_of(TYPES, st.lists(TYPES, min_size=1, max_size=3, unique=True)),
            "properties": st.dictionaries(NAMES, inner, max_size=3),
            "required": st.lists(NAMES, max_size=2, unique=True),
            "additionalProperties": inner,
            "items": inner,
            "enum": st.lists(VALUES, min_size=1, max_size=3),
            "const": VALUES,
            "anyOf": st.lists(inner, min_size=1, max_size=2),
            "allOf": st.lists(inner, min_size=1, max_size=2),
            "oneOf": st.lists(inner, min_size=1, max_size=2),
            "not": inner,
            "minimum": NUMBERS,
            "exclusiveMaximum": NUMBERS,
            "minLength": st.sampled_from([0, 1, 2, 2.0]),
            "maxLength": SIZE,
            "minItems": SIZE,
            "maxItems": SIZE,
            "minProperties": SIZE,
            "maxProperties": SIZE,
            "uniqueItems": st.booleans(),
            "multipleOf": st.sampled_from([1, 2, 0.5]),
            "pattern": st.just("^a"),
            "title": st.just("x"),
            "x-note": st.just(1),
        },
    )


@settings(max_examples=300, deadline=None)
@given(st.recursive(st.booleans(), schemas, max_leaves=8), VALUES)
def test_what_is_sure_is_valid(schema: Json, value: Json) -> None:
    """In both dialects, whatever the schema."""
    if sure(schema)(value):
        for dialect in DIALECTS:
            assert dialect(schema).is_valid(value), dialect  # type: ignore[arg-type] # what is drawn is a schema


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_keyword_of_the_validator_is_understood_or_refused(
    dialect: type[jsonschema.protocols.Validator],
) -> None:
    """None is taken for an annotation but `format`, which forbids nothing unless it is asserted."""
    assert dialect.VALIDATORS.keys() & ANNOTATIONS <= {"format"}
    for keyword in dialect.VALIDATORS.keys() - UNDERSTOOD - {"format"}:
        assert not sure({keyword: {}})({}), keyword


def records() -> Iterator[tuple[str, Json]]:
    """Yield the records that ship with the bundled schemas."""
    for name in bundled_schemas():
        for example in load_examples(examples_path(bundled_folder() / f"{name}.schema.json")):
            if example.expected is not None:
                yield name, example.expected


def test_records_of_the_bundled_schemas_are_sure() -> None:
    """The quick way is the usual one: no record of theirs needs the validator."""
    found = list(records())
    assert len(found) > 30
    assert [(name, value) for name, value in found if not sure(bundled_schemas()[name].document)(value)] == []


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"enum": [1]}, True),
        ({"const": False}, 0),
        ({"type": "integer"}, 1.5),
        ({"type": "integer"}, True),
        ({"type": "object", "additionalProperties": False}, {"a": 1}),
        ({"required": ["a"]}, {}),
        ({"minimum": 0}, math.nan),
        ({"pattern": "a"}, "a"),
        (False, 1),
    ],
)
def test_doubt_is_no(schema: Json, value: Json) -> None:
    """What is not allowed, and what only the validator knows, is not sure."""
    assert not sure(schema)(value)
