"""Scores of one case: exactness, F1, refusals."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.message import Candidate, Evidence, Json, Refusal
from agent.schemas import compile_schema
from eval.dataset import Case
from eval.scoring import Score, field_f1, leaf_f1, score
from eval.values import equal, leaves

SCHEMA = compile_schema(
    {
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "t": {"type": "number"},
            "mode": {"enum": ["auto", "off"]},
            "list": {"type": "array", "items": {"type": "string"}},
        },
        "required": ["id"],
        "additionalProperties": False,
    }
)
TEXT = "pump 7 at 21.50 degrees, mode AUTO"


def judged(value: Json, expected: Json, evidence: tuple[Evidence, ...] = ()) -> Score:
    """Return the score of a value."""
    refusal = Refusal.NOT_THIS_SCHEMA if value is None else None
    case = Case("1", TEXT, SCHEMA, expected, "simple")
    return score(case, Candidate(value, evidence, 1.0, "test", "", refusal))


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        (0, None, False),
        ("1", 1, False),
        ("a", "A", False),
        ([1, 2], [2, 1], False),
        ({"a": 1, "b": 2}, {"b": 2.0, "a": 1}, True),
        ({"a": None}, {}, False),
        ([{"a": [1]}], [{"a": [1.0]}], True),
        (2**53 + 1, float(2**53), False),
    ],
)
def test_values_are_equal_as_json(one: Json, two: Json, *, same: bool) -> None:
    """Numbers by value, strings exactly, a boolean is no number, order counts in arrays only."""
    assert equal(one, two) is same
    assert equal(two, one) is same


@given(JSON)
def test_value_equals_itself_and_scores_full(value: Any) -> None:
    """Whatever the value: it is right against itself."""
    assert equal(value, value)
    assert field_f1(value, value) == 1.0
    assert leaf_f1(value, value, SCHEMA) == 1.0


@given(JSON, JSON)
def test_f1_is_symmetric_and_between_0_and_1(one: Any, two: Any) -> None:
    """F1 swaps precision and recall when its sides are swapped."""
    assert 0.0 <= field_f1(one, two) <= 1.0
    assert field_f1(one, two) == field_f1(two, one)
    assert leaf_f1(one, two, SCHEMA) == leaf_f1(two, one, SCHEMA)


@given(JSON)
def test_pointers_of_leaves_are_distinct(value: Any) -> None:
    """Keys with slashes and tildes do not collide."""
    pointers = [leaf.pointer for leaf in leaves(value, None)]
    assert len(pointers) == len(set(pointers))


def test_field_f1_counts_top_level_keys_with_equal_values() -> None:
    """Two of three produced are right, two of four expected are found: 2 * 2 / 7."""
    expected: Json = {"a": 1, "b": {"c": 1}, "d": 3, "e": 4}
    produced: Json = {"a": 1, "b": {"c": 1}, "d": 4}
    assert field_f1(expected, produced) == pytest.approx(4 / 7)


def test_leaf_f1_sees_inside_a_field() -> None:
    """Half of a nested object is right."""
    assert leaf_f1({"o": {"a": 1, "b": 2}}, {"o": {"a": 1, "b": 3}}, SCHEMA) == pytest.approx(0.5)


def test_refusal_where_a_value_is_expected_is_all_wrong() -> None:
    """Wrong, not compliant, no share of F1."""
    got = judged(None, {"id": "pump 7"})
    assert (got.exact, got.field_f1, got.leaf_f1, got.compliant, got.refused) == (
        False,
        0.0,
        0.0,
        False,
        True,
    )


def test_refusal_where_a_refusal_is_expected_is_right() -> None:
    """The right answer to a text of another kind is none."""
    got = judged(None, None)
    assert (got.exact, got.field_f1, got.refused, got.expects_refusal) == (True, 1.0, True, True)


def test_value_where_a_refusal_is_expected_is_wrong() -> None:
    """Publishing is wrong here, however well it validates."""
    got = judged({"id": "pump"}, None)
    assert (got.exact, got.field_f1, got.leaf_f1, got.refused, got.compliant) == (
        False,
        0.0,
        0.0,
        False,
        True,
    )


def test_empty_object_is_no_refusal() -> None:
    """``{}`` was published; it is merely wrong."""
    got = judged({}, {"id": "pump 7"})
    assert (got.refused, got.compliant, got.field_f1) == (False, False, 0.0)


def test_groundedness_is_recomputed_from_the_span() -> None:
    """The same value is grounded with its own span and not with another's, nor without."""
    value: Json = {"id": "pump 7", "t": 21.5, "mode": "auto"}
    right = (
        Evidence("/id", 0, 6, 1.0),
        Evidence("/t", 10, 15, 1.0),
        Evidence("/mode", 30, 34, 1.0, inferred=True),
    )
    assert judged(value, value, right).grounded
    assert not judged(value, value, right[1:]).grounded
    assert not judged(value, value, (Evidence("/id", 1, 7, 1.0), *right[1:])).grounded
    assert not judged(value, value, (Evidence("/id", 0, 6, 1.0), Evidence("/t", 5, 6, 1.0))).grounded
    assert judged(value, value, right[:2]).grounded


def test_case_whose_schema_does_not_compile_counts_as_refused() -> None:
    """Nothing can be asked, so nothing is right."""
    case = Case("1", TEXT, None, {"id": "x"}, "simple", problem="why")
    got = score(case, Candidate(None, (), 1.0, "none", "", Refusal.SCHEMA_TOO_LARGE))
    assert (got.exact, got.refused) == (False, True)


@pytest.mark.parametrize(
    ("value", "confidence", "published"),
    [
        ({"id": "pump"}, 0.5, True),
        ({"id": "pump"}, 0.49, False),
        ({"id": "pipe"}, 0.9, False),
        ({"id": 7}, 0.9, False),
        (None, 0.9, False),
    ],
)
def test_published_is_what_the_agent_would_publish(
    value: Json, confidence: float, *, published: bool
) -> None:
    """Sure enough, in the text, valid: the agent's own rule at its own threshold."""
    refusal = Refusal.NOT_THIS_SCHEMA if value is None else None
    candidate = Candidate(value, (Evidence("/id", 0, 4, 1.0),), confidence, "test", "", refusal)
    case = Case("1", TEXT, SCHEMA, {"id": "pump"}, "simple")
    assert score(case, candidate, threshold=0.5).published is published
