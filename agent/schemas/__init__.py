"""Schemas: loaded, checked keyword by keyword, compiled to a tree of fields, fingerprinted."""

from __future__ import annotations

from agent.schemas.errors import SchemaError
from agent.schemas.load import compile_schema, load_folder, load_schema
from agent.schemas.node import LEAVES, Kind, Node
from agent.schemas.schema import Complexity, Schema

__all__ = [
    "LEAVES",
    "Complexity",
    "Kind",
    "Node",
    "Schema",
    "SchemaError",
    "compile_schema",
    "load_folder",
    "load_schema",
]
