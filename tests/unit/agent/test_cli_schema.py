"""`maaza schema check`: a verdict for every keyword, and a clear no."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from agent.cli import main
from agent.cli.trial import same


def check(path: Path, document: object, *options: str) -> Result:
    """Write a schema and judge it."""
    path.write_text(json.dumps(document))
    return CliRunner().invoke(main, ["schema", "check", str(path), *options])


def test_bundled_schemas_load() -> None:
    """With no name every bundled schema is judged, and none is refused."""
    result = CliRunner().invoke(main, ["schema", "check", "--json"])
    assert result.exit_code == 0
    assert all(one["loads"] for one in json.loads(result.output)["schemas"])


def test_a_refused_keyword_fails_and_is_named(tmp_path: Path) -> None:
    """A schema that no extractor can fill is refused, with the place."""
    document = {"type": "object", "properties": {"a": {"type": "array", "prefixItems": [{"type": "string"}]}}}
    result = check(tmp_path / "a.schema.json", document, "--json")
    found = json.loads(result.output)["schemas"][0]
    assert result.exit_code == 1
    assert not found["loads"]
    assert {"refused"} == {one["verdict"] for one in found["keywords"] if one["keyword"] == "prefixItems"}


def test_an_unknown_keyword_is_shown_with_its_neighbour(tmp_path: Path) -> None:
    """A typing error in a keyword would silently check nothing; the table says so."""
    document = {"type": "object", "properties": {"a": {"type": "number", "minimun": 0}}}
    result = check(tmp_path / "a.schema.json", document)
    assert result.exit_code == 0
    assert "did you mean 'minimum'?" in result.output


def test_a_file_that_is_no_json_is_an_error(tmp_path: Path) -> None:
    """A damaged file is not judged: it is wrong configuration, exit code 78."""
    path = tmp_path / "a.schema.json"
    path.write_text("{")
    assert CliRunner().invoke(main, ["schema", "check", str(path)]).exit_code == 78


def test_values_compare_as_json_does() -> None:
    """1 is 1.0, true is not 1, and keys have no order."""
    assert same({"a": 1, "b": [1.0]}, {"b": [1], "a": 1.0})
    assert not same({"a": True}, {"a": 1})
    assert not same([1, 2], [2, 1])
    assert not same(None, {})
