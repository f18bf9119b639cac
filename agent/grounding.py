"""Is each value where its evidence says? The last check before a record, whatever made it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite

from agent.conversion import Conversion, Reading, proves
from agent.json_pointer import below
from agent.message import Candidate, Evidence, Json
from agent.numerals import exact, read
from agent.schemas import Kind, Node, nodes_at
from agent.schemas.node import PLACES_REMEMBERED, POINTER_CHARS

CHOICES = frozenset({Kind.BOOLEAN, Kind.CONST, Kind.ENUM})
"""Kinds whose value is picked from what the schema allows, not copied from the text."""
NOWHERE = (-1, -1)
"""Span of a choice that nothing in the text cues."""
SHORT = 40
"""Characters of a numeral up to which it is compared as it stands: none of them is beyond what JSON holds."""
NUMERAL = re.compile(r"[-+\u2212]?(?:[0-9][0-9,]*(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
"""What may stand for a number; ASCII digits only, no word such as ``nan``, and no endless exponent."""


def ungrounded(
    candidate: Candidate, text: str, root: Node, received_at: float | None = None
) -> tuple[str, ...]:
    """Return the pointers of leaves that are not what their span says, or that have no evidence at all.

    A value that was converted as its schema declares is worked out again, backwards, from text and schema
    alone; `received_at` is when the text came in, by which a missing year or date was found.
    """
    known = {evidence.pointer: evidence for evidence in candidate.evidence}
    source, found = Source(text, received_at), []
    for pointer, value in leaves(candidate.value):
        if not _holds(value, known.get(pointer), source, _asked(pointer, root)):
            found.append(pointer or "/")
    return tuple(found)


def leaves(value: Json, pointer: str = "") -> list[tuple[str, Json]]:
    """Return each leaf with its JSON pointer, in document order."""
    found: list[tuple[str, Json]] = []
    _gather(value, pointer, found)
    return found


def _gather(value: Json, pointer: str, found: list[tuple[str, Json]]) -> None:
    if isinstance(value, dict):
        for key, child in value.items():
            _gather(child, below(pointer, key), found)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            _gather(child, below(pointer, index), found)
    else:
        found.append((pointer, value))


@dataclass(frozen=True, slots=True)
class Source:
    """Where values come from."""

    text: str
    received_at: float | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a schema asks for at a place."""

    constants: tuple[Json, ...]
    declared: Conversion | None
    is_choice: bool
    """It may be picked from what the schema allows."""


def _asked(pointer: str, root: Node) -> Asked:
    # Keys of a free-form object come from texts: long ones are not remembered.
    return (_remembered if len(pointer) <= POINTER_CHARS else _asked_anew)(pointer, root)


def _asked_anew(pointer: str, root: Node) -> Asked:
    nodes = nodes_at(pointer, root)
    return Asked(
        tuple(choice for node in nodes if node.kind is Kind.CONST for choice in node.choices),
        next((node.conversion for node in nodes if node.conversion is not None), None),
        any(node.kind in CHOICES for node in nodes),
    )


_remembered = lru_cache(maxsize=PLACES_REMEMBERED)(_asked_anew)


def _holds(value: Json, evidence: Evidence | None, source: Source, asked: Asked) -> bool:
    if value is None:
        # null says that nothing stands in the text; there is nothing to show.
        return True
    if evidence is None:
        # The schema fixes a constant: it is no claim about the text.
        return value in asked.constants
    text = source.text
    if asked.declared is not None:
        return _is_proved(asked.declared, value, evidence, source)
    if evidence.inferred:
        # Only a choice may be inferred; a string or number must stand in the text.
        return asked.is_choice and (_inside(evidence, text) or (evidence.start, evidence.end) == NOWHERE)
    return _inside(evidence, text) and says(text[evidence.start : evidence.end], value)


def _is_proved(declared: Conversion, value: Json, evidence: Evidence, source: Source) -> bool:
    """Tell whether a converted value is what its span says, whatever the evidence claims was done."""
    if evidence.inferred or not _inside(evidence, source.text):
        return False
    reading = Reading(source.text, evidence.start, evidence.end, source.received_at)
    return proves(declared, value, reading)


def _inside(evidence: Evidence, text: str) -> bool:
    return 0 <= evidence.start <= evidence.end <= len(text)


def says(span: str, value: Json) -> bool:
    """Tell whether a piece of text says a value: equal as a string, or equal when read as a number.

    A whole number must be that of the text to the last digit.
    """
    if isinstance(value, str):
        return span == value
    if isinstance(value, bool):
        return span.casefold() == str(value).casefold()
    if not isinstance(value, (int, float)):
        return False
    # Two numerals that are written the same say the same; most are as Python writes them.
    same = len(span) <= SHORT and span == repr(value) and isfinite(value)
    return same or _equals(span, value)


def _equals(span: str, value: float) -> bool:
    if NUMERAL.fullmatch(span) is None:
        return False
    try:
        return (exact(span) if isinstance(value, int) else read(span)) == value
    except ValueError:
        return False
