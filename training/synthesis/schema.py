"""The JSON Schema document of a form."""

from __future__ import annotations

from random import Random
from typing import Any

from training.synthesis.form import Field, Filled, Group, Shape

_DRAFTS = ("https://json-schema.org/draft/2020-12/schema", "http://json-schema.org/draft-07/schema#", "")
_UCUM = {
    "°C": "Cel",
    "C": "Cel",
    "%": "%",
    "V": "V",
    "A": "A",
    "W": "W",
    "kW": "kW",
    "bar": "bar",
    "ms": "ms",
    "s": "s",
    "Hz": "Hz",
    "hPa": "hPa",
    "mm/s": "mm/s",
    "kWh": "kW.h",
}


def document(
    root: Group, filled: Filled, rng: Random, *, title: str, description: str = ""
) -> dict[str, Any]:
    """Write the schema of a form of which ``filled`` is valid."""
    found: dict[str, Any] = {}
    if draft := rng.choice(_DRAFTS):
        found["$schema"] = draft
    if title:
        found["title"] = title
    if description:
        found["description"] = description
    strict = rng.random() < 0.5
    formats = rng.random() < 0.4
    found |= _object(root, [filled], rng, strict=strict, formats=formats)
    return found


def _object(
    group: Group, filled: list[Filled], rng: Random, *, strict: bool, formats: bool
) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    required = []
    certain = rng.choice((0.0, 0.5, 0.9, 1.0))
    for child in group.children:
        if not child.asked:
            continue
        inside = [member for one in filled for member in one.members() if member.of is child]
        properties[child.key] = _node(child, inside, rng, strict=strict, formats=formats)
        if len(inside) == len(filled) and child.presence >= 1 and rng.random() < certain:
            required.append(child.key)
    found: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        found["required"] = required
    if strict:
        found["additionalProperties"] = False
    return found


def _node(
    child: Field | Group, filled: list[Filled], rng: Random, *, strict: bool, formats: bool
) -> dict[str, Any]:
    if isinstance(child, Field):
        return leaf(child, filled, rng, formats=formats)
    found = _group(child, filled, rng, strict=strict, formats=formats)
    if child.description:
        found["description"] = child.description
    return found


def leaf(field: Field, filled: list[Filled], rng: Random, *, formats: bool) -> dict[str, Any]:
    """Write the schema of a field of which all of ``filled`` are valid."""
    if field.item is not None:
        inner = [child for one in filled for child in one.children]
        listed: dict[str, Any] = {"type": "array", "items": leaf(field.item, inner, rng, formats=formats)}
        return listed | ({"description": field.description} if field.description else {})
    source = field.source
    kind = source.type
    if kind == "integer" and rng.random() < 0.15:
        kind = "number"
    if kind == "number" and rng.random() < 0.3 and all(isinstance(one.value, int) for one in filled):
        kind = "integer"
    found: dict[str, Any] = {"type": kind if rng.random() < 0.97 else [kind, "null"]}
    if source.choices:
        found = (
            {"type": "string", "enum": list(source.choices)}
            if rng.random() < 0.85
            else {"enum": list(source.choices)}
        )
    elif source.format and formats:
        found["format"] = source.format
    if kind in ("number", "integer") and rng.random() < 0.1 and filled:
        numbers = [float(one.value) for one in filled]
        found["minimum"] = 0 if min(numbers) >= 0 else int(min(numbers)) - rng.randint(1, 100)
        if rng.random() < 0.5:
            found["maximum"] = int(max(numbers)) + rng.choice((1, 10, 100, 1000))
    if kind in ("number", "integer") and (code := _code(field, rng)):
        found["ucumUnit"] = code
    if field.description:
        found["description"] = field.description
    return found


def _code(field: Field, rng: Random) -> str:
    """Give the code of the unit, where the schema states it."""
    return field.source.ucum or (_UCUM.get(field.unit, "") if rng.random() < 0.12 else "")


def _group(group: Group, filled: list[Filled], rng: Random, *, strict: bool, formats: bool) -> dict[str, Any]:
    inner = [item for one in filled for item in one.children]
    match group.shape:
        case Shape.OBJECT:
            return (
                rng.choice(({"type": "object"}, {"type": "object", "additionalProperties": True}))
                if not group.children
                else _object(group, filled, rng, strict=strict, formats=formats)
            )
        case Shape.RECORDS:
            return {"type": "array", "items": _object(group, inner, rng, strict=strict, formats=formats)}
        case Shape.SCALARS:
            return {
                "type": "array",
                "items": _node(group.children[0], inner, rng, strict=strict, formats=formats),
            }
        case Shape.MAP if group.free:
            return rng.choice(({"type": "object"}, {"type": "object", "additionalProperties": True}))
        case Shape.MAP:
            return {
                "type": "object",
                "additionalProperties": _node(group.children[0], inner, rng, strict=strict, formats=formats),
            }
