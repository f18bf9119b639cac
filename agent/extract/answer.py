"""A finished answer taken apart: which characters of it are which leaf."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from agent.extract.grammar import ITEM_SEPARATOR, KEY_SEPARATOR, MAX_ITEMS, Declined, flat
from agent.extract.source import Source, quoted
from agent.json_pointer import below
from agent.message import Json, Refusal
from agent.schemas import Kind, Node

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_SCALAR = re.compile(r"[^,\]}]+")


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of an answer."""

    value: Json
    literal: str
    """The answer's characters."""
    end: int
    """Offset behind the last of them in the answer."""
    members: tuple[tuple[str, Part], ...] = ()
    """Of an object: keys and values. Of an array: items, without keys."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar of an answer."""

    pointer: str
    node: Node
    part: Part
    label: str
    """Name under which it stands: its property, the key of a map, or the property of the array around it."""
    title: str
    scope: str
    """Pointer of the object around it: leaves of one scope stand near each other."""


def parse(answer: str) -> Part:
    """Take an answer of the grammar apart; of keys written twice the first counts.

    Raises:
        Declined: an array or map is longer than its limit.
    """
    return _value(answer, 0)


def _value(answer: str, place: int) -> Part:
    if answer[place] == "{":
        return _container(answer, place, "}")
    if answer[place] == "[":
        return _container(answer, place, "]")
    return _scalar(answer, place)


def _scalar(answer: str, place: int) -> Part:
    found = _STRING.match(answer, place) or _SCALAR.match(answer, place)
    literal = found.group() if found else ""
    return Part(json.loads(literal), literal, place + len(literal))


def _container(answer: str, place: int, closing: str) -> Part:
    members: dict[str, Part] = {}
    at = place + 1
    while answer[at] != closing:
        at += len(ITEM_SEPARATOR) if members else 0
        key = str(len(members))
        if closing == "}":
            name = _scalar(answer, at)
            key, at = str(name.value), name.end + len(KEY_SEPARATOR)
        part = _value(answer, at)
        members.setdefault(key, part)
        at = part.end
    if len(members) > MAX_ITEMS:
        raise Declined(Refusal.TEXT_TOO_LONG, f"an array or map has more than {MAX_ITEMS} items")
    value: Json = {key: part.value for key, part in members.items()}
    if closing == "]":
        value = [part.value for part in members.values()]
    return Part(value, answer[place : at + 1], at + 1, tuple(members.items()))


@dataclass(frozen=True, slots=True)
class Around:
    """What a place in an answer inherits."""

    label: str = ""
    title: str = ""
    scope: str = ""


def leaves(part: Part, node: Node, pointer: str = "", around: Around = Around()) -> Iterator[Leaf]:
    """Yield the scalars of an answer in its order, each with its place in the schema; nulls are none."""
    node = settle(node, part.value)
    if isinstance(part.value, dict):
        fields = {child.name: child for child in node.properties}
        for key, member in part.members:
            child = fields.get(key, node.item)
            if child is not None:
                yield from leaves(member, child, below(pointer, key), Around(key, child.title, pointer))
    elif isinstance(part.value, list):
        for key, member in part.members:
            if node.item is not None:
                yield from leaves(member, node.item, below(pointer, key), replace(around, scope=pointer))
    elif part.value is not None:
        yield Leaf(pointer, node, part, around.label, around.title, around.scope)


def write(value: Json, node: Node, source: Source) -> str:
    """Return how the grammar writes a value: properties in schema order, numbers as they stand in the text.

    What the text does not offer is written as JSON; the grammar will not follow there.
    """
    node = settle(node, value)
    if isinstance(value, dict):
        order = [child.name for child in node.properties] or list(value)
        fields = {child.name: child for child in node.properties}
        pairs = (
            quoted(name) + KEY_SEPARATOR + write(value[name], fields.get(name, node.item or node), source)
            for name in order
            if name in value
        )
        return "{" + ITEM_SEPARATOR.join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ITEM_SEPARATOR.join(write(one, node.item or node, source) for one in value) + "]"
    return _copy(value, node, source) or json.dumps(value, ensure_ascii=False)


def _copy(value: Json, node: Node, source: Source) -> str:
    """Return the literal of a numeral that says a number; empty for other kinds."""
    if node.conversion is not None:
        return ""
    literals = {Kind.NUMBER: source.numbers, Kind.INTEGER: source.integers}.get(node.kind, {})
    return next((literal for literal in literals if json.loads(literal) == value), "")


def settle(node: Node, value: Json) -> Node:
    """Return the alternative of a union that a value is of; the node itself where it is none."""
    if node.kind is not Kind.UNION:
        return node
    return next((option for option in flat(node) if _fits(option, value)), node)


def _fits(node: Node, value: Json) -> bool:
    if node.kind in {Kind.ENUM, Kind.CONST}:
        return any(type(choice) is type(value) and choice == value for choice in node.choices)
    if isinstance(value, dict):
        return node.kind is Kind.MAP or (node.kind is Kind.OBJECT and _has(node, value))
    if isinstance(value, list):
        return node.kind is Kind.ARRAY
    if isinstance(value, bool):
        return node.kind is Kind.BOOLEAN
    return node.kind in _TYPES and isinstance(value, _TYPES[node.kind])


def _has(node: Node, value: dict[str, Json]) -> bool:
    """Tell whether an object's keys are those of a node."""
    names = {child.name for child in node.properties}
    return value.keys() <= names and all(child.name in value for child in node.properties if child.required)


_TYPES: dict[Kind, type | tuple[type, ...]] = {
    Kind.INTEGER: int,
    Kind.NUMBER: (int, float),
    Kind.STRING: str,
}
