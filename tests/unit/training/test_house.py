"""Texts of the bundled schemas: a grammar of lines, recipes, and reports of gateways."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import islice
from pathlib import Path
from random import Random

import jsonschema
import pytest

from agent.schemas.bundled import bundled_folder, bundled_schemas
from training.synthesis import Example, generate
from training.synthesis.house.grammar import Choice, Sign, Slot, expand, parse
from training.synthesis.house.recipe import recipes

MANY = 1500


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    """Give many texts of bundled schemas."""
    return list(islice(generate(5, family="house"), MANY))


def test_parse_reads_every_part_of_the_grammar() -> None:
    """Values, choices, parts that may be missing, signs, made up words, and signs that mean themselves."""
    found = parse(r"a{k!}(b|{c/d})[x]^~\(<low>")
    assert found[:2] == ("a", Slot("k", bare=True))
    assert found[2] == Choice((("b",), (Slot("c/d", bare=False),)), optional=False)
    assert found[3] == Choice((("x",),), optional=True)
    assert found[4:7] == (Sign("^"), Sign("~"), "(")
    assert all(isinstance(piece, str) for piece in expand(found[7:], Random(1)))  # noqa: S311 - seeded


@pytest.mark.parametrize("line", ["(a", "[a|b", "a)b("])
def test_parse_open_bracket_is_an_error(line: str) -> None:
    """A recipe with a bracket that nobody closes says so when it is read."""
    with pytest.raises(ValueError, match="bracket"):
        parse(line)


def test_recipes_name_the_fields_of_their_schemas_in_order() -> None:
    """A field that a schema gains is missing in its recipe until somebody writes it there."""
    for name, recipe in recipes().items():
        keys = [key for key, _ in leaves_of(bundled_schemas()[name].document)]
        assert [row.key for row in recipe.rows] == keys


def leaves_of(document: object, ahead: str = "") -> list[tuple[str, object]]:
    """List the fields of a schema, those of objects below their names."""
    assert isinstance(document, dict)
    found: list[tuple[str, object]] = []
    for key, node in document["properties"].items():
        inner = leaves_of(node, f"{ahead}{key}/") if node.get("type") == "object" else [(ahead + key, node)]
        found += inner
    return found


def test_lines_only_print_fields_that_there_are() -> None:
    """A name in a line that no field has would fail while a model is trained."""
    for recipe in recipes().values():
        known = {row.key for row in recipe.rows}
        for seed in range(200):
            line = recipe.lines[seed % len(recipe.lines)]
            chance = Random(seed)  # noqa: S311 - seeded
            printed = [piece.key for piece in expand(line, chance) if isinstance(piece, Slot)]
            assert set(printed) <= known
            assert len(printed) == len(set(printed))


def test_house_serves_every_bundled_schema(examples: list[Example]) -> None:
    """Each schema that ships has a good share, and its own document."""
    seen = Counter(one.schema["$id"] for one in examples if one.value is not None)
    assert set(seen) == {schema.document["$id"] for schema in bundled_schemas().values()}
    assert min(seen.values()) > MANY / 40


def test_house_values_are_valid_under_the_bundled_schemas(examples: list[Example]) -> None:
    """A text without what its schema requires is no example of it."""
    for one in examples:
        if one.value is not None:
            jsonschema.Draft202012Validator(one.schema).validate(one.value)


def test_house_has_texts_to_refuse(examples: list[Example]) -> None:
    """Some texts are about the same things and give nothing."""
    assert 0.03 < sum(one.value is None for one in examples) / MANY < 0.2


def test_house_texts_are_not_the_bundled_examples(examples: list[Example]) -> None:
    """The examples beside the schemas stay unseen: none is made here, whatever its digits."""
    kept = {
        masked(json.loads(line)["text"])
        for path in Path(bundled_folder()).glob("*.examples.jsonl")
        for line in path.read_text(encoding="utf-8").splitlines()
    }
    assert kept.isdisjoint(masked(one.text) for one in examples)


def masked(text: str) -> str:
    """Return a text with its digits masked."""
    return re.sub(r"\d", "0", text.strip())
