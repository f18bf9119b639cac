"""Groundedness, recomputed from text, value and evidence alone: the agent's own word counts for nothing."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Final

from agent.conversion import Reading, proves
from agent.message import Evidence, Json
from agent.schemas import Node
from eval.values import Leaf, leaves

_NUMERAL: Final = re.compile(r"[-+\u2212]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")
_THOUSANDS: Final = re.compile(r"[-+\u2212]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")


def is_grounded(text: str, value: Json, evidence: Iterable[Evidence], node: Node) -> bool:
    """Tell whether every string and number of ``value`` is what stands at the span given for it.

    Booleans, enum values and constants are choices: they need no span, but one that is given must lie
    in the text.
    """
    return not any(True for _ in ungrounded(text, value, evidence, node))


def ungrounded(text: str, value: Json, evidence: Iterable[Evidence], node: Node) -> Iterator[Leaf]:
    """Yield the leaves whose span does not say them."""
    spans = {one.pointer: (one.start, one.end) for one in evidence}
    for leaf in leaves(value, node):
        span = spans.get(leaf.pointer)
        if leaf.chosen:
            if span is not None and span != (-1, -1) and not _inside(span, text):
                yield leaf
        elif span is None or not _inside(span, text) or not _is_said(text, span, leaf):
            yield leaf


def _inside(span: tuple[int, int], text: str) -> bool:
    return 0 <= span[0] <= span[1] <= len(text)


def _is_said(text: str, span: tuple[int, int], leaf: Leaf) -> bool:
    """Tell whether a span says a leaf, as its schema declares that it is written."""
    if leaf.conversion is not None:
        return proves(leaf.conversion, leaf.value, Reading(text, *span))
    return _says(text[span[0] : span[1]], leaf.value)


def _says(written: str, value: Json) -> bool:
    """Tell whether the characters ``written`` say ``value``: verbatim, or as a numeral."""
    if isinstance(value, str):
        return written == value
    return exactly(value) in read_numeral(written)


def exactly(value: Json) -> Decimal | None:
    """Return the number that JSON writes for ``value``, every digit of it; None where it is no number."""
    if isinstance(value, float):
        return Decimal(repr(value))
    return Decimal(value) if isinstance(value, int) else None


def read_numeral(written: str) -> set[Decimal]:
    """Return what a numeral may say; commas are read as thousands separators only.

    That is the number itself, every digit of it, and where it has a fraction the double nearest to it.
    """
    if _THOUSANDS.fullmatch(written):
        written = written.replace(",", "")
    if not _NUMERAL.fullmatch(written):
        return set()
    written = written.replace("\u2212", "-")
    try:
        return {Decimal(written), *_nearest(float(written))}
    except InvalidOperation:  # an exponent of twenty digits
        return set()


def _nearest(double: float) -> Iterator[Decimal]:
    """Yield a double that has a fraction: no other number can be published for more digits than it holds."""
    if math.isfinite(double) and not double.is_integer():
        yield Decimal(repr(double))


def unreachable(text: str, expected: Json, node: Node) -> Iterator[Leaf]:
    """Yield the leaves that no grounded answer can hold, for they stand nowhere in the text."""
    numbers = _all_numbers(text)
    for leaf in leaves(expected, node):
        if leaf.chosen:
            continue
        there = leaf.value in text if isinstance(leaf.value, str) else exactly(leaf.value) in numbers
        if not there:
            yield leaf


def _all_numbers(text: str) -> set[Decimal]:
    """Return every number that a numeral of ``text`` says: with and without sign, whole and in part."""
    found: set[Decimal] = set()
    for form in (_NUMERAL, _THOUSANDS, re.compile(r"\d+(?:\.\d+)?"), re.compile(r"[-\u2212]?\d+")):
        for match in form.finditer(text):
            found |= read_numeral(match.group())
    return found
