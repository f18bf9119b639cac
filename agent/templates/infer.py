"""A JSON Schema from the values that are wanted: types, and what is in all of them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from agent.message import Json
from agent.templates.compiled import Unfit

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def infer(values: Sequence[dict[str, Json]], name: str) -> dict[str, Json]:
    """Return the schema that all values keep: names and types as found, required what is in all of them.

    Raises:
        Unfit: there is none, or one place holds values of two kinds.
    """
    if not values:
        raise Unfit("no example has a value")
    return {
        "$schema": DIALECT,
        "$id": f"https://maaza.example/schemas/{name}/1",
        "title": name.replace("_", " "),
        **_object(values, ""),
    }


def _object(values: Sequence[dict[str, Json]], pointer: str) -> dict[str, Json]:
    names = list(dict.fromkeys(name for value in values for name in value))
    properties: dict[str, Json] = {
        name: _any([value[name] for value in values if name in value], f"{pointer}/{name}") for name in names
    }
    required: list[Json] = [name for name in names if all(name in value for value in values)]
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _any(values: Sequence[Json], pointer: str) -> Json:
    """Return what values of one place have in common."""
    said = [value for value in values if value is not None]
    kinds = {_kind(value) for value in said}
    if len(kinds) > 1:
        raise Unfit(f"{pointer} is {' here and '.join(sorted(kinds))} there")
    kind = kinds.pop() if kinds else "string"
    made: dict[str, Json] = {"type": kind if len(said) == len(values) else [kind, "null"]}
    if kind == "object":
        made |= _object([value for value in said if isinstance(value, dict)], pointer)
    if kind == "array":
        items = [item for value in said if isinstance(value, list) for item in value]
        made["items"] = _any(items, f"{pointer}/0") if items else {"type": "string"}
    return made


def _kind(value: Json) -> str:
    # Three whole numbers do not show that the next one is whole too.
    names = {bool: "boolean", int: "number", float: "number", str: "string", dict: "object", list: "array"}
    return names[type(value)]
