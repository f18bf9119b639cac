"""Spans to the values that a schema declares: decimal commas, units, timestamps. Pure; code, after decoding.

What the extractor made of a span counts for nothing here: only the span does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from agent.conversion import Conversion, Converted, Reading, Unconvertible
from agent.json_pointer import below
from agent.message import Candidate, Evidence, Json
from agent.schemas import Schema, nodes_at


@dataclass(frozen=True, slots=True)
class Conversions:
    """A candidate with its values converted, and what could not be."""

    candidate: Candidate
    faults: tuple[str, ...] = ()
    """Pointer and reason of each value that is not as its schema declares."""


def converted(candidate: Candidate, text: str, schema: Schema, received_at: float | None) -> Conversions:
    """Return a candidate with each value that declares a conversion computed from its span.

    A leaf that could not be converted keeps what the extractor gave, and is named among the faults.
    """
    if not schema.converts or candidate.value is None:
        return Conversions(candidate)
    values: dict[str, Json] = {}
    evidence: list[Evidence] = []
    faults: list[str] = []
    for one in candidate.evidence:
        declared = declared_at(one.pointer, schema)
        if declared is None or one.start < 0:
            evidence.append(one)
            continue
        try:
            made = _apply(declared, Reading(text, one.start, one.end, received_at))
        except Unconvertible as error:
            faults.append(f"{one.pointer}: {error}")
            continue
        values[one.pointer] = made.value
        evidence.append(replace(one, converted=made.how))
    value = _with(candidate.value, values, "")
    return Conversions(replace(candidate, value=value, evidence=tuple(evidence)), tuple(faults))


def declared_at(pointer: str, schema: Schema) -> Conversion | None:
    """Return the conversion that a schema declares of a leaf; None where it declares none."""
    nodes = nodes_at(pointer, schema.root)
    return next((node.conversion for node in nodes if node.conversion is not None), None)


def _apply(declared: Conversion, reading: Reading) -> Converted:
    if not 0 <= reading.start < reading.end <= len(reading.text):
        raise Unconvertible("its span is not in the text")
    return declared.apply(reading)


def _with(value: Json, changed: Mapping[str, Json], pointer: str) -> Json:
    """Return a value with some of its leaves changed."""
    if isinstance(value, dict):
        return {key: _with(child, changed, below(pointer, key)) for key, child in value.items()}
    if isinstance(value, list):
        return [_with(child, changed, below(pointer, index)) for index, child in enumerate(value)]
    return changed.get(pointer, value)
