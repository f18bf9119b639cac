"""Hides what must not be kept: in texts and values as stored, not as extracted or published. Pure.

A character is hidden by another one, so that offsets of evidence stay what they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from agent.json_pointer import tokens
from agent.message import Attempt, Evidence, Json, RawMessage, Record

COVER = "█"
"""U+2588: stands for each hidden character, and is part of no word and no number."""
HIDDEN = COVER * 3
"""Stands for a hidden value, whatever its type was."""
ANY = "*"
"""A token of a pointer that any member or item fits."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A text as it is kept."""

    text: str
    count: int
    """Characters that were hidden."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """What to hide: matches of patterns, and the values at pointers with the places that they come from."""

    patterns: tuple[re.Pattern[str], ...] = ()
    fields: tuple[tuple[str, ...], ...] = ()

    @property
    def is_on(self) -> bool:
        """Tell whether anything is to be hidden."""
        return bool(self.patterns or self.fields)

    def of_text(self, text: str) -> Kept:
        """Hide what the patterns match."""
        return covered(text, self._matches(text))

    def of_words(self, words: str) -> str:
        """Hide matches in a sentence about a text, which may quote it."""
        return self.of_text(words).text

    def of_trail(self, trail: Sequence[Attempt]) -> tuple[Attempt, ...]:
        """Hide matches in what is said of tries."""
        return tuple(replace(one, detail=self.of_words(one.detail)) for one in trail)

    def of_record(self, text: str, record: Record) -> tuple[Kept, Record]:
        """Hide matches and fields in a text, and in the record the values that come from there."""
        if not self.is_on:
            return Kept(text, 0), record
        candidate = record.candidate
        spans = [*self._matches(text), *self._places(text, candidate.evidence)]
        kept = covered(text, spans)
        gone = [one.pointer for one in candidate.evidence if self._is_gone(one, text, kept.text)]
        value = without(candidate.value, {tuple(tokens(one)) for one in gone}, self.of_words)
        return kept, replace(record, candidate=replace(candidate, value=value))

    def of_arrival(self, message: RawMessage) -> RawMessage:
        """Hide matches in a message that is rejected as it comes in; bytes that are no text are not kept."""
        if message.reason is None or not self.is_on:
            return message
        detail = self.of_words(message.detail)
        if message.text is None:
            return replace(message, raw=None, detail=detail)
        kept = self.of_text(message.text)
        return replace(message, text=kept.text, redacted=kept.count, raw=None, detail=detail)

    def _matches(self, text: str) -> Iterator[tuple[int, int]]:
        for pattern in self.patterns:
            yield from (match.span() for match in pattern.finditer(text))

    def _places(self, text: str, evidence: Iterable[Evidence]) -> Iterator[tuple[int, int]]:
        """Yield where the values of hidden fields come from, and where else the same words stand."""
        for one in evidence:
            if one.start >= 0 and self._is_field(one.pointer):
                yield one.start, one.end
                yield from repeats(text, text[one.start : one.end])

    def _is_field(self, pointer: str) -> bool:
        path = tokens(pointer)
        return any(fits(path, field) for field in self.fields)

    def _is_gone(self, one: Evidence, text: str, kept: str) -> bool:
        """Tell whether a value is hidden: its field is, or a character that it comes from."""
        span = slice(max(one.start, 0), max(one.end, 0))
        return self._is_field(one.pointer) or text[span] != kept[span]


NOTHING = Redaction()
"""Nothing is hidden."""


def redaction(patterns: Iterable[str], fields: Iterable[str]) -> Redaction:
    """Return the rules for regular expressions and JSON pointers; `*` in a pointer stands for any member."""
    compiled = tuple(re.compile(pattern) for pattern in patterns)
    return Redaction(compiled, tuple(tuple(tokens(field)) for field in fields))


def covered(text: str, spans: Iterable[tuple[int, int]]) -> Kept:
    """Cover the characters of spans, which may overlap."""
    hidden = bytearray(len(text))
    for start, end in spans:
        hidden[start:end] = b"\x01" * (min(end, len(text)) - start)
    count = sum(hidden)
    if not count:
        return Kept(text, 0)
    return Kept("".join(COVER if gone else one for one, gone in zip(text, hidden, strict=True)), count)


def repeats(text: str, words: str) -> Iterator[tuple[int, int]]:
    """Yield where the same words stand as words of their own."""
    if words.strip():
        yield from (match.span() for match in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", text))


def fits(path: Sequence[str], field: Sequence[str]) -> bool:
    """Tell whether a place is a field, or below it."""
    return len(path) >= len(field) and all(
        want in (ANY, have) for want, have in zip(field, path, strict=False)
    )


def without(
    value: Json, gone: set[tuple[str, ...]], hide: Callable[[str], str], at: tuple[str, ...] = ()
) -> Json:
    """Return a value in which the leaves at some places are hidden, and matches in all strings."""
    if at in gone:
        return HIDDEN
    if isinstance(value, dict):
        return {name: without(one, gone, hide, (*at, name)) for name, one in value.items()}
    if isinstance(value, list):
        return [without(one, gone, hide, (*at, str(index))) for index, one in enumerate(value)]
    return hide(value) if isinstance(value, str) else value
