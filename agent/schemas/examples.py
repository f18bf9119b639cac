"""The examples of a schema: raw texts with the right answer, in ``<name>.examples.jsonl`` beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent.message import Json
from agent.schemas.errors import SchemaError
from agent.schemas.load import SUFFIX

EXAMPLES_SUFFIX: Final = ".examples.jsonl"
"""End of the name of an examples file."""

_FORM: Final = 'Write {"text": "…", "expected": {…}}, or null for a text that must be refused'


@dataclass(frozen=True, slots=True)
class Example:
    """One raw text with its right answer."""

    line: int
    """Line of the file, from 1."""
    text: str
    expected: dict[str, Json] | None
    """The object; None where the text must be refused."""


def examples_path(schema: Path) -> Path:
    """Return where the examples of the schema file ``schema`` stand."""
    return schema.with_name(schema.name.removesuffix(SUFFIX) + EXAMPLES_SUFFIX)


def load_examples(path: Path) -> tuple[Example, ...]:
    """Return the examples in ``path``; a faulty line is an error that names it."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        why = error.strerror or str(error)
        remedy = f"{_FORM}, a line for each example, into that file"
        raise SchemaError("examples unreadable", where=str(path), why=why, remedy=remedy) from error
    except UnicodeDecodeError as error:
        why = f"byte {error.start} is not UTF-8"
        raise SchemaError(
            "examples unreadable", where=str(path), why=why, remedy="Save the file as UTF-8"
        ) from error
    return tuple(
        _example(line, number, f"{path}:{number}") for number, line in enumerate(lines, 1) if line.strip()
    )


def _example(line: str, number: int, where: str) -> Example:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise SchemaError("example malformed", where=where, why=f"not JSON: {error}", remedy=_FORM) from error
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise SchemaError("example malformed", where=where, why="'text' is no string", remedy=_FORM)
    if "expected" not in row or not isinstance(row["expected"], dict | None):
        raise SchemaError(
            "example malformed", where=where, why="'expected' is no object or null", remedy=_FORM
        )
    return Example(number, row["text"], row["expected"])
