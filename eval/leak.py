"""Leak check: is a training text a test text in disguise?

Measure: digits are masked, case is folded, and two texts are compared by the Jaccard similarity of their
word trigrams. Labels are part of the text, so two reports of one kind are always somewhat alike; the
threshold lies above what different reports of one kind reach (0.77 in EdgeJSON) and below a copy with
other numbers (1.0).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

THRESHOLD: Final = 0.8
"""Jaccard similarity from which a training text counts as a test text."""

GRAM: Final = 3
"""Words of a shingle."""

_TOKEN: Final = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Leak:
    """A training text too near a test text."""

    train: int
    """Index of the training text."""
    test: int
    """Index of the nearest test text."""
    similarity: float
    """0 to 1."""


def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """Return the word trigrams of ``text``, digits masked and case folded."""
    tokens = _TOKEN.findall(re.sub(r"\d", "0", text).casefold())
    return frozenset(zip(*(tokens[shift:] for shift in range(GRAM)), strict=False)) or frozenset(
        {tuple(tokens)}
    )


def leaks(train: Sequence[str], test: Sequence[str], *, threshold: float = THRESHOLD) -> Iterator[Leak]:
    """Yield the training texts whose nearest test text is at least ``threshold`` alike."""
    held: dict[tuple[str, ...], list[int]] = defaultdict(list)
    sizes: list[int] = []
    for index, text in enumerate(test):
        grams = shingles(text)
        sizes.append(len(grams))
        for gram in grams:
            held[gram].append(index)
    for index, text in enumerate(train):
        nearest = _nearest(shingles(text), held, sizes)
        if nearest and nearest[1] >= threshold:
            yield Leak(index, nearest[0], round(nearest[1], 4))


def _nearest(
    grams: frozenset[tuple[str, ...]], held: dict[tuple[str, ...], list[int]], sizes: list[int]
) -> tuple[int, float] | None:
    """Return the test text that shares most with ``grams``, and how alike they are."""
    shared: dict[int, int] = defaultdict(int)
    for gram in grams:
        for index in held.get(gram, ()):
            shared[index] += 1
    alike = ((index, count / (len(grams) + sizes[index] - count)) for index, count in shared.items())
    return max(alike, key=lambda pair: pair[1], default=None)
