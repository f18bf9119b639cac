"""Order: how a place stands to the answer of the question before."""

from __future__ import annotations

import pytest

from agent.order import RELATIONS, grid, relations
from agent.page import Page
from agent.vocabulary import GLUED, SPECIAL, Vocabulary

LETTERS = [chr(code) for code in range(97, 123)]
VOCABULARY = Vocabulary([*SPECIAL, *LETTERS, *(GLUED + letter for letter in LETTERS), *"0123456789:;-[]"])


def stands(text: str, answer: str) -> dict[str, str]:
    """Return the relation of each word of a text to an answer; of the answer itself too."""
    page = Page(text, VOCABULARY)
    start, end = text.index(answer), text.index(answer) + len(answer)
    inside = [n for n, token in enumerate(page.tokens, start=1) if start <= token.start and token.end <= end]
    found = relations(grid(page), inside[0], inside[-1])
    return {
        text[token.start : token.end]: RELATIONS[found[place]]
        for place, token in enumerate(page.tokens, start=1)
        if not token.blank
    }


@pytest.mark.parametrize(
    ("text", "answer", "word", "relation"),
    [
        ("a b c", "a", "b", "next"),
        ("a b c", "a", "c", "second"),
        ("a b c d", "a", "d", "later"),
        ("a b c", "b", "a", "back"),
        ("a [b] c", "a", "b", "next"),
        ("a:b c", "a", "b", "same_unit"),
        ("a;b c;d", "a", "b", "next"),
        ("a;b c;d", "a", "c", "in_next"),
        ("a;b c;d", "a", "d", "second"),
        ("a;b c;d", "b", "c", "same_unit"),
        ("a b\nc d", "b", "c", "next_line"),
        ("a b\nc d", "b", "d", "in_next_line"),
        ("a\nb\nc", "a", "c", "lines_later"),
        ("a\nb", "b", "a", "lines_back"),
        ("a b c", "b c", "c", "within"),
    ],
)
def test_relation(text: str, answer: str, word: str, relation: str) -> None:
    """Cells count where a line has them, words elsewhere."""
    assert stands(text, answer)[word] == relation


def test_before_the_first_answer() -> None:
    """The first word of a text is next when nothing was answered yet; nowhere is never related."""
    page = Page("a b", VOCABULARY)
    found = relations(grid(page), 0, 0)
    assert [RELATIONS[number] for number in found] == ["unasked", "next", "second"]
