"""Schemas: loaded, checked keyword by keyword, compiled to a tree of fields, fingerprinted."""

from __future__ import annotations

from agent.schemas.bundled import bundled_folder, bundled_schemas
from agent.schemas.errors import SchemaError
from agent.schemas.examples import Example, examples_path, load_examples
from agent.schemas.load import compile_schema, load_folder, load_schema
from agent.schemas.node import LEAVES, NUMERIC, Kind, Node, nodes_at
from agent.schemas.schema import Complexity, Schema
from agent.schemas.verdict import KeywordVerdict, Verdict, verdicts

__all__ = [
    "LEAVES",
    "NUMERIC",
    "Complexity",
    "Example",
    "KeywordVerdict",
    "Kind",
    "Node",
    "Schema",
    "SchemaError",
    "Verdict",
    "bundled_folder",
    "bundled_schemas",
    "compile_schema",
    "examples_path",
    "load_examples",
    "load_folder",
    "load_schema",
    "nodes_at",
    "verdicts",
]
