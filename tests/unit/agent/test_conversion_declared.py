"""What `x-maaza` may say, what is said of a wrong one, and what `maaza schema check` shows of each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from agent.cli import main
from agent.conversion import declared
from agent.message import Json
from agent.schemas import SchemaError, compile_schema

NUMBER, STRING = {"type": "number", "ucumUnit": "Cel"}, {"type": "string"}


def schema(field: dict[str, Json]) -> dict[str, Json]:
    """Return a schema with one field."""
    return {"type": "object", "properties": {"v": field}}


@pytest.mark.parametrize(
    ("field", "written", "where", "why", "remedy"),
    [
        (NUMBER, {"decimel": ","}, "x-maaza", "decimel: unknown key", "did you mean 'decimal'?"),
        (NUMBER, {"xyz": 1}, "x-maaza", "xyz: unknown key", "known keys: decimal"),
        (NUMBER, {}, "x-maaza", "no object with a key", "decimal"),
        (NUMBER, "decimal comma", "x-maaza", "no object with a key", "decimal"),
        (NUMBER, {"decimal": ";"}, "x-maaza/decimal", "';' is not allowed", "one of '.', ','"),
        (NUMBER, {"thousands": "."}, "x-maaza/decimal", "needs another decimal", "decimal = ','"),
        (NUMBER, {"thousands": ",", "decimal": ","}, "x-maaza/decimal", "needs another decimal", "other way"),
        (NUMBER, {"round": 1.5}, "x-maaza/round", "1.5 is not allowed", "from 0 to 12"),
        (NUMBER, {"round": True}, "x-maaza/round", "True is not allowed", "from 0 to 12"),
        (NUMBER, {"unit": "celsius"}, "x-maaza/unit", "'celsius' is no UCUM code", ""),
        (NUMBER, {"unit": "behnd"}, "x-maaza/unit", "no UCUM code", "did you mean 'behind'?"),
        (NUMBER, {"unit": "bar"}, "x-maaza/unit", "bar is of another kind than Cel", "correct either"),
        (NUMBER, {"unit": "behind", "assume": "bar"}, "x-maaza/unit", "bar is of another kind", "either"),
        (NUMBER, {"assume": "Cel"}, "x-maaza/assume", "goes with unit alone", "unit = 'behind'"),
        (NUMBER, {"unit": "K", "assume": "Cel"}, "x-maaza/assume", "always 'K'", "remove it"),
        ({"type": "number"}, {"unit": "behind"}, "x-maaza/unit", "no ucumUnit", "add ucumUnit"),
        ({"type": "number", "ucumUnit": "°C"}, {"unit": "behind"}, "x-maaza", "'°C' is no UCUM code", ""),
        (NUMBER, {"time": "%H"}, "x-maaza/time", "something of a string", "change type"),
        (STRING, {"decimal": ","}, "x-maaza/decimal", "something of a number", "change type"),
        (STRING, {"zone": "UTC"}, "x-maaza/time", "does not say how", "'%d.%m.%Y %H:%M:%S'"),
        (STRING, {"time": []}, "x-maaza/time", "does not say how", "epoch_s"),
        (STRING, {"time": "%Q"}, "x-maaza/time", "%Q is no directive", "%Y %y"),
        (STRING, {"time": "50%"}, "x-maaza/time", "is no directive", "%%"),
        (STRING, {"time": "epoch_sec"}, "x-maaza/time", "no directive in it", "'epoch_s'"),
        (STRING, {"time": "%d.%m.%Y %d"}, "x-maaza/time", "%d is said twice", ""),
        (STRING, {"time": "%d.%m.%Y %H:%M"}, "x-maaza/zone", "no offset", "Europe/Berlin"),
        (
            STRING,
            {"time": "%d.%m.%Y %H:%M", "zone": "Europe/Berln"},
            "x-maaza/zone",
            "no zone",
            "'Europe/Berlin'",
        ),
        (STRING, {"time": "%d.%m.%Y %H:%M", "zone": "../etc"}, "x-maaza/zone", "no zone known", "IANA"),
        (STRING, {"time": "%d.%m.%Y", "zone": "UTC"}, "x-maaza/zone", "no zone", "remove it"),
        (STRING, {"time": "%d.%m. %H:%M", "zone": "UTC"}, "x-maaza/year", "no year", "year = 'received'"),
        (STRING, {"time": "%d.%m.", "year": "now"}, "x-maaza/year", "'now' is not allowed", "'received'"),
        (STRING, {"time": "%H:%M", "zone": "UTC"}, "x-maaza/date", "no date", "date = 'received'"),
        (STRING, {"time": "%m.%Y"}, "x-maaza/time", "month and day come together", "both"),
        (STRING, {"time": "%H:%S", "zone": "UTC", "date": "received"}, "x-maaza/time", "hours come", ""),
        (STRING, {"time": "%I:%M", "zone": "UTC", "date": "received"}, "x-maaza/time", "%I", "add %p"),
        (STRING, {"time": "epoch_s", "fold": "first"}, "x-maaza/fold", "'first'", "'earlier'"),
        ({"enum": ["1,5"]}, {"decimal": ","}, "x-maaza", "the field is 'enum'", "string, number"),
        ({"type": "boolean"}, {"decimal": ","}, "x-maaza", "the field is 'boolean'", "string, number"),
    ],
)
def test_wrong_declaration_is_refused_with_place_and_remedy(
    field: dict[str, Json], written: Json, where: str, why: str, remedy: str
) -> None:
    """Nothing is ignored: a declaration that cannot be kept stops the schema from loading."""
    with pytest.raises(SchemaError) as caught:
        compile_schema(schema({**field, "x-maaza": written}), name="s")
    error = caught.value
    assert error.where == f"#/properties/v/{where}"
    assert why in error.why
    assert remedy in error.remedy


@pytest.mark.parametrize(
    "field", [{"type": ["number", "string"]}, {"anyOf": [{"type": "number"}, {"type": "string"}]}]
)
def test_declaration_of_alternatives_is_refused(field: dict[str, Json]) -> None:
    """A span would be read in two ways."""
    with pytest.raises(SchemaError, match="refused"):
        compile_schema(schema({**field, "x-maaza": {"decimal": ","}}), name="s")
    inside: dict[str, Json] = {
        "anyOf": [
            {"type": "object", "properties": {"a": {**NUMBER, "x-maaza": {"round": 1}}}},
            {"type": "string"},
        ]
    }
    with pytest.raises(SchemaError, match="alternatives"):
        compile_schema(schema(inside), name="s")


def test_null_beside_a_number_is_no_alternative() -> None:
    """A field that may be null can be converted."""
    found = compile_schema(schema({"type": ["number", "null"], "x-maaza": {"decimal": ","}}), name="s")
    assert found.converts
    assert not compile_schema(schema({"type": "number"}), name="s").converts


@pytest.mark.parametrize("keyword", ["x-mazza", "x-maaaza", "X-Maaza", "x-maza"])
def test_misspelt_keyword_is_refused(keyword: str) -> None:
    """As a private annotation it would declare nothing, in silence; others are free."""
    with pytest.raises(SchemaError, match="x-maaza"):
        compile_schema(schema({"type": "number", keyword: {"decimal": ","}}), name="s")
    compile_schema(schema({"type": "number", "x-owner": "me"}), name="s")


def check(path: Path, field: dict[str, Json], *options: str) -> Result:
    """Judge a schema with one field."""
    path.write_text(json.dumps(schema(field)))
    return CliRunner().invoke(main, ["schema", "check", str(path), *options])


def test_check_shows_what_is_declared(tmp_path: Path) -> None:
    """The verdict says who does it, the note what is done."""
    written: dict[str, Json] = {"decimal": ",", "thousands": ".", "unit": "behind", "assume": "K", "round": 1}
    result = check(tmp_path / "a.schema.json", {**NUMBER, "x-maaza": written}, "--json")
    rows = json.loads(result.output)["schemas"][0]["keywords"]
    row = next(one for one in rows if one["keyword"] == "x-maaza")
    assert result.exit_code == 0
    assert row["verdict"] == "converted after decoding"
    said = "decimal ',', thousands '.'; unit behind the number, else K, to Cel; rounded to 1 decimals"
    assert row["note"] == said


def test_check_shows_what_is_wrong(tmp_path: Path) -> None:
    """Exit code 1, the place, the reason and the remedy."""
    result = check(tmp_path / "a.schema.json", {**NUMBER, "x-maaza": {"decimel": ","}})
    assert result.exit_code == 1
    assert "#/properties/v/x-maaza" in result.output
    assert "did you mean 'decimal'?" in result.output


def test_words_of_a_timestamp() -> None:
    """All that decides about a time is said."""
    written: dict[str, Json] = {
        "time": ["%d.%m. %H:%M", "rfc3339"],
        "zone": "UTC",
        "year": "received",
    }
    said = declared(written, "string", "").words()
    assert said == (
        "time '%d.%m. %H:%M' or 'rfc3339', in UTC, year by when it is received, of two equal times none"
    )
