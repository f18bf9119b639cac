"""A JSON Schema as a tree of fields: the form that extractors, prompts and scorers walk.

Local references are resolved, titles and units are at hand, and each node knows whether its parent
requires it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from agent.conversion import Conversion
from agent.json_pointer import tokens
from agent.message import Json


class Kind(StrEnum):
    """What a node asks for."""

    OBJECT = "object"
    """Named properties."""
    ARRAY = "array"
    """Any number of one item."""
    MAP = "map"
    """Free-form object: keys from the text, values of one kind (``item``)."""
    STRING = "string"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    ENUM = "enum"
    """One of ``choices``."""
    CONST = "const"
    """The one value in ``choices``; nothing to decide."""
    UNION = "union"
    """One of ``options`` (``anyOf``, ``oneOf``, a list of types beside null)."""


NUMERIC = frozenset({Kind.NUMBER, Kind.INTEGER})
POINTER_CHARS = 200
"""Characters of a pointer up to which it is remembered what stands there."""
PLACES_REMEMBERED = 4096
"""Places of schemas that are remembered: messages ask for the same ones again and again."""
LEAVES = frozenset({Kind.STRING, Kind.NUMBER, Kind.INTEGER, Kind.BOOLEAN, Kind.ENUM, Kind.CONST})


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One place in a schema."""

    kind: Kind
    name: str
    """Property name; the empty string for the root, and for the item of an array or map."""
    required: bool
    """Its parent object requires it. True for the root and for items."""
    nullable: bool = False
    """``null`` is allowed beside the kind."""
    title: str = ""
    description: str = ""
    unit: str = ""
    """UCUM code from ``ucumUnit``."""
    properties: tuple[Node, ...] = ()
    """Children of an OBJECT in schema order."""
    item: Node | None = None
    """The item of an ARRAY, the value of a MAP."""
    choices: tuple[Json, ...] = ()
    """Allowed values of an ENUM or CONST."""
    options: tuple[Node, ...] = ()
    """Alternatives of a UNION."""
    conversion: Conversion | None = None
    """What the schema declares about how the value is written (``x-maaza``); None: as everywhere."""
    fragment: dict[str, Json] = field(default_factory=dict)
    """The schema at this place as written, local references resolved one level."""

    def walk(self) -> Iterator[Node]:
        """Yield this node and all below it, parents first, in schema order."""
        yield self
        for child in (*self.properties, *((self.item,) if self.item else ()), *self.options):
            yield from child.walk()


def is_leaf(node: Node) -> bool:
    """Tell whether a node is one value of the text, not a container or a constant."""
    return node.kind is Kind.UNION or (node.kind in LEAVES and node.kind is not Kind.CONST)


def nodes_at(pointer: str, root: Node) -> tuple[Node, ...]:
    """Return what a schema may ask for at a place of a value, alternatives included."""
    # Keys of a free-form object come from texts: long ones are not remembered.
    return (_remembered if len(pointer) <= POINTER_CHARS else _nodes_at)(pointer, root)


def _nodes_at(pointer: str, root: Node) -> tuple[Node, ...]:
    nodes = [root]
    for name in tokens(pointer):
        nodes = [child for node in _flat(nodes) for child in _children(node, name)]
    return tuple(_flat(nodes))


_remembered = lru_cache(maxsize=PLACES_REMEMBERED)(_nodes_at)


def _flat(nodes: Sequence[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _flat(node.options)


def _children(node: Node, part: str) -> Iterator[Node]:
    if node.item is not None:
        yield node.item
    yield from (child for child in node.properties if child.name == part)
