"""The floor: a matcher of ``Label: value`` lines to field names, with no model at all.

A model that does not beat it has learned nothing that labels and indentation do not say already.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from agent.extract import Job
from agent.json_pointer import below
from agent.message import Candidate, Evidence, Json, Refusal
from agent.schemas import NUMERIC, Kind, Node

_LINE: Final = re.compile(
    r"(?P<indent>[ \t]*)(?:[-*] +)?(?P<whole>(?:(?P<label>[^:\n]+):)?[ \t]*(?P<value>.*?))\s*$"
)
_NUMBER: Final = re.compile(r"[-+]?\d+(?:\.\d+)?")
_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_BOOLEANS: Final = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


@dataclass(slots=True)
class Line:
    """A line of the text and the deeper lines below it."""

    label: str
    """Its words before the colon, or all of them where it has none, lower case."""
    text: str
    """The value behind the colon, or the whole line."""
    start: int
    """Offset of ``text`` in the raw text."""
    below: list[Line] = field(default_factory=list)


class FloorExtractor:
    """The matcher as an extractor."""

    tier = "floor"

    def extract(self, jobs: Sequence[Job], /) -> list[Candidate]:
        """Return one candidate per job, in order."""
        return [_extract(job) for job in jobs]


def _extract(job: Job) -> Candidate:
    evidence: list[Evidence] = []
    value = _object(job.schema.root, outline(job.text), "", evidence)
    if not value or any(child.required and child.name not in value for child in job.schema.root.properties):
        return Candidate(None, (), 1.0, "floor", "", Refusal.MISSING_REQUIRED, "no line has its label")
    return Candidate(value, tuple(evidence), 1.0, "floor", "")


def outline(text: str) -> list[Line]:
    """Return the lines of ``text`` as a tree by indentation."""
    top: list[Line] = []
    open_: list[tuple[int, list[Line]]] = [(-1, top)]
    offset = 0
    for raw in text.split("\n"):
        match = _LINE.match(raw)
        if raw.strip() and match:
            part = "value" if match["label"] else "whole"
            line = Line(words(match["label"] or match["whole"]), match[part], offset + match.start(part))
            while open_[-1][0] >= len(match["indent"]):
                open_.pop()
            open_[-1][1].append(line)
            open_.append((len(match["indent"]), line.below))
        offset += len(raw) + 1
    return top


def words(name: str) -> str:
    """Return the words of a label or field name: ``sensorId``, ``Sensor Id`` and ``sensor_id`` are one."""
    return " ".join(_WORD.findall(name)).lower()


def _value(node: Node, line: Line, pointer: str, evidence: list[Evidence]) -> Json:
    """Return what ``line`` says of ``node``; None where it says nothing."""
    if node.kind is Kind.OBJECT:
        return _object(node, line.below, pointer, evidence) or None
    if node.kind is Kind.ARRAY and node.item:
        return _array(node.item, line, pointer, evidence) or None
    return _leaf(node, line, pointer, evidence)


def _object(node: Node, lines: list[Line], pointer: str, evidence: list[Evidence]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for child in node.properties:
        line = next((one for one in _shallow_first(lines) if one.label == words(child.name)), None)
        value = _value(child, line, below(pointer, child.name), evidence) if line else None
        if value is not None:
            found[child.name] = value
    return found


def _shallow_first(lines: list[Line]) -> Iterator[Line]:
    """Yield ``lines``, then those below: aligned reports indent without meaning to nest."""
    level = lines
    while level:
        yield from level
        level = [line for one in level for line in one.below]


def _array(item: Node, line: Line, pointer: str, evidence: list[Evidence]) -> list[Json]:
    """Return the lines below as items; an object begins anew where its first label comes again."""
    if item.kind is not Kind.OBJECT:
        values = (_value(item, one, below(pointer, i), evidence) for i, one in enumerate(line.below))
        return [value for value in values if value is not None]
    groups: list[list[Line]] = []
    first = words(item.properties[0].name)
    for one in line.below:
        if not groups or one.label == first or any(one.label == held.label for held in groups[-1]):
            groups.append([])
        groups[-1].append(one)
    return [_object(item, group, below(pointer, i), evidence) for i, group in enumerate(groups)]


def _leaf(node: Node, line: Line, pointer: str, evidence: list[Evidence]) -> Json:
    value, end = _read(node, line.text)
    if value is not None:
        evidence.append(
            Evidence(pointer, line.start, line.start + end, 1.0, inferred=isinstance(value, bool))
        )
    return value


def _read(node: Node, text: str) -> tuple[Json, int]:
    """Return the value that ``text`` begins with, and how many characters it took."""
    if node.kind in NUMERIC:
        match = _NUMBER.match(text)
        return (float(match[0]) if "." in match[0] else int(match[0]), match.end()) if match else (None, 0)
    if node.kind is Kind.BOOLEAN:
        return _BOOLEANS.get(text.lower()), len(text)
    if node.kind in {Kind.ENUM, Kind.CONST}:
        return next((one for one in node.choices if str(one).lower() == text.lower()), None), len(text)
    return text or None, len(text)
