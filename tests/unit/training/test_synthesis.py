"""The generator of labelled texts keeps its promises, whatever the family, seed and level."""

from __future__ import annotations

from itertools import islice

import jsonschema
import pytest

from agent.grounding import leaves
from training.synthesis import FAMILIES, Example, generate, violations
from training.synthesis.example import numeral
from training.synthesis.page import Page

MANY = 3000


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    """Give a few thousand examples of the full mix."""
    return list(islice(generate(20), MANY))


def test_generate_same_seed_gives_same_examples() -> None:
    """A run can be repeated: nothing but the arguments decides what comes."""
    first, again, other = (list(islice(generate(seed, level=0.7), 300)) for seed in (5, 5, 6))
    assert first == again
    assert first != other


def test_examples_spans_agree_with_values(examples: list[Example]) -> None:
    """Each string equals its span, each number is read from its span, and array items do not overlap."""
    faults = [(example.format, fault) for example in examples for fault in violations(example)]
    assert faults == []


@pytest.mark.parametrize("level", [0.0, 0.3, 0.6])
def test_examples_of_lower_levels_keep_the_promises(level: float) -> None:
    """The curriculum's easy texts are labelled as carefully as the hard ones."""
    assert [fault for example in islice(generate(8, level=level), 600) for fault in violations(example)] == []


def test_examples_values_are_valid_under_their_schemas(examples: list[Example]) -> None:
    """What is asked for is what is expected, and every schema is itself a schema."""
    for example in examples:
        jsonschema.Draft202012Validator.check_schema(example.schema)
        if example.value is not None:
            jsonschema.Draft202012Validator(example.schema).validate(example.value)


def test_examples_hold_negatives(examples: list[Example]) -> None:
    """A small share of the texts is not of the schema asked, and says so."""
    share = sum(example.value is None for example in examples) / MANY
    assert 0.04 < share < 0.12


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_family_writes_texts_with_answers(family: str) -> None:
    """Every family of layout appears and keeps the promises by itself."""
    found = list(islice(generate(3, family=family), 150))
    assert [fault for example in found for fault in violations(example)] == []
    assert sum(example.value is not None for example in found) > 100


def test_examples_of_level_zero_are_short_and_flat() -> None:
    """The curriculum begins with texts of a few words and two or three fields."""
    easy = [example for example in islice(generate(4, level=0.0), 400) if example.value is not None]
    assert max(len(dict(leaves(example.value))) for example in easy) <= 4
    assert sorted(len(example.text.split()) for example in easy)[len(easy) * 19 // 20] <= 40


def test_examples_show_nesting_and_every_kind_of_value(examples: list[Example]) -> None:
    """Objects, lists of objects, lists of scalars, maps, empty objects, enums and booleans all occur."""
    written = [str(example.schema) for example in examples]
    for mark in (
        "'enum'",
        "'boolean'",
        "'array'",
        "'additionalProperties': {",
        "'null'",
        "ucumUnit",
        "'description'",
    ):
        assert any(mark in schema for schema in written), mark
    values = [example.value for example in examples if example.value is not None]
    assert any({} in value.values() for value in values)
    assert any(
        isinstance(item, dict)
        for value in values
        for part in value.values()
        if isinstance(part, list)
        for item in part
    )
    assert any(example.headings for example in examples)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("12", 12.0),
        ("-3.50", -3.5),
        ("1,234.5", 1234.5),
        ("007", 7.0),
        ("1.5e+02", 150.0),
        ("+4", 4.0),
        ("12V", None),
        ("", None),
        ("-", None),
    ],
)
def test_numeral_reads_numbers_as_written(written: str, read: float | None) -> None:
    """Signs, thousands separators and leading zeros are read; words are not."""
    assert numeral(written) == read


def test_page_insert_moves_spans_along() -> None:
    """A piece put before or into a text leaves every span on its own words."""
    page = Page()
    page.write("a ")
    page.leaf("/x", "one")
    page.write("\n")
    page.leaf("/y", "two")
    page.insert([(0, "> "), (6, "> ")])
    assert page.text == "> a one\n> two"
    assert {pointer: page.text[start:end] for pointer, (start, end) in page.spans.items()} == {
        "/x": "one",
        "/y": "two",
    }
