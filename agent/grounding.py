"""Is each value where its evidence says? The last check before a record, whatever made it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from agent.json_pointer import below, tokens
from agent.message import Candidate, Evidence, Json
from agent.numerals import read
from agent.schemas import Kind, Node

CHOICES = frozenset({Kind.BOOLEAN, Kind.CONST, Kind.ENUM})
"""Kinds whose value is picked from what the schema allows, not copied from the text."""
NOWHERE = (-1, -1)
"""Span of a choice that nothing in the text cues."""
NUMERAL = re.compile(r"[-+\u2212]?(?:[0-9][0-9,]*(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
"""What may stand for a number; ASCII digits only, and no word such as ``nan``."""


def ungrounded(candidate: Candidate, text: str, root: Node) -> tuple[str, ...]:
    """Return the pointers of leaves that are not what their span says, or that have no evidence at all."""
    known = {evidence.pointer: evidence for evidence in candidate.evidence}
    return tuple(
        pointer or "/"
        for pointer, value in leaves(candidate.value)
        if not _holds(value, known.get(pointer), text, nodes_at(pointer, root))
    )


def leaves(value: Json, pointer: str = "") -> Iterator[tuple[str, Json]]:
    """Yield each leaf with its JSON pointer, in document order."""
    if isinstance(value, dict):
        for key, child in value.items():
            yield from leaves(child, below(pointer, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from leaves(child, below(pointer, index))
    else:
        yield pointer, value


def _holds(value: Json, evidence: Evidence | None, text: str, nodes: Sequence[Node]) -> bool:
    if value is None:
        # null says that nothing stands in the text; there is nothing to show.
        return True
    if evidence is None:
        # The schema fixes a constant: it is no claim about the text.
        return any(value in node.choices for node in nodes if node.kind is Kind.CONST)
    if evidence.inferred:
        # Only a choice may be inferred; a string or number must stand in the text.
        cued = _inside(evidence, text) or (evidence.start, evidence.end) == NOWHERE
        return cued and any(node.kind in CHOICES for node in nodes)
    return _inside(evidence, text) and says(text[evidence.start : evidence.end], value)


def _inside(evidence: Evidence, text: str) -> bool:
    return 0 <= evidence.start <= evidence.end <= len(text)


def says(span: str, value: Json) -> bool:
    """Tell whether a piece of text says a value: equal as a string, or equal when read as a number."""
    if isinstance(value, str):
        return span == value
    if isinstance(value, bool):
        return span.casefold() == str(value).casefold()
    if not isinstance(value, (int, float)):
        return False
    return NUMERAL.fullmatch(span) is not None and read(span) == value


def nodes_at(pointer: str, root: Node) -> list[Node]:
    """Return what the schema may ask for at a place, alternatives included."""
    nodes = [root]
    for name in tokens(pointer):
        nodes = [child for node in _flat(nodes) for child in _children(node, name)]
    return list(_flat(nodes))


def _flat(nodes: Sequence[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _flat(node.options)


def _children(node: Node, part: str) -> Iterator[Node]:
    if node.item is not None:
        yield node.item
    yield from (child for child in node.properties if child.name == part)
