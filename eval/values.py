"""JSON values compared and taken apart, as scoring needs them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from agent.conversion import Conversion
from agent.json_pointer import below
from agent.message import Json
from agent.schemas import Kind, Node


@dataclass(frozen=True, slots=True)
class Leaf:
    """One scalar of a value."""

    pointer: str
    """JSON pointer (RFC 6901)."""
    value: Json
    chosen: bool
    """The schema lists it (enum, const), or it is a boolean or null: a choice, not a copy of text."""
    conversion: Conversion | None = None
    """How it is written in the text, where its schema declares that."""


def equal(one: Json, two: Json) -> bool:
    """Tell whether two values are the same JSON: numbers by value (1 == 1.0), all else exactly."""
    if isinstance(one, dict) and isinstance(two, dict):
        return one.keys() == two.keys() and all(equal(one[key], two[key]) for key in one)
    if isinstance(one, list) and isinstance(two, list):
        return len(one) == len(two) and all(map(equal, one, two))
    if _is_number(one) and _is_number(two):
        return one == two
    return type(one) is type(two) and one == two


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def leaves(value: Json, node: Node | None, pointer: str = "") -> Iterator[Leaf]:
    """Yield the scalars of ``value`` in its order; ``node`` is the schema at this place, where it has one.

    Empty objects and arrays hold no leaf.
    """
    node = _settled(value, node)
    if isinstance(value, dict):
        for key, child in value.items():
            yield from leaves(child, _property(node, key), below(pointer, key))
    elif isinstance(value, list):
        item = node.item if node and node.kind is Kind.ARRAY else None
        for index, child in enumerate(value):
            yield from leaves(child, item, below(pointer, index))
    else:
        listed = node is not None and node.kind in {Kind.ENUM, Kind.CONST}
        chosen = listed or value is None or isinstance(value, bool)
        yield Leaf(pointer, value, chosen, node.conversion if node else None)


def _settled(value: Json, node: Node | None) -> Node | None:
    """Return the alternative of a union that ``value`` is of; the node itself otherwise."""
    if node is None or node.kind is not Kind.UNION:
        return node
    fitting = (option for option in node.options if _fits(value, option))
    return _settled(value, next(fitting, None))


def _fits(value: Json, node: Node) -> bool:
    """Tell whether ``value`` is of the node's kind; constraints are the validator's."""
    if node.kind in {Kind.ENUM, Kind.CONST}:
        return any(equal(value, choice) for choice in node.choices)
    if node.kind is Kind.UNION:
        return any(_fits(value, option) for option in node.options)
    kinds: dict[type, set[Kind]] = {
        bool: {Kind.BOOLEAN},
        dict: {Kind.OBJECT, Kind.MAP},
        float: {Kind.NUMBER, Kind.INTEGER},
        int: {Kind.NUMBER, Kind.INTEGER},
        list: {Kind.ARRAY},
        str: {Kind.STRING},
    }
    return node.kind in kinds.get(type(value), set())


def _property(node: Node | None, key: str) -> Node | None:
    if node is None:
        return None
    if node.kind is Kind.MAP:
        return node.item
    return next((child for child in node.properties if child.name == key), None)
