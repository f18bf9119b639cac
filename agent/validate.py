"""Validation: does a value keep its schema? Pure; the verdict that decoding and publishing agree on.

``jsonschema`` decides. What keeps its schema for certain (`agent.schemas.sure`) is not even shown to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import jsonschema

from agent.json_pointer import escape
from agent.message import Json
from agent.schemas import Schema
from agent.schemas.checks import DRAFT_2020_12, dialect
from agent.schemas.sure import Check, sure

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

MAX_VIOLATIONS: Final = 20
"""Violations reported for one value; a wrong one rarely needs more to be understood."""

MAX_MESSAGE_CHARS: Final = 300
"""Characters of one violation's message; jsonschema quotes the value, which may be a whole text."""

_VALIDATORS_KEPT: Final = 256
"""Compiled validators kept, one per schema and way of reading formats."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One way in which a value breaks its schema."""

    pointer: str
    """JSON pointer of the offending place in the value; the empty string is the whole value."""
    keyword: str
    """Keyword that it breaks."""
    message: str
    """What is wrong, in a sentence."""


def validate(value: Json, schema: Schema, *, assert_formats: bool = False) -> tuple[Violation, ...]:
    """Return what ``value`` breaks of ``schema``, in the order found; empty when it is valid.

    ``format`` is an annotation unless ``assert_formats`` is set.
    """
    key = _Key(schema)
    if not assert_formats and _sure(key)(value):
        return ()
    found: list[Violation] = []
    for error in _compiled(key, assert_formats).iter_errors(value):
        found.append(_violation(error))
        if len(found) == MAX_VIOLATIONS:
            break
    return tuple(found)


class _Key:
    """A schema, hashed by its fingerprint, so that the cache outlives reloads of the same file."""

    __slots__ = ("schema",)

    def __init__(self, schema: Schema) -> None:
        self.schema = schema

    def __hash__(self) -> int:
        return hash(self.schema.fingerprint)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.schema.fingerprint == self.schema.fingerprint


@lru_cache(maxsize=_VALIDATORS_KEPT)
def _sure(key: _Key) -> Check:
    return sure(key.schema.document)


@lru_cache(maxsize=_VALIDATORS_KEPT)
def _compiled(key: _Key, assert_formats: bool) -> Validator:  # noqa: FBT001 - lru_cache keys by position
    document = key.schema.document
    recent = dialect(document) == DRAFT_2020_12
    cls = jsonschema.Draft202012Validator if recent else jsonschema.Draft7Validator
    return cls(document, format_checker=cls.FORMAT_CHECKER if assert_formats else None)


def _violation(error: jsonschema.ValidationError) -> Violation:
    pointer = "".join(f"/{escape(str(token))}" for token in error.absolute_path)
    message = error.message
    if len(message) > MAX_MESSAGE_CHARS:
        message = f"{message[:MAX_MESSAGE_CHARS]}…"
    return Violation(pointer, str(error.validator), message)
