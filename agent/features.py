"""What a pointing model is told beside the tokens: which words a question mentions, and the layout.

A small model should not spend its capacity on finding equal words or on counting columns; both are exact and
cheap to compute. Each becomes a small learned vector that is added to the token's embedding:

* match: a word of the text that stands in a question's name, description, choices or unit, or abbreviates a
  word of it, carries that question's number;
* layout: line, word and cell numbers within the line, first and last column, case, and whether white space is
  before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from agent.pieces import pieces
from agent.prompt import SchemaPrompt, Slot, choices_of
from agent.schemas.node import Kind
from agent.vocabulary import Token

LAYOUT = {"line": 64, "word": 64, "cell": 64, "first": 128, "last": 128, "case": 6, "gap": 3}
"""Layout features and the number of values of each; 0 is "not of the text", the last value "or more"."""
CELL_MARKS = ";,|\t"
"""Marks that separate cells, in order of preference."""
MAX_SLOTS_OF_WORD = 6
"""A word that more questions mention tells nothing apart."""
NAME, ABOUT, PARENT = 1.0, 0.7, 0.4
"""Weights of a match, by where the question has the word."""
BEGINS, SHORTENS = 0.6, 0.4
"""Weights of a match that is no equality: one word begins the other; one has the other's letters in order."""
SHORTEST = 3
"""Letters that such a word must have."""


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """Sparse matches of words and questions."""

    places: list[int] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    """Slot numbers."""
    weights: list[float] = field(default_factory=list)

    def add(self, place: int, number: int, weight: float) -> None:
        """Note that the token at ``place`` speaks of question ``number``."""
        self.places.append(place)
        self.numbers.append(number)
        self.weights.append(weight)


class Lexicon:
    """The words of a schema's questions, and which words of a text speak of them."""

    def __init__(self, prompt: SchemaPrompt) -> None:
        """Collect the words of every question."""
        self._known: dict[str, dict[int, float]] = defaultdict(dict)
        for number, slot in zip(prompt.numbers, prompt.slots, strict=True):
            for word, weight in words_of(slot):
                self._known[word][number] = max(weight, self._known[word].get(number, 0.0))
        self._by_letter: dict[str, list[str]] = defaultdict(list)
        for word in self._known:
            self._by_letter[word[0]].append(word)
        self.names = [tuple(_words(name_of(slot))) for slot in prompt.slots]
        """Words of each question's name, by order of asking."""
        self.parents = [tuple(_words(slot.parent.name)) if slot.parent else () for slot in prompt.slots]
        """Words of the name of what each question is in."""
        self.arrays, self.firsts = _arrays(prompt)
        """By order of asking: the array that each is a field of, -1 for none; whether it is its first."""
        self.abouts = [frozenset(word for word, _ in words_of(slot)) for slot in prompt.slots]
        """All words of each question."""
        self._slots: dict[str, tuple[int, ...]] = {}
        self._orders = {number: order for order, number in enumerate(prompt.numbers)}
        self._found: dict[str, tuple[tuple[int, float], ...]] = {}

    def find(self, word: str) -> tuple[tuple[int, float], ...]:
        """Return the questions that a folded word speaks of, with weights."""
        if word not in self._found:
            self._found[word] = tuple(self._search(word).items())
        return self._found[word]

    def slots_of(self, word: str) -> tuple[int, ...]:
        """Return the questions that a folded word speaks of, by order of asking; of common words too."""
        known = self._slots.get(word)
        if known is None:
            exact = self._known.get(word)
            numbers = exact.keys() if exact else (number for number, _ in self.find(word))
            known = self._slots[word] = tuple(self._orders[number] for number in numbers)
        return known

    def _search(self, word: str) -> dict[int, float]:
        exact = self._known.get(word)
        if exact is not None:
            return exact if len(exact) <= MAX_SLOTS_OF_WORD else {}
        best: dict[int, float] = {}
        for other in self._by_letter.get(word[0], ()) if len(word) >= SHORTEST and word.isalpha() else ():
            likeness = alike(word, other)
            if likeness:
                for number, weight in self._known[other].items():
                    best[number] = max(best.get(number, 0.0), weight * likeness)
        return best if len(best) <= MAX_SLOTS_OF_WORD else {}


def alike(one: str, other: str) -> float:
    """Return how far one of two words, alike in the first letter, stands for the other."""
    short, long = (one, other) if len(one) < len(other) else (other, one)
    if len(short) < SHORTEST or not short.isalpha():
        return 0.0
    if long.startswith(short):
        return BEGINS
    rest = iter(long)
    return SHORTENS if all(letter in rest for letter in short) else 0.0


def words_of(slot: Slot) -> Iterator[tuple[str, float]]:
    """Yield the words of a question and what a match with each weighs."""
    node = slot.node
    about = [node.title, node.description, node.unit, *(str(choice) for choice in choices_of(node))]
    sources = [(node.name, NAME), *((text, ABOUT) for text in about)]
    if slot.parent is not None:
        sources.append((slot.parent.name, NAME if not node.name or slot.is_key else PARENT))
    for text, weight in sources:
        words = _words(text)
        yield from ((word, weight) for word in words)
        if weight == NAME and len(words) > 1:
            yield "".join(words), weight  # labels such as RELAYSTATE


def _arrays(prompt: SchemaPrompt) -> tuple[list[int], list[bool]]:
    """Return for each question the innermost array that it is a field of, and whether it is its first."""
    orders = {id(slot.node): order for order, slot in enumerate(prompt.slots) if not slot.is_key}
    arrays, firsts = [-1] * len(prompt.slots), [False] * len(prompt.slots)
    for order, slot in enumerate(prompt.slots):
        if slot.node.kind is not Kind.ARRAY or slot.node.item is None:
            continue
        below = [orders[id(node)] for node in slot.node.item.walk() if id(node) in orders]
        for number, child in enumerate(below):
            arrays[child], firsts[child] = order, number == 0
    return arrays, firsts


def _words(text: str) -> list[str]:
    return [piece.text for piece in pieces(text) if piece.kind in ("word", "digits")]


def name_of(slot: Slot) -> str:
    """Return the name of a question: its own, or that of the map whose keys or values it asks for."""
    return slot.node.name or (slot.parent.name if slot.parent else "")


def schema_matches(prompt: SchemaPrompt) -> Matches:
    """Return the matches of the schema part: every token of a question's entry carries its number."""
    found = Matches()
    for number, (first, behind) in zip(prompt.numbers, prompt.entries, strict=True):
        for place in range(first, behind):
            found.add(place, number, 1.0)
    return found


def message_matches(prompt: SchemaPrompt, lexicon: Lexicon, text: str, tokens: Sequence[Token]) -> Matches:
    """Return the matches of the message part; token i of the text is at place i + 1."""
    found = Matches()
    place = 0
    for piece in pieces(text):
        if piece.kind == "space" and not piece.text:
            continue
        while place < len(tokens) and tokens[place].start < piece.start:
            place += 1
        if piece.kind not in ("word", "digits"):
            continue
        matched = lexicon.find(piece.text)
        while matched and place < len(tokens) and tokens[place].start < piece.end:
            for number, weight in matched:
                found.add(place + 1, number, weight / len(matched) ** 0.5)
            place += 1
    first = len(tokens) + 2
    for offset, number in enumerate(prompt.numbers):
        found.add(first + offset, number, 1.0)
    return found


def layout(text: str, tokens: Sequence[Token], length: int) -> npt.NDArray[np.int32]:
    """Return the layout of the message part, (length, features); token i of the text is at place i + 1."""
    found = np.zeros((length, len(LAYOUT)), np.int32)
    limits = np.array(list(LAYOUT.values()), np.int32) - 1
    line_start, line, mark = 0, 1, cell_mark(text, 0)
    word = cell = 1
    before = 0
    for place, token in enumerate(tokens, start=1):
        gap = text[before : token.start]
        spaced = bool(gap) or token.start == 0 or token.blank
        if place > 1 and (gap or (tokens[place - 2].blank and not token.blank)):
            word += 1
        written = text[token.start : token.end]
        first, last = token.start - line_start, token.end - line_start
        found[place] = (line, word, cell, first // 2 + 1, last // 2 + 1, case_of(written), 2 if spaced else 1)
        if mark and mark in written:
            cell += written.count(mark)
        if "\n" in written:
            line, line_start, word, cell = line + 1, token.end, 1, 1
            mark = cell_mark(text, token.end)
        before = token.end
    return np.minimum(found, limits)


def cell_mark(text: str, start: int) -> str:
    """Return the mark that separates the cells of the line at ``start``; empty where none stands twice."""
    end = text.find("\n", start)
    line = text[start : end if end >= 0 else len(text)]
    counts = [(line.count(mark), -order, mark) for order, mark in enumerate(CELL_MARKS)]
    count, _, mark = max(counts)
    return mark if count > 1 else ""


def case_of(written: str) -> int:
    """Return 1 for no letters, 2 lower, 3 upper, 4 capital first, 5 mixed."""
    if not written.isalpha():
        return 1
    if written.islower():
        return 2
    if written.isupper():
        return 3
    return 4 if written[1:].islower() else 5
