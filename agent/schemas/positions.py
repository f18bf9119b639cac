"""Where subschemas stand inside a schema document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from agent.json_pointer import below
from agent.message import Json

ONE: Final = frozenset(
    {
        "additionalItems",
        "additionalProperties",
        "contains",
        "contentSchema",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    }
)
"""Keywords whose value is a schema (``items`` may be a list in draft-07)."""

MANY: Final = frozenset({"allOf", "anyOf", "items", "oneOf", "prefixItems"})
"""Keywords whose value is a list of schemas."""

NAMED: Final = frozenset(
    {"$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties"}
)
"""Keywords whose value maps names to schemas (``dependencies`` also to lists of names)."""


@dataclass(frozen=True, slots=True)
class Place:
    """One subschema of a document."""

    pointer: str
    """JSON pointer from the root of the document, as a URI fragment: ``#``, ``#/properties/a``."""
    fragment: dict[str, Json]


def step(pointer: str, *tokens: str | int) -> str:
    """Return ``pointer`` lengthened by ``tokens``, escaped as RFC 6901 asks."""
    for token in tokens:
        pointer = below(pointer, token)
    return pointer


def children(place: Place) -> Iterator[Place]:
    """Yield the subschemas directly under ``place``; ``true`` and ``false`` are passed over."""
    for keyword, value in place.fragment.items():
        at = step(place.pointer, keyword)
        if isinstance(value, list) and keyword in MANY:
            yield from (Place(step(at, i), item) for i, item in enumerate(value) if isinstance(item, dict))
        elif isinstance(value, dict) and keyword in NAMED:
            yield from (Place(step(at, key), item) for key, item in value.items() if isinstance(item, dict))
        elif isinstance(value, dict) and keyword in ONE:
            yield Place(at, value)


def places(document: dict[str, Json]) -> Iterator[Place]:
    """Yield every subschema of ``document``, parents first, in document order."""
    stack = [Place("#", document)]
    while stack:
        place = stack.pop()
        yield place
        stack.extend(reversed(list(children(place))))
