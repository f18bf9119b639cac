"""Endings: what is said of a place where a value may end, seen from where it begins."""

from __future__ import annotations

import numpy as np
import pytest

from agent.endings import BEHIND, ENDING_FEATURES, Endings
from agent.page import Page
from agent.vocabulary import GLUED, SPECIAL, Vocabulary

LETTERS = [chr(code) for code in range(97, 123)]
MARKS = list("0123456789:;-[](),./=\"'_")
VOCABULARY = Vocabulary([*SPECIAL, *LETTERS, *(GLUED + letter for letter in LETTERS), *MARKS])


def told(text: str, value: str) -> set[str]:
    """Return what is said of the last place of a value, seen from its first."""
    page = Page(text, VOCABULARY)
    first = text.index(value)
    end = first + len(value)
    places = range(1, page.behind)
    start = next(place for place in places if page.tokens[place - 1].start == first)
    last = next(place for place in places if page.tokens[place - 1].end == end)
    row = Endings(page).of(start)[last - start]
    return {name for name, true in zip(ENDING_FEATURES, row, strict=True) if true}


@pytest.mark.parametrize(
    ("text", "value", "feature", "true"),
    [
        ("ab cd", "ab", "word_whole", True),
        ("ab-cd ef", "ab", "word_whole", False),
        ("ab-cd ef", "ab-cd", "word_whole", True),
        ("ab-cd ef", "ab", "piece_whole", True),
        ("abc def", "ab", "piece_whole", False),
        ("ab cd ef", "ab cd", "few_words", True),
        ("a b c d e f", "a b c d e", "many_words", True),
        ("ab;cd ef;gh", "cd ef", "cell_whole", True),
        ("ab;cd ef;gh", "cd", "cell_whole", False),
        ("ab;cd ef;gh", "gh", "cell_whole", True),
        ("ab;cd ef;gh", "ab;cd", "other_cell", True),
        ("ab cd\nef", "cd", "line_whole", True),
        ("ab cd\nef", "ab", "line_whole", False),
        ("ab cd\nef", "cd\nef", "other_line", True),
        ("at 10.0.0.5 ok", "10.0.0.5", "shape_whole", True),
        ("at 10.0.0.5 ok", "10.0", "shape_cut", True),
        ("at 10.0.0.5 ok", "0.0.5", "shape_whole", False),
        ('say "ab cd" ef', "ab cd", "paired", True),
        ('say "ab cd" ef', "ab", "paired", False),
        ("say (ab) ef", "ab", "paired", True),
        ("say (ab) ef", "say (ab", "unbalanced", True),
        ("say (ab) ef", "say (ab)", "unbalanced", False),
        ('say "ab" ef', 'say "ab', "quoted_half", True),
        ("ab, cd", "ab,", "ends_in_mark", True),
        ("ab, cd", "ab", "ends_in_mark", False),
        ("ab, cd", "ab", "before_comma", True),
        ("ab cd", "ab", "before_blank", True),
        ("ab  cd", "ab", "before_gap", True),
        ("ab/cd", "ab", "before_slash", True),
        ("ab=cd", "ab", "before_equals", True),
        ("ab(cd", "ab", "before_opening", True),
        ("ab", "ab", "before_line_end", True),
        ("a12", "a", "before_digit", True),
    ],
)
def test_feature(text: str, value: str, feature: str, *, true: bool) -> None:
    """Each speaks of the surroundings that its name says, and of no other."""
    assert (feature in told(text, value)) is true


def test_one_thing_stands_behind_a_place() -> None:
    """Every end is told exactly one thing that stands behind it."""
    page = Page('ab: cd-(ef), "g" 12.5;\nh', VOCABULARY)
    behind = Endings(page).of(1)[:, -len(BEHIND) :]
    assert np.all(behind.sum(1) == 1)


def test_page_without_text() -> None:
    """A text of nothing has no place to end at but the one before it."""
    assert Endings(Page("", VOCABULARY)).of(0).shape == (1, len(ENDING_FEATURES))
