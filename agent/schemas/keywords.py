"""What becomes of each keyword of JSON Schema: the one table that compiler and report share."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Verdict(StrEnum):
    """Who sees to it that a keyword is kept."""

    DECODING = "enforced while decoding"
    """The grammar leaves the model no way to break it."""
    VALIDATOR = "enforced by the validator"
    """Checked afterwards; what breaks it climbs a tier or is rejected."""
    CONVERSION = "converted after decoding"
    """Says how the value is written in texts; code converts it, and grounding proves it."""
    ANNOTATION = "annotation"
    """Says something to people, prompts or converters; forbids nothing."""
    UNKNOWN = "unknown, ignored"
    """In no vocabulary known here: perhaps a typing error."""
    REFUSED = "refused"
    """The schema does not load while it is there."""


DECODING: Final = frozenset(
    {"$ref", "allOf", "anyOf", "const", "enum", "items", "properties", "required", "type"}
)

VALIDATOR: Final = frozenset(
    {
        "additionalItems",
        "contains",
        "dependencies",
        "dependentRequired",
        "dependentSchemas",
        "else",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "if",
        "maxContains",
        "maxItems",
        "maxLength",
        "maxProperties",
        "maximum",
        "minContains",
        "minItems",
        "minLength",
        "minProperties",
        "minimum",
        "multipleOf",
        "not",
        "oneOf",
        "pattern",
        "patternProperties",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
        "uniqueItems",
    }
)

ANNOTATIONS: Final = frozenset(
    {
        "$anchor",
        "$comment",
        "$defs",
        "$id",
        "$schema",
        "$vocabulary",
        "contentEncoding",
        "contentMediaType",
        "contentSchema",
        "default",
        "definitions",
        "deprecated",
        "description",
        "examples",
        "format",
        "readOnly",
        "title",
        "ucumUnit",
        "unit",
        "writeOnly",
    }
)
"""``format`` is here because it forbids nothing until the configuration asserts it."""

REFUSED: Final = {
    "$dynamicAnchor": "which schema it names depends on who asks",
    "$dynamicRef": "which schema it names depends on who asks",
    "$recursiveAnchor": "recursive schemas have no bounded tree of fields",
    "$recursiveRef": "recursive schemas have no bounded tree of fields",
    "prefixItems": "items told apart by position alone cannot be asked for by name",
}
"""Keyword -> why it cannot be had."""

KNOWN: Final = DECODING | VALIDATOR | ANNOTATIONS | frozenset(REFUSED) | {"additionalProperties"}


def is_extension(keyword: str) -> bool:
    """Tell whether ``keyword`` is spelt as a private annotation (``x-…``)."""
    return keyword.startswith(("x-", "X-"))
