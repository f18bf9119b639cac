"""Schemas from files, folders and dicts: checked, compiled, fingerprinted."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Final, NoReturn

from agent.message import Json
from agent.schemas.checks import check_document
from agent.schemas.complexity import complexity as measure
from agent.schemas.errors import SchemaError
from agent.schemas.limits import MAX_DOCUMENT_BYTES
from agent.schemas.refs import collect
from agent.schemas.schema import Complexity, Schema
from agent.schemas.tree import TreeBuilder

SUFFIX: Final = ".schema.json"
_VERSION: Final = re.compile(r"v?\d+(\.\d+)*")
_JSON_REMEDY: Final = "Correct the file; any JSON editor shows the place"


def compile_schema(
    document: dict[str, Json], *, name: str = "", complexity: Complexity | None = None
) -> Schema:
    """Return the compiled schema, or raise :class:`SchemaError`.

    ``complexity`` overrides the measured level, for benchmarks that state their own.
    """
    check_document(document)
    root = TreeBuilder(collect(document)).root(document)
    return Schema(
        name=name or _name(document),
        version=version_of(document),
        document=document,
        fingerprint=fingerprint(document),
        complexity=complexity or measure(root),
        root=root,
        converts=any(node.conversion is not None for node in root.walk()),
    )


def load_schema(path: Path) -> Schema:
    """Return the schema of one file, named after it; errors name the file."""
    try:
        return compile_schema(read_document(path), name=path.name.removesuffix(SUFFIX).removesuffix(".json"))
    except SchemaError as error:
        raise error.within(str(path)) from error


def load_folder(folder: Path) -> dict[str, Schema]:
    """Return every ``*.schema.json`` of ``folder`` by name; one error reports all faulty files."""
    if not folder.is_dir():
        raise SchemaError("schemas missing", where=str(folder), why="no such folder", remedy="Check the path")
    loaded: dict[str, Schema] = {}
    faults: list[SchemaError] = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            loaded[path.name.removesuffix(SUFFIX)] = load_schema(path)
        except SchemaError as error:
            faults.append(error)
    if faults:
        raise _sum(folder, tuple(faults))
    return loaded


def _sum(folder: Path, faults: tuple[SchemaError, ...]) -> SchemaError:
    if len(faults) == 1:
        return faults[0]
    return SchemaError(
        f"{len(faults)} schemas refused",
        where=str(folder),
        why="; ".join(str(fault) for fault in faults),
        remedy="Correct each",
        causes=faults,
    )


def read_document(path: Path) -> dict[str, Json]:
    """Return the JSON object in ``path``; a key written twice or a NaN is an error, not a surprise."""
    try:
        with path.open("rb") as opened:
            raw = opened.read(MAX_DOCUMENT_BYTES + 1)
    except OSError as error:
        why = error.strerror or str(error)
        raise SchemaError(
            "schema unreadable", where=str(path), why=why, remedy="Check path and rights"
        ) from error
    try:
        return parse_document(raw)
    except SchemaError as error:
        raise error.within(str(path)) from error


def parse_document(raw: bytes) -> dict[str, Json]:
    """Return the JSON object in ``raw``."""
    if len(raw) > MAX_DOCUMENT_BYTES:
        why = f"it has more than {MAX_DOCUMENT_BYTES} bytes"
        raise SchemaError("schema too large", where="", why=why, remedy="Split it into several schemas")
    try:
        document = json.loads(raw, object_pairs_hook=_unique, parse_constant=_no_constant)
    except RecursionError as error:
        raise SchemaError(
            "schema malformed", where="", why="nested too deeply", remedy="Write fewer levels"
        ) from error
    except ValueError as error:
        raise SchemaError(
            "schema malformed", where="", why=f"not JSON: {error}", remedy=_JSON_REMEDY
        ) from error
    if not isinstance(document, dict):
        raise SchemaError("schema malformed", where="#", why="not a JSON object", remedy="Write an object")
    return document


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    keys = dict(pairs)
    if len(keys) == len(pairs):
        return keys
    seen: set[str] = set()
    twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    message = f"key {twice!r} is written twice"
    raise ValueError(message)


def _no_constant(literal: str) -> NoReturn:
    message = f"{literal} is no JSON number"
    raise ValueError(message)


def fingerprint(document: dict[str, Json]) -> str:
    """Return the SHA-256, hex, of the compact JSON of ``document``, keys in their order."""
    compact = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(compact.encode("utf-8", "surrogatepass")).hexdigest()


def version_of(document: dict[str, Json]) -> str:
    """Return the last part of ``$id`` that looks like a version, else the empty string."""
    parts = _id_parts(document)
    return next((part.removeprefix("v") for part in reversed(parts) if _VERSION.fullmatch(part)), "")


def _name(document: dict[str, Json]) -> str:
    """Return a name for a schema without a file: from ``$id``, else from the title."""
    parts = [part for part in _id_parts(document) if part and not _VERSION.fullmatch(part)]
    title = document.get("title")
    name = parts[-1] if parts else title if isinstance(title, str) else ""
    return (
        re.sub(r"\W+", "_", name.removesuffix(SUFFIX).removesuffix(".json")).strip("_").lower() or "unnamed"
    )


def _id_parts(document: dict[str, Json]) -> list[str]:
    identifier = document.get("$id")
    return re.split(r"[/:#]", identifier) if isinstance(identifier, str) else []
