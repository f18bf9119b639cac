"""How much a schema asks for: one function for routing and scoring."""

from __future__ import annotations

from typing import Final

from agent.schemas.node import LEAVES, Kind, Node
from agent.schemas.schema import Complexity

SIMPLE_LEAVES: Final = 4
"""Most leaf fields of a simple schema."""

COMPLEX_LEAVES: Final = 9
"""Fewest leaf fields that make a schema complex whatever its shape."""

COMPLEX_DEPTH: Final = 3
"""Levels of named fields that make a schema complex whatever its size; a flat object has one."""


def complexity(root: Node) -> Complexity:
    """Return the level of the tree under ``root``."""
    leaves, depth = leaf_fields(root), levels(root)
    if leaves >= COMPLEX_LEAVES or depth >= COMPLEX_DEPTH:
        return Complexity.COMPLEX
    return Complexity.SIMPLE if leaves <= SIMPLE_LEAVES and depth <= 1 else Complexity.MEDIUM


def leaf_fields(node: Node) -> int:
    """Count the values asked for: a union or free-form object counts once, an array as its item."""
    if node.kind in LEAVES or node.kind in {Kind.UNION, Kind.MAP}:
        return 1
    if node.kind is Kind.ARRAY and node.item:
        return leaf_fields(node.item)
    return sum(leaf_fields(child) for child in node.properties)


def levels(node: Node) -> int:
    """Count levels of nesting: each object, free-form object and array of scalars is one."""
    below = (*node.properties, *((node.item,) if node.item else ()), *node.options)
    of_scalars = node.kind is Kind.ARRAY and node.item is not None and node.item.kind in LEAVES
    own = 1 if of_scalars or node.kind in {Kind.OBJECT, Kind.MAP} else 0
    return own + max((levels(child) for child in below), default=0)
