"""Checks of a whole document before anything walks it: size, depth, dialect, keywords, patterns."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Final

from agent.conversion import KEYWORD
from agent.message import Json
from agent.patterns import is_explosive
from agent.schemas.errors import SchemaError
from agent.schemas.keywords import REFUSED, is_extension
from agent.schemas.limits import (
    MAX_ALL_PATTERN_CHARS,
    MAX_DOCUMENT_DEPTH,
    MAX_DOCUMENT_VALUES,
    MAX_PATTERN_CHARS,
    MAX_PLACES,
)
from agent.schemas.positions import Place, places, step

DRAFT_2020_12: Final = "https://json-schema.org/draft/2020-12/schema"
DRAFT_07: Final = "http://json-schema.org/draft-07/schema"

NEAR: Final = 0.75
"""Share of letters in common from which an extension is taken for a misspelt one of ours."""


def dialect(document: dict[str, Json]) -> str:
    """Return the dialect that ``document`` declares, 2020-12 where it declares none."""
    declared = document.get("$schema", DRAFT_2020_12)
    plain = str(declared).rstrip("#")
    if plain in {DRAFT_2020_12, DRAFT_07, DRAFT_07.replace("http:", "https:")}:
        return DRAFT_2020_12 if plain == DRAFT_2020_12 else DRAFT_07
    raise SchemaError(
        "dialect refused",
        where="#/$schema",
        why=f"{declared!r} is neither draft 2020-12 nor draft-07",
        remedy=f"Write {DRAFT_2020_12!r}, or {DRAFT_07 + '#'!r}",
    )


def check_document(document: dict[str, Json]) -> None:
    """Raise :class:`SchemaError` for the first fault; cheap checks first, to bound the dear ones."""
    check_size(document)
    draft = dialect(document)
    for count, place in enumerate(places(document), 1):
        if count > MAX_PLACES:
            why = f"it has more than {MAX_PLACES} subschemas"
            raise SchemaError("schema too large", where="#", why=why, remedy="Split it into several schemas")
        _check_place(place)
    _check_patterns([found for place in places(document) for found in _patterns(place)])
    _check_metaschema(document, draft)


def check_size(document: dict[str, Json]) -> None:
    """Refuse a document too large or too deep, counting level by level: recursion would be at its mercy."""
    level: list[Json] = [document]
    seen = 0
    for depth in range(MAX_DOCUMENT_DEPTH + 1):
        seen += len(level)
        if seen > MAX_DOCUMENT_VALUES:
            why = f"it holds more than {MAX_DOCUMENT_VALUES} JSON values"
            raise SchemaError("schema too large", where="#", why=why, remedy="Split it into several schemas")
        level = [value for parent in level for value in _values(parent)]
        if not level:
            return
        if depth == MAX_DOCUMENT_DEPTH:
            why = f"its JSON nests more than {MAX_DOCUMENT_DEPTH} levels"
            raise SchemaError("schema too deep", where="#", why=why, remedy="Flatten it")


def _values(parent: Json) -> list[Json]:
    if isinstance(parent, dict):
        return list(parent.values())
    return parent if isinstance(parent, list) else []


def _check_place(place: Place) -> None:
    for keyword, why in REFUSED.items():
        if keyword in place.fragment:
            where = step(place.pointer, keyword)
            raise SchemaError(
                f"{keyword} refused", where=where, why=why, remedy="Write the fields out by name"
            )
    for keyword in place.fragment:
        if (
            is_extension(keyword)
            and keyword != KEYWORD
            and get_close_matches(keyword.lower(), [KEYWORD], cutoff=NEAR)
        ):
            why = "it would be taken for a private annotation and declare nothing"
            raise SchemaError(
                f"{keyword} refused",
                where=step(place.pointer, keyword),
                why=why,
                remedy=f"Did you mean {KEYWORD!r}?",
            )
    if "$id" in place.fragment and place.pointer != "#":
        why = "an inner $id moves the base of every reference below it"
        raise SchemaError("$id refused", where=place.pointer, why=why, remedy="Keep the outermost $id only")


def _check_patterns(patterns: list[tuple[str, str]]) -> None:
    if sum(len(pattern) for _, pattern in patterns) > MAX_ALL_PATTERN_CHARS:
        why = f"all patterns together have more than {MAX_ALL_PATTERN_CHARS} characters"
        raise SchemaError("pattern refused", where="#", why=why, remedy="Shorten them")
    for where, pattern in patterns:
        _check_pattern(pattern, where)


def _patterns(place: Place) -> list[tuple[str, str]]:
    """Return the regular expressions written at ``place``, each with its pointer."""
    found: list[tuple[str, str]] = []
    pattern, named = place.fragment.get("pattern"), place.fragment.get("patternProperties")
    if isinstance(pattern, str):
        found.append((step(place.pointer, "pattern"), pattern))
    if isinstance(named, dict):
        found.extend((step(place.pointer, "patternProperties", key), key) for key in named)
    return found


def _check_pattern(pattern: str, where: str) -> None:
    if len(pattern) > MAX_PATTERN_CHARS:
        why = f"it has more than {MAX_PATTERN_CHARS} characters"
        raise SchemaError("pattern refused", where=where, why=why, remedy="Shorten it")
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        why = f"not a regular expression: {error}"
        raise SchemaError("pattern refused", where=where, why=why, remedy="Correct it") from error
    if is_explosive(pattern):
        why = "a repeat inside a repeat can be read in so many ways that matching may never end"
        raise SchemaError("pattern refused", where=where, why=why, remedy="Write it with one repeat")


def _check_metaschema(document: dict[str, Json], draft: str) -> None:
    """Hold the document against its own dialect: ``type`` names a type, ``required`` is a list, and so on."""
    import jsonschema  # noqa: PLC0415 - slow to import, and commands that load no schema should not pay

    cls = jsonschema.Draft202012Validator if draft == DRAFT_2020_12 else jsonschema.Draft7Validator
    error = next(iter(cls(cls.META_SCHEMA).iter_errors(document)), None)
    if error is None:
        return
    where = step("#", *error.absolute_path)
    raise SchemaError("schema malformed", where=where, why=_short(error.message), remedy=f"See {draft}")


def _short(message: str, most: int = 200) -> str:
    return message if len(message) <= most else f"{message[:most]}…"
