"""What a generator hands to training: a text, what a schema asks of it, and where each answer stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from agent.grounding import leaves
from agent.json_pointer import tokens

Span = tuple[int, int]
"""Start and end (exclusive) of a part of a text, in characters."""


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled text."""

    schema: dict[str, Any]
    """JSON Schema document that is asked of the text."""
    text: str
    value: dict[str, Any] | None
    """What is to be extracted; None where the text is not of this schema."""
    spans: dict[str, Span]
    """JSON pointer of a leaf of ``value`` → where it stands; left out where nothing in the text cues it."""
    headings: dict[str, Span]
    """JSON pointer of an object, array or map of ``value`` → where its label stands."""
    format: str
    """Name of the family of layout that wrote the text."""


_NUMERAL = re.compile(r"[+-]?(\d[\d,' _]*)?(\.\d*)?([eE][+-]?\d+)?")


def numeral(text: str) -> float | None:
    """Read a number as it is written in a text; None where it is none."""
    if not text or not _NUMERAL.fullmatch(text):
        return None
    try:
        return float(re.sub("[,' _]", "", text))
    except ValueError:
        return None


def violations(example: Example) -> list[str]:
    """Name every promise of an example that does not hold, besides validity under its schema."""
    if example.value is None:
        return ["a negative has spans"] if example.spans or example.headings else []
    found = []
    known = dict(leaves(example.value))
    for pointer, (start, end) in example.spans.items():
        printed = example.text[start:end]
        if pointer not in known:
            found.append(f"{pointer}: a span but no value")
        elif not printed:
            found.append(f"{pointer}: empty span")
        elif not _agrees(known[pointer], printed):
            found.append(f"{pointer}: {known[pointer]!r} is printed as {printed!r}")
    found += [
        f"{pointer}: no span"
        for pointer, value in known.items()
        if pointer not in example.spans
        and not isinstance(value, bool)
        and not _chosen(example.schema, pointer)
    ]
    return found + _scattered(example)


def _agrees(value: object, printed: str) -> bool:
    if isinstance(value, bool) or value is None:
        return True
    if isinstance(value, (int, float)):
        return numeral(printed) == float(value)
    return value == printed or isinstance(value, str)  # enum values may be printed otherwise; see _chosen


def _at(schema: dict[str, Any], pointer: str) -> dict[str, Any]:
    for key in tokens(pointer):
        if key in schema.get("properties", {}):
            schema = schema["properties"][key]
        elif "items" in schema:
            schema = schema["items"]
        else:
            schema = schema.get("additionalProperties") or {}
    return schema


def _chosen(schema: dict[str, Any], pointer: str) -> bool:
    place = _at(schema, pointer)
    return "enum" in place or "const" in place


def _scattered(example: Example) -> list[str]:
    """Find arrays of which an item begins before the item ahead of it has ended."""
    reach: dict[tuple[str, int], Span] = {}
    for pointer, (start, end) in example.spans.items():
        parts = pointer.split("/")
        for depth, part in enumerate(parts):
            if part.isdigit() and _at(example.schema, "/".join(parts[:depth])).get("type") == "array":
                place = ("/".join(parts[:depth]), int(part))
                low, high = reach.get(place, (start, end))
                reach[place] = (min(low, start), max(high, end))
    return [
        f"{array}/{index} begins before {array}/{index - 1} ends"
        for (array, index), (start, _) in reach.items()
        if (array, index - 1) in reach and reach[array, index - 1][1] > start
    ]
