"""From a finished answer to a value with evidence: for each leaf its place, and how sure the model was.

A causal model writes tokens, not places. All places whose characters are the tokens that it wrote remain in
question, and where a value stands once, that is all. Of several, the order of preference is:

1. a numeral of its own before a part of a longer one (``4`` before the ``4`` of ``81.4``);
2. a place that no other leaf has taken;
3. the nearest behind its label: the words of the property's name or its title, in any case and with any
punctuation
   between them; where they stand nowhere together, any of them that has three letters;
4. behind the leaf before it of the same object;
5. the first.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from agent.extract.answer import Leaf, leaves, parse
from agent.extract.source import Source, Span
from agent.extract.walk import Decision
from agent.message import Evidence, Json
from agent.schemas import Kind, Node

NOWHERE: Span = (-1, -1)
MIN_WORD_CHARS = 3
"""Letters of a word that is a label by itself."""
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A value with its evidence."""

    value: Json
    evidence: tuple[Evidence, ...]


def decode(answer: bytes, decisions: Iterable[Decision], root: Node, source: Source) -> Decoded:
    """Return what an answer says and where that stands.

    Raises:
        Declined: an array or map is longer than its limit.
    """
    written = answer.decode()
    whole = parse(written)
    placer = _Placer(source)
    made = []
    chances = _Chances(decisions)
    for leaf in leaves(whole, root):
        chance = chances.up_to(len(written[: leaf.part.end].encode()))
        if leaf.node.kind is not Kind.CONST:
            (start, end), inferred = placer.place(leaf)
            made.append(Evidence(leaf.pointer, start, end, chance, inferred=inferred))
    return Decoded(whole.value, tuple(made))


class _Chances:
    """Deals the decisions out to the leaves: each leaf has those made since the one before it ended.

    So the choice of an optional key counts for the value behind it, and the choice to end a value counts for
    it.
    """

    def __init__(self, decisions: Iterable[Decision]) -> None:
        made = list(decisions)
        self._offsets = [decision.offset for decision in made]
        self._chances = [decision.chance for decision in made]
        self._dealt = 0

    def up_to(self, end: int) -> float:
        """Return the probability of the decisions before a byte of the answer that were not dealt out yet."""
        until = bisect_right(self._offsets, end - 1)
        mine = self._chances[self._dealt : until]
        self._dealt = max(until, self._dealt)
        return math.exp(sum(mine))


@dataclass(slots=True)
class _Placer:
    """Gives each leaf its place; remembers which are taken."""

    source: Source
    _taken: list[Span] = field(default_factory=list)
    _floors: dict[str, int] = field(default_factory=dict)
    """Where the last leaf of each object ended."""
    _labels: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def place(self, leaf: Leaf) -> tuple[Span, bool]:
        """Return the place of a leaf, and whether the leaf is something else than a copy of it."""
        found = list(self._candidates(leaf))
        if not found:
            return NOWHERE, True
        best = min(found, key=lambda span: self._cost(span, leaf))
        self._taken.append(best)
        self._floors[leaf.scope] = best[1]
        return best, leaf.node.kind in {Kind.ENUM, Kind.BOOLEAN} and not self._copied(leaf, best)

    def _candidates(self, leaf: Leaf) -> Iterable[Span]:
        value, kind = leaf.part.value, leaf.node.kind
        if leaf.node.conversion is not None:
            return self.source.declared(leaf.node.conversion).get(leaf.part.literal, ())
        if kind in {Kind.ENUM, Kind.BOOLEAN}:
            return _words(str(value), self.source.text)
        if isinstance(value, str):
            return self.source.places(value)
        numbers = self.source.integers if kind is Kind.INTEGER else self.source.numbers
        return numbers.get(leaf.part.literal, ()) or self.source.integers.get(leaf.part.literal, ())

    def _copied(self, leaf: Leaf, span: Span) -> bool:
        return self.source.text[span[0] : span[1]] == str(leaf.part.value)

    def _cost(self, span: Span, leaf: Leaf) -> tuple[bool, bool, float, bool, int]:
        start, end = span
        taken = any(start < other[1] and other[0] < end for other in self._taken)
        ends = self._label_ends(leaf)
        behind = bisect_right(ends, start)
        distance = start - ends[behind - 1] if behind else math.inf
        return span in self.source.inner, taken, distance, start < self._floors.get(leaf.scope, 0), start

    def _label_ends(self, leaf: Leaf) -> list[int]:
        """Return where the labels of a leaf end in the text, in order."""
        key = (leaf.label, leaf.title)
        if key not in self._labels:
            phrases = [_WORD.findall(name) for name in key]
            words = [[word] for phrase in phrases for word in phrase if len(word) >= MIN_WORD_CHARS]
            self._labels[key] = _ends(phrases, self.source.text) or _ends(words, self.source.text)
        return self._labels[key]


def _ends(phrases: Iterable[list[str]], text: str) -> list[int]:
    """Return where any of some phrases ends in a text, in order."""
    patterns = {r"[\W_]*".join(map(re.escape, phrase)) for phrase in phrases if phrase}
    if not patterns:
        return []
    bounded = rf"(?<![^\W\d_])(?:{'|'.join(sorted(patterns, key=len, reverse=True))})(?![^\W\d_])"
    return [match.end() for match in re.finditer(bounded, text, re.IGNORECASE)]


def _words(written: str, text: str) -> Iterator[Span]:
    """Yield where a choice stands as words of its own: in its own case first, then in any."""
    bounded = rf"(?<!\w){re.escape(written)}(?!\w)"
    own = [match.span() for match in re.finditer(bounded, text)]
    yield from own or (match.span() for match in re.finditer(bounded, text, re.IGNORECASE))
