"""A schema document becomes the tree of fields that extractors, prompts and scorers walk."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.schemas import Complexity, Kind, Node, SchemaError, compile_schema
from agent.validate import validate

ANY = {"string", "number", "boolean"}


def root(properties: dict[str, Any], **more: Any) -> Node:
    """Return the tree of an object with these properties."""
    return compile_schema({"type": "object", "properties": properties, **more}).root


def field(fragment: Any, **more: Any) -> Node:
    """Return the node of the one property of an object."""
    return root({"a": fragment}, **more).properties[0]


@pytest.mark.parametrize("kind", ["string", "number", "integer", "boolean"])
def test_scalar_type_is_its_kind(kind: str) -> None:
    """The four scalar types are leaves of the same name."""
    assert field({"type": kind}).kind.value == kind


def test_properties_keep_order_requirement_and_words() -> None:
    """Names, order, required, title, description and unit all arrive."""
    tree = root(
        {
            "b": {"type": "string", "title": "B", "description": "bee", "ucumUnit": "Cel"},
            "a": {"type": "number"},
        },
        required=["b"],
    )
    first, second = tree.properties
    assert (first.name, first.required, first.title, first.description, first.unit) == (
        "b",
        True,
        "B",
        "bee",
        "Cel",
    )
    assert (second.name, second.required) == ("a", False)


@pytest.mark.parametrize(
    "fragment",
    [
        {"type": ["string", "null"]},
        {"type": ["null", "string"]},
        {"anyOf": [{"type": "string"}, {"type": "null"}]},
        {"oneOf": [{"type": "null"}, {"type": "string"}]},
        {"anyOf": [{"$ref": "#/$defs/s"}, {"type": "null"}]},
        {"anyOf": [{"type": "string"}, {"const": None}]},
    ],
)
def test_null_beside_a_type_makes_it_nullable(fragment: dict[str, Any]) -> None:
    """Every way of writing 'or null' is one kind and a flag."""
    node = field(fragment, **{"$defs": {"s": {"type": "string"}}})
    assert (node.kind, node.nullable) == (Kind.STRING, True)


def test_list_of_types_is_a_union() -> None:
    """Several types are alternatives; a number allows integers already."""
    assert {one.kind for one in field({"type": ["string", "integer"]}).options} == {Kind.STRING, Kind.INTEGER}
    assert field({"type": ["number", "integer"]}).kind is Kind.NUMBER


def test_any_of_objects_is_a_union_on_top_of_what_stands_beside_it() -> None:
    """Each alternative carries the shared properties too."""
    node = field(
        {
            "type": "object",
            "properties": {"kind": {"type": "string"}},
            "anyOf": [{"properties": {"x": {"type": "number"}}}, {"properties": {"y": {"type": "string"}}}],
        }
    )
    assert node.kind is Kind.UNION
    assert [[child.name for child in one.properties] for one in node.options] == [
        ["kind", "x"],
        ["kind", "y"],
    ]


def test_any_of_requirements_alone_leaves_the_object_an_object() -> None:
    """``anyOf: [{required: ...}]`` is for the validator; there is nothing to choose while decoding."""
    node = field(
        {
            "type": "object",
            "properties": {"x": {"type": "number"}, "y": {"type": "number"}},
            "anyOf": [{"required": ["x"]}, {"required": ["y"]}],
        }
    )
    assert node.kind is Kind.OBJECT
    assert [child.name for child in node.properties] == ["x", "y"]


def test_enum_and_const() -> None:
    """Choices in order; null among them is a flag; alternatives of constants are one enum."""
    assert field({"enum": ["on", "off"]}).choices == ("on", "off")
    assert (field({"enum": ["on", None]}).choices, field({"enum": ["on", None]}).nullable) == (("on",), True)
    assert (field({"const": 7}).kind, field({"const": 7}).choices) == (Kind.CONST, (7,))
    titled = field({"oneOf": [{"const": "a", "title": "A"}, {"const": "b", "title": "B"}]})
    assert (titled.kind, titled.choices) == (Kind.ENUM, ("a", "b"))
    assert field({"enum": [True, False]}).kind is Kind.BOOLEAN


def test_enum_values_of_another_type_are_left_out() -> None:
    """A value that the type forbids can never be right."""
    assert field({"type": "string", "enum": ["a", 1, "b"]}).choices == ("a", "b")


@pytest.mark.parametrize(
    ("fragment", "item"),
    [
        ({"type": "object"}, Kind.UNION),
        ({"type": "object", "additionalProperties": True}, Kind.UNION),
        ({"type": "object", "properties": {}}, Kind.UNION),
        ({"type": "object", "additionalProperties": {"type": "number"}}, Kind.NUMBER),
        ({"additionalProperties": {"type": "string"}}, Kind.STRING),
        ({"type": "object", "patternProperties": {"^x": {"type": "integer"}}}, Kind.INTEGER),
    ],
)
def test_object_without_properties_is_free_form(fragment: dict[str, Any], item: Kind) -> None:
    """Keys come from the text, values are of the declared kind, else any scalar."""
    node = field(fragment)
    assert node.kind is Kind.MAP
    assert node.item is not None
    assert node.item.kind is item


@pytest.mark.parametrize("fragment", [{}, True, {"description": "whatever"}])
def test_place_that_says_nothing_takes_any_scalar(fragment: Any) -> None:
    """``{}`` and ``true`` are a union of the scalars."""
    assert {one.kind.value for one in field(fragment).options} == ANY


def test_type_is_implied_by_other_keywords() -> None:
    """A bound speaks of a number, a pattern of a string, items of an array."""
    assert field({"minimum": 3}).kind is Kind.NUMBER
    assert field({"pattern": "^a"}).kind is Kind.STRING
    assert field({"items": {"type": "string"}}).kind is Kind.ARRAY
    assert field({"properties": {"x": {"type": "string"}}}).kind is Kind.OBJECT


@pytest.mark.parametrize("keyword", ["$defs", "definitions"])
def test_local_reference_is_followed_and_its_neighbours_win(keyword: str) -> None:
    """The target's type, the reference's own description."""
    node = field(
        {"$ref": f"#/{keyword}/p", "description": "here"},
        **{keyword: {"p": {"type": "number", "description": "there", "ucumUnit": "W"}}},
    )
    assert (node.kind, node.description, node.unit) == (Kind.NUMBER, "here", "W")


def test_reference_through_escapes_and_references() -> None:
    """``~1`` and ``%25`` are read, and a chain is followed to its end."""
    defs = {"a/b": {"$ref": "#/$defs/100%25"}, "100%": {"type": "boolean"}}
    assert field({"$ref": "#/$defs/a~1b"}, **{"$defs": defs}).kind is Kind.BOOLEAN


def test_all_of_merges_what_is_plain() -> None:
    """Properties and requirements add up, bounds tighten, types meet."""
    tree = root(
        {"a": {"type": "number", "minimum": 1}},
        allOf=[
            {"properties": {"a": {"type": "integer", "minimum": 3}}, "required": ["a"]},
            {"properties": {"b": {"type": "string"}}},
        ],
    )
    first, second = tree.properties
    assert (first.kind, first.required, first.fragment["minimum"]) == (Kind.INTEGER, True, 3)
    assert second.name == "b"


@pytest.mark.parametrize(
    ("document", "what"),
    [
        ({"type": "array", "items": {"type": "string"}}, "root refused"),
        ({"type": "string"}, "root refused"),
        ({"anyOf": [{"type": "object", "properties": {"a": {}}}, {"type": "string"}]}, "root refused"),
        ({"type": "object", "properties": {"a": {"$ref": "#"}}}, "reference refused"),
        ({"type": "object", "properties": {"a": {"$ref": "#/$defs/none"}}}, "reference refused"),
        (
            {"type": "object", "properties": {"a": {"$ref": "https://example.com/s.json"}}},
            "reference refused",
        ),
        ({"type": "object", "properties": {"a": {"enum": []}}}, "contradiction"),
        ({"type": "object", "properties": {"a": {"type": "string", "enum": [1]}}}, "contradiction"),
        ({"type": "object", "properties": {"a": {"enum": [{"b": 1}]}}}, "enum refused"),
        ({"type": "object", "properties": {"a": {"minimum": 3, "maximum": 2}}}, "contradiction"),
        ({"type": "object", "properties": {"a": {}}, "required": ["b"]}, "contradiction"),
        ({"type": "object", "properties": {"a": False}, "required": ["a"]}, "contradiction"),
        ({"type": "object", "required": ["b"]}, "contradiction"),
        ({"type": "object", "properties": {"a": {"prefixItems": [{}]}}}, "prefixItems refused"),
        ({"type": "object", "properties": {"a": {"$dynamicRef": "#x"}}}, "$dynamicRef refused"),
        ({"type": "object", "properties": {"a": {"type": "text"}}}, "schema malformed"),
        ({"type": "object", "properties": {"a": {}}, "required": "a"}, "schema malformed"),
        ({"type": "object", "properties": {"a": {"pattern": "("}}}, "pattern refused"),
        ({"type": "object", "properties": {"a": {"$id": "other", "type": "string"}}}, "$id refused"),
        ({"$schema": "http://json-schema.org/draft-04/schema#", "type": "object"}, "dialect refused"),
        (
            {
                "type": "object",
                "allOf": [
                    {"properties": {"a": {}}, "additionalProperties": False},
                    {"properties": {"b": {}}},
                ],
            },
            "contradiction",
        ),
        (
            {"type": "object", "properties": {"a": {"allOf": [{"pattern": "a"}, {"pattern": "b"}]}}},
            "allOf refused",
        ),
    ],
)
def test_schema_that_no_extractor_can_fill_is_refused(document: dict[str, Any], what: str) -> None:
    """What is wrong, where, why and what to do: all four are said."""
    with pytest.raises(SchemaError) as caught:
        compile_schema(document)
    error = caught.value
    assert error.what == what
    assert error.where.startswith("#")
    assert error.why
    assert error.remedy


def test_draft7_tuple_of_items_is_refused() -> None:
    """Items told apart by position cannot be asked for by name."""
    document: dict[str, Any] = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "properties": {"a": {"type": "array", "items": [{"type": "string"}]}},
    }
    with pytest.raises(SchemaError, match="items refused"):
        compile_schema(document)


SCALAR = {"type": "string"}


@pytest.mark.parametrize(
    ("properties", "level"),
    [
        (dict.fromkeys("abcd", SCALAR), Complexity.SIMPLE),
        (dict.fromkeys("abcde", SCALAR), Complexity.MEDIUM),
        (dict.fromkeys("abcdefgh", SCALAR), Complexity.MEDIUM),
        (dict.fromkeys("abcdefghi", SCALAR), Complexity.COMPLEX),
        ({"a": {"type": "object", "properties": {"b": SCALAR}}}, Complexity.MEDIUM),
        ({"a": {"type": "array", "items": SCALAR}}, Complexity.MEDIUM),
        (
            {"a": {"type": "array", "items": {"type": "object", "properties": {"b": {"items": SCALAR}}}}},
            Complexity.COMPLEX,
        ),
        (
            {"a": {"properties": {"b": {"properties": {"c": SCALAR}}}}},
            Complexity.COMPLEX,
        ),
    ],
)
def test_complexity(properties: dict[str, Any], level: Complexity) -> None:
    """Simple: flat and at most 4 leaves. Complex: 9 leaves, or three deep. Medium: the rest."""
    assert compile_schema({"type": "object", "properties": properties}).complexity is level


def test_stated_complexity_overrides_the_measured_one() -> None:
    """Benchmarks state their own levels."""
    document: dict[str, Any] = {"type": "object", "properties": {"a": SCALAR}}
    assert compile_schema(document, complexity=Complexity.COMPLEX).complexity is Complexity.COMPLEX


LEAF = st.sampled_from(
    [
        {"type": "string"},
        {"type": "number"},
        {"type": "integer"},
        {"type": "boolean"},
        {"enum": ["a", "b"]},
        {"const": 1},
        {"type": ["string", "null"]},
        {},
        True,
    ]
)
FRAGMENT = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"type": st.just("array"), "items": inner}),
        st.fixed_dictionaries(
            {"type": st.just("object"), "properties": st.dictionaries(st.text(max_size=4), inner, max_size=3)}
        ),
        st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=3)}),
    ),
    max_leaves=8,
)
SAMPLE = {
    Kind.STRING: "x",
    Kind.NUMBER: 1.5,
    Kind.INTEGER: 1,
    Kind.BOOLEAN: True,
}


def sample(node: Node) -> Any:
    """Return a value that a tree describes, every optional field present."""
    if node.kind in SAMPLE:
        return SAMPLE[node.kind]
    if node.kind in {Kind.ENUM, Kind.CONST}:
        return node.choices[0]
    if node.kind is Kind.UNION:
        return sample(node.options[0])
    if node.kind is Kind.ARRAY:
        return [sample(node.item)] if node.item else []
    if node.kind is Kind.MAP:
        return {"key": sample(node.item)} if node.item else {}
    return {child.name: sample(child) for child in node.properties}


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.text(max_size=5), FRAGMENT, min_size=1, max_size=4))
def test_what_the_tree_describes_the_document_allows(properties: dict[str, Any]) -> None:
    """Tree and validator agree: a value made from the tree alone validates against the document."""
    schema = compile_schema({"type": "object", "properties": properties})
    value = sample(schema.root)
    assert not validate(value, schema)
