"""Features: which words of a text the questions mention, and how the text is laid out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.features import LAYOUT, case_of, layout, message_matches, schema_matches
from agent.lexicon import Lexicon, alike
from agent.message import Json
from agent.page import Page, cell_mark
from agent.prompt import SchemaPrompt, message_ids, schema_prompt
from agent.schemas import compile_schema
from agent.vocabulary import GLUED, SPECIAL, Vocabulary

LETTERS = [chr(code) for code in range(97, 123)]
PAIRS = [str(n) for n in range(10)] + [f"{n:02d}" for n in range(100)]
VOCABULARY = Vocabulary(
    [
        *SPECIAL,
        *LETTERS,
        *PAIRS,
        *"_-.:,;=/",
        *(GLUED + token for token in (*LETTERS, *PAIRS)),
        "temp",
        "##erature",
    ]
)
COLUMNS = list(LAYOUT)


def asked() -> SchemaPrompt:
    """Return the questions of a small schema."""
    document: dict[str, Json] = {
        "type": "object",
        "properties": {
            "temperature": {"type": "number", "ucumUnit": "Cel"},
            "relay_state": {"enum": ["open", "closed"]},
            "phase_1": {"type": "number"},
        },
    }
    return schema_prompt(compile_schema(document).root, VOCABULARY)


@pytest.mark.parametrize(
    ("word", "slots"),
    [
        ("temperature", {0}),
        ("temp", {0}),
        ("tmprtr", {0}),
        ("state", {1}),
        ("relaystate", {1}),
        ("open", {1}),
        ("1", {2}),
    ],
)
def test_word_speaks_of_question(word: str, slots: set[int]) -> None:
    """Equal words, beginnings, shortenings, joined names and choices are found."""
    assert {number for number, _ in Lexicon(asked()).find(word)} == slots


@pytest.mark.parametrize("word", ["xenon", "te", "2", "z"])
def test_word_speaks_of_nothing(word: str) -> None:
    """Words that no question has, and beginnings too short to tell, match nothing."""
    assert Lexicon(asked()).find(word) == ()


def test_equal_word_weighs_more_than_shortened() -> None:
    """A question's own word is a stronger match than an abbreviation of it."""
    lexicon = Lexicon(asked())
    assert lexicon.find("temperature")[0][1] > lexicon.find("temp")[0][1] > lexicon.find("tmprtr")[0][1]


@pytest.mark.parametrize(
    ("one", "other", "likeness"), [("wght", "weight", 0.4), ("vol", "volume", 0.6), ("vat", "volt", 0)]
)
def test_likeness_of_words(one: str, other: str, likeness: float) -> None:
    """Beginnings count more than letters in order; letters out of order do not count."""
    assert alike(one, other) == likeness


def test_matches_fall_on_the_words_tokens() -> None:
    """Every token of a matching word carries the question; so do the question numbers at the end."""
    prompt, text = asked(), "x temperature 5"
    page = Page(text, VOCABULARY)
    found = message_matches(Lexicon(prompt), page)
    ids = message_ids(prompt, page.tokens, VOCABULARY)
    of_text = [place for place in found.places if place < page.behind]
    assert [VOCABULARY.tokens[ids[place]] for place in of_text] == ["temp", "##erature"]
    assert found.places[len(of_text) :] == [len(ids) - 3, len(ids) - 2, len(ids) - 1]


def test_schema_entries_carry_their_number() -> None:
    """All tokens of an entry, and none of the head, carry the entry's question."""
    prompt = asked()
    found = schema_matches(prompt)
    assert found.places == list(range(prompt.entries[0][0], len(prompt.ids)))


def test_cells_of_a_delimited_line() -> None:
    """Cells are counted from 1 in each line by the line's own mark."""
    text = "a;b;c\nx,y,z"
    found = layout(Page(text, VOCABULARY), 20)
    by_start = {token.start: row for token, row in zip(VOCABULARY.encode(text), found[1:], strict=False)}
    cells = [int(by_start[text.index(letter)][COLUMNS.index("cell")]) for letter in "abcxyz"]
    lines = [int(by_start[text.index(letter)][COLUMNS.index("line")]) for letter in "abcxyz"]
    assert cells == [1, 2, 3, 1, 2, 3]
    assert lines == [1, 1, 1, 2, 2, 2]


@pytest.mark.parametrize(("line", "mark"), [("a;b;c,d", ";"), ("a,b", ""), ("a\tb\tc", "\t"), ("", "")])
def test_cell_mark_of_a_line(line: str, mark: str) -> None:
    """The commonest separator counts, if it stands at least twice."""
    assert cell_mark(line, 0) == mark


@pytest.mark.parametrize(("word", "case"), [("12", 1), ("abc", 2), ("ABC", 3), ("Abc", 4), ("aBc", 5)])
def test_case_of_a_word(word: str, case: int) -> None:
    """Case classes are stable numbers: models are trained with them."""
    assert case_of(word) == case


@given(st.text(max_size=200))
def test_layout_stays_in_its_tables(text: str) -> None:
    """No text gives a number outside the learned tables, and every text token has a line."""
    page = Page(text, VOCABULARY)
    found = layout(page, page.behind + 2)
    assert (found >= 0).all()
    assert (found < list(LAYOUT.values())).all()
    assert (found[1 : page.behind, 0] > 0).all()
    assert not found[page.behind :].any()
