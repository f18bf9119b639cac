"""Pages: lines, places, and the blocks that indentation makes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.page import Page, following
from agent.vocabulary import GLUED, SPECIAL, Vocabulary

LETTERS = [chr(code) for code in range(97, 123)]
VOCABULARY = Vocabulary([*SPECIAL, *LETTERS, *(GLUED + letter for letter in LETTERS), *"0123456789:-"])
REPORT = "name: a\nhosts:\n  kind: b\n  port: 1\n  kind: c\nnote: d\n"


def place(page: Page, word: str) -> int:
    """Return the place at which a word begins."""
    start = page.text.index(word)
    return next(number for number, token in enumerate(page.tokens, start=1) if token.start == start)


def covered(page: Page, scope: tuple[int, int]) -> str:
    """Return the characters of a scope."""
    tokens = page.tokens[scope[0] - 1 : scope[1] - 1]
    return page.text[tokens[0].start : tokens[-1].end] if tokens else ""


def test_block_is_a_heading_and_what_is_indented_below_it() -> None:
    """The block ends before the next line that is not deeper."""
    page = Page(REPORT, VOCABULARY)
    block = page.block(place(page, "hosts"), (1, page.behind))
    assert covered(page, block) == "hosts:\n  kind: b\n  port: 1\n  kind: c\n"


@pytest.mark.parametrize("word", ["a\n", "kind", "note", "port"])
def test_no_heading_has_the_whole_scope(word: str) -> None:
    """A value, or a line with nothing deeper below it, narrows nothing."""
    page = Page(REPORT, VOCABULARY)
    assert page.block(place(page, word), (1, page.behind)) == (1, page.behind)


def test_last_item_ends_with_its_section() -> None:
    """An item goes to the next one; the last goes to the first line that is less indented."""
    page = Page(REPORT, VOCABULARY)
    firsts = [place(page, "b\n"), place(page, "c\n")]
    items = list(page.items(firsts, (1, page.behind)))
    assert [covered(page, item) for item in items] == ["b\n  port: 1\n  kind:", "c\n"]


def test_items_of_one_line_go_on() -> None:
    """Where nothing is indented, the last item has the rest."""
    page = Page("b 1, c 2\nd", VOCABULARY)
    items = list(page.items([place(page, "b"), place(page, "c")], (1, page.behind)))
    assert [covered(page, item) for item in items] == ["b 1,", "c 2\nd"]


@pytest.mark.parametrize(
    ("indents", "equal", "expected"),
    [
        ([0, 2, 2, 0], False, [4, 3, 3, 4]),
        ([0, 2, 2, 0], True, [3, 2, 3, 4]),
        ([0, -1, 2, -1, 1], False, [5, 5, 4, 5, 5]),
        ([], True, []),
    ],
)
def test_following_lines(indents: list[int], expected: list[int], *, equal: bool) -> None:
    """Empty lines neither end anything nor are ended."""
    assert following(indents, equal=equal) == expected


@given(st.text(alphabet="ab 1:\n\t-é", max_size=80))
def test_pieces_and_places_cover_the_text(text: str) -> None:
    """Places rise with the pieces, and every line has its pieces."""
    page = Page(text, VOCABULARY)
    assert page.firsts == sorted(page.firsts)
    assert len(page.lines) == len(page.starts) == len(page.marks) == text.count("\n") + 1
    for number in range(1, page.behind):
        first, behind = page.block(number, (1, page.behind))
        assert 1 <= first <= behind <= page.behind
