"""What a raw text offers for copying: stretches between its seams, and its numerals as JSON writes them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from agent.conversion import Conversion
from agent.numerals import Numeral, numerals

Span = tuple[int, int]
"""Character offsets ``[start, end)`` into the raw text."""

MAX_LITERAL_CHARS = 310
"""Characters of a number: sign and digits of the largest that JSON programs read."""

_ALONE = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff"
"""Scripts without spaces between words: each letter is a chunk."""
_CHUNK = re.compile(rf"[{_ALONE}]|[^\W\d_{_ALONE}]+|\d+|[ \t\r\n\f\v\u00a0]+|.", re.DOTALL)
_SURROGATES = re.compile("[\ud800-\udfff]+")
_JSON_WHOLE = re.compile(r"-?(?:0|[1-9]\d*)", re.ASCII)
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Source:
    """A raw text, prepared for copying."""

    text: str
    numbers: dict[str, tuple[Span, ...]]
    """Numerals as JSON writes them, each with the places where it stands, first place first."""
    integers: dict[str, tuple[Span, ...]]
    """The same of whole numbers, without fraction or exponent."""
    inner: frozenset[Span]
    """Numerals that are a part of a longer one, as ``4`` in ``81.4``."""
    starts: frozenset[int]
    """Where a copied string may begin: at a chunk."""
    ends: frozenset[int]
    """Where a copied string may end: behind a chunk."""

    def places(self, written: str) -> Iterator[Span]:
        """Yield where a string stands between seams, first place first."""
        place = self.text.find(written)
        while place >= 0 and written:
            if place in self.starts and place + len(written) in self.ends:
                yield place, place + len(written)
            place = self.text.find(written, place + 1)

    def declared(self, conversion: Conversion) -> dict[str, list[Span]]:
        """Return what stands in the text as a schema declares: as the answer writes it, with its places."""
        found: dict[str, list[Span]] = {}
        for start, end in conversion.spans(self.text):
            literal = json.dumps(conversion.raw(self.text[start:end]), ensure_ascii=False)
            found.setdefault(literal, []).append((start, end))
        return found


def prepare(text: str) -> Source:
    """Take a text apart.

    Raises:
        ValueError: it holds a numeral longer than Python reads.
    """
    chunks = [match.span() for match in _CHUNK.finditer(text)]
    found = numerals(text)
    return Source(
        text,
        numbers=_by_literal(found, text, integer=False),
        integers=_by_literal(numerals(text, integer=True), text, integer=True),
        inner=frozenset(_inner(found)),
        starts=frozenset(start for start, _ in chunks),
        ends=frozenset(end for _, end in chunks),
    )


def _inner(found: list[Numeral]) -> Iterator[Span]:
    """Yield the numerals that lie in another; longer ones come first among those that begin together."""
    reach = -1
    for numeral in sorted(found, key=lambda one: (one.start, -one.end)):
        if numeral.end <= reach:
            yield numeral.start, numeral.end
        reach = max(reach, numeral.end)


def stretches(text: str) -> list[list[str]]:
    """Return the chunks of a text as JSON writes them inside quotes.

    There is one list where the text is sound Unicode. Lone surrogates cannot be published, so no string may
    hold one: the text is cut there.
    """
    parts = (part for part in _SURROGATES.split(text) if part)
    return [[quoted(match.group())[1:-1] for match in _CHUNK.finditer(part)] for part in parts]


def quoted(text: str) -> str:
    """Return a string as the answer writes it: escaped only where JSON asks for it."""
    return json.dumps(text, ensure_ascii=False)


def _by_literal(found: list[Numeral], text: str, *, integer: bool) -> dict[str, tuple[Span, ...]]:
    by_literal: dict[str, list[Span]] = {}
    for numeral in found:
        literal = literal_of(text[numeral.start : numeral.end], numeral.value, integer=integer)
        if len(literal) <= MAX_LITERAL_CHARS:
            by_literal.setdefault(literal, []).append((numeral.start, numeral.end))
    return {literal: tuple(places) for literal, places in by_literal.items()}


def literal_of(written: str, value: float, *, integer: bool) -> str:
    """Return how the answer writes a numeral: as it stands where JSON allows that, so that it is a copy."""
    plain = written.replace(",", "").replace("\u2212", "-").removeprefix("+")
    return plain if (_JSON_WHOLE if integer else _JSON_NUMBER).fullmatch(plain) else json.dumps(value)
