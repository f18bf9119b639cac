"""What a grounded answer can reach at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.message import Json
from agent.schemas import compile_schema
from eval.ceiling import ceiling
from eval.dataset import Case, load_cases, load_edgejson

DATA = Path(__file__).parents[4] / "shared" / "data"
SCHEMA = compile_schema(
    {
        "type": "object",
        "properties": {
            "a": {"type": "string"},
            "n": {"type": "number", "maximum": 9},
            "e": {"enum": ["on", "off"]},
        },
    }
)


def case(text: str, expected: Json) -> Case:
    """Return a case named after its text."""
    return Case(text, text, SCHEMA, expected, "simple")


@pytest.mark.parametrize(
    ("text", "expected", "reasons"),
    [
        ("a: x, 7, ON", {"a": "x", "n": 7, "e": "on"}, []),
        ("a: x", {"a": "X"}, ["/a"]),
        ("21 C", {"n": 69.8}, ["/n", "/n: 69.8 is greater than the maximum of 9"]),
        ("nothing", None, []),
    ],
)
def test_unreachable_is_what_stands_nowhere_or_does_not_validate(
    text: str, expected: Json, reasons: list[str]
) -> None:
    """Other letters, a computed number, a value that the schema forbids; a refusal can always be reached."""
    found = ceiling([case(text, expected)])
    assert found["unreachable"].get(text, []) == reasons
    assert found["reachable"] == float(not reasons)


def test_choice_that_the_text_does_not_say_is_reachable_but_uncued() -> None:
    """Only a guess can be right there."""
    found = ceiling([case("lamp", {"e": "off"})])
    assert (found["reachable"], found["uncued"]) == (1.0, {"lamp": ["/e"]})


def test_items_without_a_value_are_silent() -> None:
    """An empty object among items, also one of empty objects only; what holds a scalar is printed."""
    schema = compile_schema(
        {"type": "object", "properties": {"l": {"type": "array", "items": {"type": "object"}}}}
    )
    value: Json = {"l": [{}, {"a": {}}, {"a": {"b": 0}}]}
    found = ceiling([Case("1", "l: 0", schema, value, "simple")])
    assert found["silent"] == {"1": ["/l/0", "/l/1"]}


def test_case_whose_schema_does_not_compile_is_unreachable() -> None:
    """The reason is the compiler's."""
    found = ceiling([Case("1", "", None, {}, "simple", problem="recursive")])
    assert found["unreachable"] == {"1": ["recursive"]}


@pytest.mark.skipif(not DATA.is_dir(), reason=f"no data sets at {DATA}")
def test_ceilings_of_the_data_sets() -> None:
    """155 of 158 in EdgeJSON test, one of them by a guess; all of the field text."""
    edgejson = ceiling(load_edgejson(DATA / "edgejson", "test"))
    unreachable: dict[str, Any] = edgejson["unreachable"]
    assert len(unreachable) == 3
    assert list(edgejson["uncued"]) == ["edgejson_notification_qwen_010"]
    assert edgejson["by_complexity"]["simple"] == {"cases": 76, "reachable": 73}
    assert ceiling(load_cases(DATA / "fieldtext_dev.jsonl"))["reachable"] == 1.0
