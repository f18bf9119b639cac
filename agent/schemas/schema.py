"""The compiled schema: what a route names, an extractor fills and the validator checks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from agent.message import Json
from agent.schemas.node import Node


class Complexity(StrEnum):
    """How much a schema asks for; decides the tier that begins, and groups scores."""

    SIMPLE = "simple"
    """Flat, at most 4 leaf fields."""
    MEDIUM = "medium"
    """The rest."""
    COMPLEX = "complex"
    """9 or more leaf fields, or nesting three deep."""


@dataclass(frozen=True, slots=True, eq=False)
class Schema:
    """A compiled schema."""

    name: str
    """File name without ``.schema.json``; unique within a folder."""
    version: str
    """Version from ``$id`` (last path segment that looks like one), else the empty string."""
    document: dict[str, Json]
    """The schema as loaded."""
    fingerprint: str
    """SHA-256, hex, of the compact JSON of the document; keys keep their order, the order of the output."""
    complexity: Complexity
    root: Node
    converts: bool = False
    """Some field declares how it is written (``x-maaza``)."""

    @property
    def id(self) -> str:
        """Return the ``$id``; the empty string where there is none."""
        return str(self.document.get("$id", ""))
