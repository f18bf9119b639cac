"""The schemas that ship: complete, valid, and their examples true to their texts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from agent.schemas import Kind, Node, Schema, Verdict, bundled_folder, bundled_schemas, verdicts
from agent.validate import validate
from eval.dataset import Case, load_cases, load_examples
from eval.grounding import unreachable
from eval.values import leaves

SCHEMAS = bundled_schemas()
EXAMPLES = load_examples(bundled_folder())
MIN_SCHEMAS = 12
MIN_GOOD = 6
MIN_REFUSED = 2


def examples_of(name: str) -> list[Case]:
    """Return the examples of one schema."""
    return [case for case in EXAMPLES if case.schema_name == name]


def test_there_are_enough_schemas_of_all_levels() -> None:
    """Twelve kinds of text, simple, medium and complex ones among them."""
    assert len(SCHEMAS) >= MIN_SCHEMAS
    assert {schema.complexity.value for schema in SCHEMAS.values()} == {"simple", "medium", "complex"}


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=lambda schema: schema.name)
def test_schema_names_itself_and_its_version(schema: Schema) -> None:
    """``$schema`` is 2020-12, and ``$id`` says name and version."""
    assert schema.document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema.document["$id"] == f"https://maaza.example/schemas/{schema.name}/{schema.version}"
    assert re.fullmatch(r"[1-9]\d*", schema.version)
    assert re.fullmatch(r"[a-z][a-z0-9_]*", schema.name)


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=lambda schema: schema.name)
def test_every_field_is_titled_and_described(schema: Schema) -> None:
    """The model reads descriptions, people read titles: no named field goes without."""
    bare = [node.name for node in schema.root.walk() if node.name and not (node.title and node.description)]
    assert not bare
    assert schema.root.title
    assert schema.root.description


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=lambda schema: schema.name)
def test_quantities_with_a_unit_suffix_carry_the_unit(schema: Schema) -> None:
    """A field named after a unit says the unit in a machine-readable way."""
    suffix = re.compile(r"_(c|pct|hpa|ppm|v|w|a|hz|kwh|m|kmh|mm|ms|s|rpm|dbm|kb|m3|l|deg|mm_s|l_h)$")
    for node in schema.root.walk():
        if suffix.search(node.name):
            assert node.unit or node.fragment.get("unit"), node.name


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=lambda schema: schema.name)
def test_no_keyword_is_unknown_or_refused(schema: Schema) -> None:
    """What ships is clean by the product's own table."""
    odd = [one for one in verdicts(schema.document) if one.verdict in {Verdict.UNKNOWN, Verdict.REFUSED}]
    assert not odd


@pytest.mark.parametrize("name", SCHEMAS)
def test_examples_are_many_and_varied(name: str) -> None:
    """Six texts to extract and two to refuse, no two alike once digits are masked."""
    cases = examples_of(name)
    good = [case for case in cases if case.expected is not None]
    assert len(good) >= MIN_GOOD
    assert len(cases) - len(good) >= MIN_REFUSED
    assert len({re.sub(r"\d", "0", case.text) for case in cases}) == len(cases)


@pytest.mark.parametrize("case", [case for case in EXAMPLES if case.expected is not None], ids=lambda c: c.id)
def test_expected_value_validates_and_stands_in_its_text(case: Case) -> None:
    """Strings are verbatim, numbers are numerals of the text, enum values differ from it in case only."""
    assert case.schema is not None
    assert not validate(case.expected, case.schema, assert_formats=True)
    assert not list(unreachable(case.text, case.expected, case.schema.root))
    for leaf in leaves(case.expected, case.schema.root):
        if leaf.chosen and isinstance(leaf.value, str):
            assert leaf.value.lower() in case.text.lower()


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_field_occurs_in_an_example(name: str) -> None:
    """Examples show each field at least once, and each optional field missing at least once."""
    good = [case.expected for case in examples_of(name) if isinstance(case.expected, dict)]
    for child in SCHEMAS[name].root.properties:
        held = [child.name in value for value in good]
        assert any(held), child.name
        assert child.required or not all(held), child.name


def test_pump_line_of_the_readme_fits_machine_state() -> None:
    """The line that the documentation pipes into the command has its expected value here."""
    text = "PUMP-07 temp 81.4C vib 2.1 mm/s state RUNNING"
    case = next(case for case in examples_of("machine_state") if case.text == text)
    assert case.expected == {
        "machine_id": "PUMP-07",
        "temperature_c": 81.4,
        "vibration_mm_s": 2.1,
        "state": "RUNNING",
    }


def test_gateway_report_nests_arrays_of_objects() -> None:
    """The complex one has an array of objects inside an array of objects."""
    devices = _child(SCHEMAS["gateway_report"].root, "devices")
    assert devices.item is not None
    readings = _child(devices.item, "readings")
    assert readings.kind is Kind.ARRAY
    assert readings.item is not None
    assert readings.item.kind is Kind.OBJECT


def _child(node: Node, name: str) -> Node:
    return next(child for child in node.properties if child.name == name)


def test_folder_readme_lists_every_schema_at_its_level() -> None:
    """The table in ``schemas/README.md`` is the folder."""
    readme = (Path(__file__).parents[2] / "schemas" / "README.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", readme, re.MULTILINE))
    assert listed == {name: schema.complexity.value for name, schema in SCHEMAS.items()}


def test_examples_file_is_found_by_the_scorer_without_a_schema_on_each_line(tmp_path: Path) -> None:
    """``python -m eval run --cases schemas/x.examples.jsonl`` needs nothing else."""
    schema: dict[str, Any] = {"type": "object", "properties": {"a": {"type": "string"}}}
    (tmp_path / "x.schema.json").write_text(json.dumps(schema))
    (tmp_path / "x.examples.jsonl").write_text('{"text": "a: b", "expected": {"a": "b"}}\n')
    (case,) = load_cases(tmp_path / "x.examples.jsonl")
    assert (case.schema_name, case.format) == ("x", "x")
