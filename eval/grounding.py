"""Groundedness, recomputed from text, value and evidence alone: the agent's own word counts for nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

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
        elif span is None or not _inside(span, text) or not _says(text[span[0] : span[1]], leaf.value):
            yield leaf


def _inside(span: tuple[int, int], text: str) -> bool:
    return 0 <= span[0] <= span[1] <= len(text)


def _says(written: str, value: Json) -> bool:
    """Tell whether the characters ``written`` say ``value``: verbatim, or as a numeral."""
    if isinstance(value, str):
        return written == value
    return value in read_numeral(written)


def read_numeral(written: str) -> set[float]:
    """Return what a numeral may say; commas are read as thousands separators only."""
    if _THOUSANDS.fullmatch(written):
        written = written.replace(",", "")
    return {float(written.replace("\u2212", "-"))} if _NUMERAL.fullmatch(written) else set()


def unreachable(text: str, expected: Json, node: Node) -> Iterator[Leaf]:
    """Yield the leaves that no grounded answer can hold, for they stand nowhere in the text."""
    numbers = _all_numbers(text)
    for leaf in leaves(expected, node):
        if leaf.chosen:
            continue
        there = leaf.value in text if isinstance(leaf.value, str) else leaf.value in numbers
        if not there:
            yield leaf


def _all_numbers(text: str) -> set[float]:
    """Return every number that a numeral of ``text`` says: with and without sign, whole and in part."""
    found: set[float] = set()
    for form in (_NUMERAL, _THOUSANDS, re.compile(r"\d+(?:\.\d+)?"), re.compile(r"[-\u2212]?\d+")):
        for match in form.finditer(text):
            found |= read_numeral(match.group())
    return found
