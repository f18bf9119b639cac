"""Long reports: many optional sections, lists of objects, and headings with nothing below them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

from agent.json_pointer import below
from agent.prompt import slots_of
from agent.schemas.refs import collect
from agent.schemas.tree import TreeBuilder
from agent.vocabulary import MAX_SLOTS
from training.synthesis import Example, generate

MANY = 500


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    """Give a few hundred long reports that fit their schemas."""
    found = islice(generate(11, family="dossiers"), MANY)
    return [example for example in found if example.value is not None]


def containers(value: object, pointer: str = "") -> Iterator[tuple[str, object]]:
    """Yield every object and list below a value that is no item of a list."""
    members = value.items() if isinstance(value, dict) else ()
    for key, child in members:
        place = below(pointer, key)
        if isinstance(child, dict | list):
            yield place, child
            yield from containers(child, place)
    for index, item in enumerate(value if isinstance(value, list) else ()):
        yield from containers(item, below(pointer, index))


def records(example: Example) -> Iterator[list[dict[str, Any]]]:
    """Yield the lists of objects of an example."""
    for _, held in containers(example.value):
        if isinstance(held, list) and held and isinstance(held[0], dict):
            yield held


def test_dossiers_ask_from_ten_to_seventy_questions(examples: list[Example]) -> None:
    """Sizes are spread, and no schema asks more than a model can be asked."""
    sizes = sorted(len(slots_of(TreeBuilder(collect(one.schema)).root(one.schema))) for one in examples)
    assert sizes[-1] <= MAX_SLOTS
    assert sizes[len(sizes) // 10] < 18
    assert sizes[len(sizes) * 9 // 10] > 45


def test_dossiers_empty_containers_have_headings(examples: list[Example]) -> None:
    """What is there and holds nothing is there by its heading alone."""
    empty = [(one, place) for one in examples for place, held in containers(one.value) if not held]
    assert len(empty) > MANY // 5
    assert [place for one, place in empty if place not in one.headings] == []


def test_dossiers_headings_fall_on_whole_words(examples: list[Example]) -> None:
    """A heading's span is the words of the heading, without what stands around them."""
    for example in examples:
        text = example.text
        for start, end in example.headings.values():
            assert text[start:end].strip(" :*") == text[start:end] != ""
            assert not text[:start][-1:].isalnum()
            assert not text[end:][:1].isalnum()


def test_dossiers_lack_whole_sections(examples: list[Example]) -> None:
    """In most texts some section that the schema asks for is missing."""
    nested = ("object", "array")
    lacking = sum(
        any(part.get("type") in nested and key not in (one.value or {}) for key, part in asked.items())
        for one in examples
        for asked in [one.schema["properties"]]
    )
    assert lacking > len(examples) // 3


def test_dossiers_items_begin_with_different_fields(examples: list[Example]) -> None:
    """Items of a list lack fields, the first as well."""
    lists = [held for one in examples for held in records(one)]
    assert max(map(len, lists)) >= 5
    assert sum(len({next(iter(item)) for item in held}) > 1 for held in lists) > len(lists) // 8
    assert any(isinstance(part, dict | list) for held in lists for item in held for part in item.values())


def test_dossiers_are_a_tenth_of_all_texts() -> None:
    """The share of long reports in the full mix; of its tokens they are a quarter."""
    share = sum(example.format == "dossiers" for example in islice(generate(2), 2000)) / 2000
    assert 0.06 < share < 0.13
