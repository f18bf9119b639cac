"""What a pointing model is told beside the tokens: which words a question mentions, and the layout.

A small model should not spend its capacity on finding equal words or on counting columns; both are exact and
cheap to compute. Each becomes a small learned vector that is added to the token's embedding:

* match: a word of the text that stands in a question's name, description, choices or unit, or abbreviates a
  word of it, carries that question's number;
* layout: line, word and cell numbers within the line, first and last column, case, whether white space is
  before, and the shape (time stamp, address, number) that the token begins, goes on with or ends.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from agent.lexicon import Lexicon
from agent.page import Page
from agent.prompt import SchemaPrompt
from agent.shapes import SHAPE_VALUES, shape_layout

LAYOUT = {
    "line": 64, "word": 64, "cell": 64, "first": 128, "last": 128, "case": 6, "gap": 3, "shape": SHAPE_VALUES,
}  # fmt: skip
"""Layout features and the number of values of each; 0 is "not of the text", the last value "or more"."""


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


def schema_matches(prompt: SchemaPrompt) -> Matches:
    """Return the matches of the schema part: every token of a question's entry carries its number."""
    found = Matches()
    for number, (first, behind) in zip(prompt.numbers, prompt.entries, strict=True):
        for place in range(first, behind):
            found.add(place, number, 1.0)
    return found


def message_matches(lexicon: Lexicon, page: Page, *, words: bool = True) -> Matches:
    """Return the matches of the message part; without ``words`` only those of the asking tokens."""
    found = Matches()
    behind = [*page.firsts[1:], page.behind]
    for piece, first, end in zip(page.pieces, page.firsts, behind, strict=True):
        matched = lexicon.find(piece.text) if words and piece.kind in ("word", "digits") else ()
        for place in range(first, end) if matched else ():
            for number, weight in matched:
                found.add(place, number, weight / len(matched) ** 0.5)
    for offset, number in enumerate(lexicon.prompt.numbers):
        found.add(page.behind + 1 + offset, number, 1.0)
    return found


def layout(page: Page, length: int) -> npt.NDArray[np.int32]:
    """Return the layout of the message part, (length, features)."""
    text, found = page.text, np.zeros((length, len(LAYOUT)), np.int32)
    before = 0
    for place, (token, (line, word, cell)) in enumerate(zip(page.tokens, page.units, strict=True), start=1):
        first, last = token.start - page.starts[line], token.end - page.starts[line]
        spaced = 2 if token.start > before or not token.start or token.blank else 1
        case = case_of(text[token.start : token.end])
        found[place, :-1] = (line + 1, word, cell, first // 2 + 1, last // 2 + 1, case, spaced)
        before = token.end
    found[1 : page.behind, -1] = shape_layout(page.shapes, page.tokens)
    return np.minimum(found, np.array(list(LAYOUT.values()), np.int32) - 1)


def case_of(written: str) -> int:
    """Return 1 for no letters, 2 lower, 3 upper, 4 capital first, 5 mixed."""
    if not written.isalpha():
        return 1
    if written.islower():
        return 2
    if written.isupper():
        return 3
    return 4 if written[1:].islower() else 5
