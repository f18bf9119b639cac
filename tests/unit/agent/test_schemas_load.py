"""Schemas from files and folders, with their names, versions and fingerprints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agent.schemas import (
    Example,
    SchemaError,
    compile_schema,
    examples_path,
    load_examples,
    load_folder,
    load_schema,
)

GOOD: dict[str, Any] = {"type": "object", "properties": {"a": {"type": "string"}}}


def write(folder: Path, name: str, document: Any) -> Path:
    """Write a schema file."""
    path = folder / f"{name}.schema.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("identifier", "version"),
    [
        ("https://maaza.example/schemas/env/2", "2"),
        ("https://example.com/env/v1.4/schema.json", "1.4"),
        ("urn:example:env:3", "3"),
        ("https://example.com/env", ""),
        (None, ""),
    ],
)
def test_version_is_the_last_part_of_the_id_that_looks_like_one(identifier: str | None, version: str) -> None:
    """A version in ``$id`` is found; without one it is empty."""
    document = {**GOOD, **({"$id": identifier} if identifier else {})}
    assert compile_schema(document).version == version


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"$id": "https://maaza.example/schemas/env_sensor/2"}, "env_sensor"),
        ({"title": "Pump state!"}, "pump_state"),
        ({}, "unnamed"),
    ],
)
def test_schema_without_a_file_is_named_after_its_id_or_title(more: dict[str, Any], name: str) -> None:
    """Nothing is nameless: records name their schema."""
    assert compile_schema({**GOOD, **more}).name == name


def test_fingerprint_is_of_the_content_in_its_order() -> None:
    """Spaces in the file do not count; the order of properties does, for it orders the output."""
    two: dict[str, Any] = {"a": {"type": "string"}, "b": {"type": "string"}}
    one = compile_schema({"type": "object", "properties": two})
    same = compile_schema(json.loads(json.dumps(one.document, indent=4)))
    turned = compile_schema({"type": "object", "properties": dict(reversed(two.items()))})
    assert one.fingerprint == same.fingerprint
    assert one.fingerprint != turned.fingerprint


def test_folder_loads_schema_files_by_name_and_nothing_else(tmp_path: Path) -> None:
    """Only ``*.schema.json`` is a schema."""
    write(tmp_path, "one", GOOD)
    (tmp_path / "one.examples.jsonl").write_text("")
    (tmp_path / "notes.json").write_text("no JSON")
    assert list(load_folder(tmp_path)) == ["one"]


def test_folder_reports_every_faulty_file_at_once(tmp_path: Path) -> None:
    """Two faults are two causes, each with its file."""
    write(tmp_path, "good", GOOD)
    write(tmp_path, "bad", {"type": "array"})
    write(tmp_path, "worse", {"type": "object", "required": ["x"]})
    with pytest.raises(SchemaError) as caught:
        load_folder(tmp_path)
    assert len(caught.value.causes) == 2
    assert "bad.schema.json" in str(caught.value)
    assert "worse.schema.json" in str(caught.value)


def test_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """A wrong path must not look like a folder without schemas."""
    with pytest.raises(SchemaError, match="no such folder"):
        load_folder(tmp_path / "none")


def test_examples_stand_beside_their_schema(tmp_path: Path) -> None:
    """Text and expected object, or null for what must be refused; blank lines are passed over."""
    path = examples_path(write(tmp_path, "one", GOOD))
    path.write_text('{"text": "a", "expected": {"a": "a"}}\n\n{"text": "b", "expected": null}\n')
    assert load_examples(path) == (Example(1, "a", {"a": "a"}), Example(3, "b", None))


@pytest.mark.parametrize(
    "line",
    ["{", "[]", "{}", '{"text": 1, "expected": null}', '{"text": "a"}', '{"text": "a", "expected": []}'],
)
def test_faulty_example_is_reported_with_its_line(tmp_path: Path, line: str) -> None:
    """File and line lead to the fault."""
    path = tmp_path / "one.examples.jsonl"
    path.write_text(f"\n{line}\n")
    with pytest.raises(SchemaError, match=r"one\.examples\.jsonl:2"):
        load_examples(path)


def test_missing_file_is_an_error_with_its_path(tmp_path: Path) -> None:
    """The operator sees which file could not be read."""
    with pytest.raises(SchemaError, match=r"none\.schema\.json"):
        load_schema(tmp_path / "none.schema.json")
