"""The values that travel, frozen, in the order of a message's life."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"


class Refusal(StrEnum):
    """Why an extractor made no value of a text."""

    NOT_THIS_SCHEMA = "not_this_schema"
    """The text is of another kind than the schema describes."""
    MISSING_REQUIRED = "missing_required"
    """A required field has no candidate in the text."""
    TEXT_TOO_LONG = "text_too_long"
    """The text does not fit the model's context; it is never cut silently."""
    SCHEMA_TOO_LARGE = "schema_too_large"
    """The schema has more fields than the model can be asked for at once."""
    EMPTY_TEXT = "empty_text"
    """The text has no visible character."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where one leaf of a value comes from."""

    pointer: str
    """JSON pointer (RFC 6901) of the leaf in the value."""
    start: int
    """Offset of the first character in the raw text; -1 where no span cues the leaf."""
    end: int
    """Offset behind the last character; -1 where no span cues the leaf."""
    confidence: float
    """Probability, 0 to 1, that the extractor gives to this leaf."""
    inferred: bool = False
    """True where the leaf is not a copy of the span (an enum or boolean cued by it, or by nothing)."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What one tier made of one text, before validation."""

    value: Json
    """The object; None where the tier refused."""
    evidence: tuple[Evidence, ...]
    """One entry per string, number, boolean or enum leaf, in document order."""
    confidence: float
    """Probability, 0 to 1, that the whole value is right; of a refusal, that refusing is right."""
    tier: str
    """Name of the tier that made it."""
    model: str
    """SHA-256 of the model file that made it, hex; empty for tiers without one."""
    refusal: Refusal | None = None
    """Why there is no value; None where there is one."""
    detail: str = ""
    """The refusal in a sentence, naming the field or the limit."""
    tokens: int = 0
    """Tokens that the model read and wrote for this text."""
    timings: dict[str, float] = field(default_factory=dict)
    """Seconds by step."""
