"""What a fragment of a schema says, read keyword by keyword; references and ``allOf`` are gone by now."""

from __future__ import annotations

from typing import Final

from agent.message import Json
from agent.schemas.merge import Fragment

SCALARS: Final[list[Json]] = ["string", "number", "boolean"]
"""What a place may hold that says nothing about itself."""

_IMPLIED: Final = (
    ("object", ("properties", "additionalProperties", "required", "patternProperties")),
    ("array", ("items", "minItems", "maxItems", "contains", "uniqueItems")),
    ("string", ("pattern", "minLength", "maxLength", "format")),
    ("number", ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")),
)
"""Type that a keyword speaks of, where ``type`` is left out."""


def text_of(fragment: Fragment, keyword: str) -> str:
    """Return the string at ``keyword``, empty where it is missing."""
    value = fragment.get(keyword)
    return value if isinstance(value, str) else ""


def types_of(fragment: Fragment) -> list[str]:
    """Return the types written, or those that the other keywords imply, or any scalar."""
    written = fragment.get("type")
    if isinstance(written, str):
        return [written]
    if isinstance(written, list) and written:
        types = [str(one) for one in written]
        return [one for one in types if one != "integer" or "number" not in types]
    if "const" in fragment or "enum" in fragment:
        return []
    implied = [kind for kind, keywords in _IMPLIED if any(keyword in fragment for keyword in keywords)]
    return implied[:1] or [str(one) for one in SCALARS]


def is_of_type(value: Json, types: list[str]) -> bool:
    """Tell whether ``value`` is of one of ``types``; no types allow all."""
    if isinstance(value, bool):
        own = {"boolean"}
    elif value is None:
        own = {"null"}
    elif isinstance(value, int | float):
        # Not through float(): an integer of a schema may be larger than any float.
        whole = isinstance(value, int) or value.is_integer()
        own = {"number", "integer"} if whole else {"number"}
    else:
        own = {"string"}
    return not types or bool(own & set(types))


def is_null(option: Json) -> bool:
    """Tell whether an alternative allows null alone."""
    if not isinstance(option, dict):
        return False
    return option.get("type") in ("null", ["null"]) or constants_of(option) == [None]


def only_constrains(fragment: Fragment, options: list[Json]) -> bool:
    """Tell whether the alternatives describe no value of their own (``anyOf: [{required: [a]}, …]``)."""
    describing = {"type", "properties", "items", "enum", "const", "$ref", "allOf", "anyOf", "oneOf"}
    typed = "type" in fragment or "properties" in fragment
    return typed and not any(isinstance(one, dict) and describing & set(one) for one in options)


def constants_of(option: Fragment) -> list[Json]:
    """Return the values of ``const`` or ``enum``."""
    if "const" in option:
        return [option["const"]]
    enum = option.get("enum")
    return list(enum) if isinstance(enum, list) else []


def required_names(fragment: Fragment) -> list[str]:
    """Return the names that an object requires."""
    required = fragment.get("required")
    return [str(name) for name in required] if isinstance(required, list) else []


def free_value(fragment: Fragment) -> tuple[Json, tuple[str, ...]]:
    """Return the schema of a free-form object's values, and the keywords that lead to it."""
    value = fragment.get("additionalProperties", True)
    patterns = fragment.get("patternProperties")
    if isinstance(patterns, dict) and patterns and not isinstance(value, dict):
        key, first = next(iter(patterns.items()))
        return first, ("patternProperties", key)
    return value, ("additionalProperties",)
