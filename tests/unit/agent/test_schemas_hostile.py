"""A hostile schema costs a clear error within a second, never the daemon's time, memory or stack."""

from __future__ import annotations

import contextlib
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.schemas import SchemaError, compile_schema, verdicts
from agent.schemas.keywords import KNOWN
from agent.schemas.limits import MAX_DOCUMENT_BYTES
from agent.schemas.load import parse_document

SECONDS = 1.0
"""Longest that a verdict on any schema may take."""

STRING = {"type": "string"}


def obj(**properties: Any) -> dict[str, Any]:
    """Return an object schema."""
    return {"type": "object", "properties": properties}


def doubling(wrap: Any, levels: int = 30) -> dict[str, Any]:
    """Return a schema whose references double at each of ``levels`` levels."""
    definitions: dict[str, Any] = {f"d{levels}": STRING}
    for level in range(levels):
        inner = {"$ref": f"#/$defs/d{level + 1}"}
        definitions[f"d{level}"] = wrap([inner, inner])
    return {**obj(v={"$ref": "#/$defs/d0"}), "$defs": definitions}


def nested(levels: int, keyword: str) -> dict[str, Any]:
    """Return a schema nested by ``keyword``."""
    inner: dict[str, Any] = dict(STRING)
    for _ in range(levels):
        inner = {keyword: inner}
    return obj(a=inner)


def chain(length: int) -> dict[str, Any]:
    """Return a schema with a chain of references."""
    definitions: dict[str, Any] = {f"d{i}": {"$ref": f"#/$defs/d{i + 1}"} for i in range(length)}
    return {**obj(v={"$ref": "#/$defs/d0"}), "$defs": {**definitions, f"d{length}": STRING}}


HOSTILE: dict[str, dict[str, Any]] = {
    "references double in properties": doubling(lambda two: obj(x=two[0], y=two[1])),
    "references double in allOf": doubling(lambda two: {"allOf": two}),
    "references double in anyOf": doubling(lambda two: {"anyOf": two}),
    "references double below not": doubling(lambda two: {"not": {"anyOf": two}}),
    "references double below if": doubling(lambda two: {"if": two[0], "then": two[1]}),
    "references are a cycle": {
        **obj(a={"$ref": "#/$defs/b"}),
        "$defs": {"b": {"not": {"$ref": "#/$defs/b"}}},
    },
    "references are a long chain": chain(1500),
    "many references to a large definition": {
        **obj(**{f"p{i}": {"$ref": "#/$defs/d"} for i in range(1500)}),
        "$defs": {"d": obj(**{f"q{i}": STRING for i in range(200)})},
    },
    "nested beyond the stack": nested(100_000, "items"),
    "nested nots": nested(500, "not"),
    "huge enum": obj(a={"enum": [f"v{i}" for i in range(100_000)]}),
    "large enum": obj(a={"enum": [f"v{i}" for i in range(2_000)]}),
    "many properties": obj(**{f"p{i}": STRING for i in range(15_000)}),
    "many branches": {"type": "object", "allOf": [obj(**{f"p{i}": STRING}) for i in range(1_500)]},
    "many alternatives": obj(a={"anyOf": [{"type": "string", "maxLength": i} for i in range(5_000)]}),
    "pattern of parentheses": obj(a={"type": "string", "pattern": "(" * 900}),
    "many patterns": obj(**{f"p{i}": {"pattern": f"^{i}[a-z]+(-[a-z]+)*$"} for i in range(1_900)}),
    "alternatives without end": obj(a={"pattern": "(" + "|".join("a" * i for i in range(40)) + ")+"}),
    "long pattern": obj(a={"type": "string", "pattern": "a" * 100_000}),
}


@pytest.mark.parametrize("document", HOSTILE.values(), ids=HOSTILE)
def test_hostile_schema_is_refused_in_time(document: dict[str, Any]) -> None:
    """Refused with all four facts, before the second is over."""
    begun = time.process_time()
    with pytest.raises(SchemaError) as caught:
        compile_schema(document)
    assert time.process_time() - begun < SECONDS
    assert caught.value.why
    assert caught.value.remedy


def test_large_but_honest_schema_compiles_in_time() -> None:
    """The limits leave room: 1,500 described fields are no attack."""
    document = obj(**{f"field_{i}": {"type": "string", "description": "a field"} for i in range(1_500)})
    begun = time.process_time()
    assert len(compile_schema(document).root.properties) == len(document["properties"])
    assert time.process_time() - begun < SECONDS


def test_verdicts_of_a_bottomless_document_are_refused() -> None:
    """The report walks documents that do not compile, and needs its own bound."""
    with pytest.raises(SchemaError, match="too deep"):
        verdicts(nested(100_000, "items"))


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b" " * (MAX_DOCUMENT_BYTES + 1), "more than"),
        (b'{"type": "object", "type": "array"}', "written twice"),
        (b'{"minimum": NaN}', "NaN is no JSON number"),
        (b"[" * 200_000, "nested too deeply"),
        (b"\xff\xfe{}", "not JSON"),
        (b"[]", "not a JSON object"),
        (b"", "not JSON"),
    ],
)
def test_file_that_is_no_schema_is_refused(raw: bytes, why: str) -> None:
    """Twice the same key is an error, not a silent choice of the last."""
    with pytest.raises(SchemaError, match="schema") as caught:
        parse_document(raw)
    assert why in caught.value.why


SCALAR = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(10**400),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(
        ["string", "number", "object", "array", "null", "#", "#/$defs/a", "#/properties/a", "^a+$"]
    ),
)
KEY = st.sampled_from([*sorted(KNOWN), "a", "b"])
NOISE = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY, inner, max_size=4), max_leaves=12
)


@settings(max_examples=300, deadline=None)
@given(document=st.dictionaries(KEY, NOISE, max_size=5), rooted=st.booleans())
def test_any_document_compiles_or_is_refused(document: dict[str, Any], *, rooted: bool) -> None:
    """Keywords in any disorder: a schema or a SchemaError, and a verdict for each keyword; nothing else."""
    if rooted:
        document = {"type": "object", "properties": {"a": document}, "$defs": {"a": {"type": "string"}}}
    assert isinstance(verdicts(document), tuple)
    with contextlib.suppress(SchemaError):
        assert compile_schema(document).fingerprint
