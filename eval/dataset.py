"""Cases from files: EdgeJSON pinned by hash, field text, and any JSON Lines of text, schema, expected."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from agent.message import Json
from agent.schemas import Complexity, Schema, SchemaError, compile_schema, load_schema
from agent.schemas.examples import EXAMPLES_SUFFIX

EDGEJSON_SHA256: Final = {
    "edgejson_test_v3.jsonl": "39ce24e2c72e1864d759e53ad856a554bab724e808f9b9a957c6388c1875cd30",
    "edgejson_train_v3.jsonl": "2eb76b30cfbeffa3f622e798ea83476fa17fc28041ff6f37efc0a2c4b56b6114",
}
"""EdgeJSON v3 as published; figures of another file are not comparable."""

TUNING: Final = 3
"""One row of the train split in so many, the first too, is for choices and thresholds, never for training."""


class DatasetError(Exception):
    """A file of cases cannot be used; the message says which line, why, and what to do."""


@dataclass(frozen=True, slots=True)
class Case:
    """One text with its right answer."""

    id: str
    text: str
    schema: Schema | None
    """None where the schema does not compile: no extractor can be asked, and the case counts as refused."""
    expected: Json
    """The right value; None where the text fits the schema in no way and must be refused."""
    complexity: str
    """simple, medium or complex: as the data set states it, else as the schema measures."""
    format: str = ""
    """Kind of text; the empty string where the data set names none."""
    schema_name: str = ""
    problem: str = ""
    """Why the schema does not compile."""


def load_cases(path: Path) -> list[Case]:
    """Return the cases of a JSON Lines file: text, schema, expected, perhaps id, complexity, format.

    A file ``<name>.examples.jsonl`` beside ``<name>.schema.json`` may leave the schema out.
    """
    compiled: dict[str, Schema | SchemaError] = {}
    beside = _schema_beside(path)
    return [_case({**beside, **row}, f"{path}:{number}", compiled) for number, row in rows(path)]


def _schema_beside(path: Path) -> dict[str, Any]:
    """Return what every line of an examples file has in common: its schema, named after the file."""
    name = path.name.removesuffix(EXAMPLES_SUFFIX)
    schema = path.with_name(f"{name}.schema.json")
    if name == path.name or not schema.is_file():
        return {}
    return {"schema": load_schema(schema).document, "schema_name": name, "format": name}


def load_examples(folder: Path) -> list[Case]:
    """Return the cases of every examples file in ``folder``."""
    return [case for path in sorted(folder.glob(f"*{EXAMPLES_SUFFIX}")) for case in load_cases(path)]


def _case(row: dict[str, Any], where: str, compiled: dict[str, Schema | SchemaError]) -> Case:
    missing = [key for key in ("text", "schema", "expected") if key not in row]
    if missing or not isinstance(row["text"], str) or not isinstance(row["schema"], dict):
        what = f"{missing[0]!r} is missing" if missing else "'text' is a string and 'schema' an object"
        message = f"{where}: {what}. Each line needs text, schema and expected."
        raise DatasetError(message)
    schema = _compiled(row["schema"], str(row.get("schema_name", "")), compiled)
    good = schema if isinstance(schema, Schema) else None
    return Case(
        id=str(row.get("id", where)),
        text=row["text"],
        schema=good,
        expected=row["expected"],
        complexity=str(row.get("complexity") or (good.complexity.value if good else "")),
        format=str(row.get("format", "")),
        schema_name=good.name if good else "",
        problem="" if good else str(schema),
    )


def _compiled(
    document: dict[str, Json], name: str, compiled: dict[str, Schema | SchemaError]
) -> Schema | SchemaError:
    """Compile each different schema once; files repeat theirs on every line."""
    key = json.dumps(document)
    if key not in compiled:
        try:
            compiled[key] = compile_schema(document, name=name)
        except SchemaError as error:
            compiled[key] = error
    return compiled[key]


def load_edgejson(folder: Path, split: str, *, pinned: bool = True) -> list[Case]:
    """Return the cases of EdgeJSON v3's ``split``: train, test, or tuning, which is a part of train.

    The text is the whole prompt, instruction included, and the complexity that of the schema's folder:
    20 test rows lack the label. ``pinned`` refuses files other than the published ones.
    """
    path = folder / f"edgejson_{'train' if split == 'tuning' else split}_v3.jsonl"
    if pinned:
        check_hash(path)
    schemas = edgejson_schemas(folder / "schemas")
    cases = [_edgejson_case(row, f"{path}:{number}", schemas) for number, row in rows(path)]
    return cases[::TUNING] if split == "tuning" else cases


def edgejson_schemas(folder: Path) -> dict[str, Schema]:
    """Return EdgeJSON's schemas by id, at the complexity of the folder that each stands in."""
    loaded: dict[str, Schema] = {}
    for level in Complexity:
        for path in sorted((folder / level.value).glob("*.json")):
            schema = load_schema(path)
            loaded[schema.name] = compile_schema(schema.document, name=schema.name, complexity=level)
    return loaded


def _edgejson_case(row: dict[str, Any], where: str, schemas: dict[str, Schema]) -> Case:
    schema = schemas.get(row.get("schema_id", ""))
    if schema is None:
        message = (
            f"{where}: schema {row.get('schema_id')!r} is not in the schemas folder. Fetch EdgeJSON whole."
        )
        raise DatasetError(message)
    complexity = schema.complexity.value
    return Case(
        id=str(row["id"]),
        text=row["prompt"],
        schema=schema,
        expected=row["expected_output"],
        complexity=complexity,
        format=str(row.get("teacher", "")),
        schema_name=schema.name,
    )


def texts(path: Path) -> list[str]:
    """Return the texts of a JSON Lines file, whatever else its lines hold (``text`` or ``prompt``)."""
    return [str(row.get("text", row.get("prompt", ""))) for _, row in rows(path)]


def check_hash(path: Path) -> None:
    """Refuse a file that is not the published one."""
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        message = f"{path}: {error.strerror}. --data names the folder that holds EdgeJSON's files."
        raise DatasetError(message) from error
    if found != EDGEJSON_SHA256.get(path.name):
        message = (
            f"{path}: SHA-256 {found[:12]}… is not EdgeJSON v3 as published. Fetch it again, or --unpinned."
        )
        raise DatasetError(message)


def rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield line number and object of each line that is not blank."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path}: {error}. It must be a readable file of JSON Lines in UTF-8."
        raise DatasetError(message) from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield number, _row(line, f"{path}:{number}")


def _row(line: str, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        message = f"{where}: not JSON ({error}). Each line is one JSON object."
        raise DatasetError(message) from error
    if not isinstance(row, dict):
        message = f"{where}: not an object. Each line is one JSON object."
        raise DatasetError(message)
    return row
