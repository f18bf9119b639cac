"""What a schema says of where values stand: numbers of cells, lists of names, marks."""

from __future__ import annotations

import pytest

from agent.lexicon import Lexicon
from agent.links import AT, LINK_FEATURES, links
from agent.message import Json
from agent.page import Page
from agent.positions import LAST, Beside, beside, cells, numbered, stands
from agent.prompt import SchemaPrompt, schema_prompt
from agent.schemas import compile_schema
from agent.vocabulary import GLUED, SPECIAL, Vocabulary

LETTERS = [chr(code) for code in range(97, 123)]
PAIRS = [str(n) for n in range(10)] + [f"{n:02d}" for n in range(100)]
VOCABULARY = Vocabulary(
    [*SPECIAL, *LETTERS, *PAIRS, *"_-.:,;=/|$()[]<>", *(GLUED + token for token in (*LETTERS, *PAIRS))]
)


def prompt_of(about: str = "", **properties: Json) -> SchemaPrompt:
    """Return the prompt of a schema whose properties have the descriptions given."""
    told: dict[str, Json] = {
        key: value if isinstance(value, dict) else {"type": "string", "description": value}
        for key, value in properties.items()
    }
    document: dict[str, Json] = {"title": "Line", "description": about, "type": "object", "properties": told}
    return schema_prompt(compile_schema(document, name="line").root, VOCABULARY)


@pytest.mark.parametrize(
    ("description", "cell"),
    [
        ("field 5", 5),
        ("Semi-major axis deviation (3rd field)", 3),
        ("The 12th column", 12),
        ("Host (second field)", 2),
        ("Type of acquisition (last field)", LAST),
        ("column no. 4 of the line", 4),
        ("Tank #7", 7),
        ("position 9", 9),
        ("Air temperature (first value with unit C)", None),
        ("Bytes (second number in parentheses)", None),
        ("a value 1 to 5", None),
        ("value 0 means off", None),
        ("Temperature in degrees", None),
        ("protocol version 2", None),
    ],
)
def test_cells_reads_the_number_of_a_cell(description: str, cell: int | None) -> None:
    """Ordinals and numbers of fields are read; ranges, meanings and values with a condition are not."""
    assert cells(prompt_of(a=description)) == ({} if cell is None else {0: cell})


@pytest.mark.parametrize(
    ("about", "found"),
    [
        ("Fields in order: node-id;child-sensor-id;command;ack;type;payload", {0: 1, 1: 2, 2: 6}),
        (
            "Split at commas: kind, node id, child id, payload. A dash marks a missing value.",
            {0: 2, 1: 3, 2: 4},
        ),
        ("Line format: node id payload child id", {}),
        ("Order details: a payload of a customer, with items", {}),
        ("A line of a sensor", {}),
    ],
)
def test_cells_reads_a_list_of_names(about: str, found: dict[int, int]) -> None:
    """Names between marks are compared by words; a single name that is alike is no list."""
    assert cells(prompt_of(about, node_id="", child_id="", payload="")) == found


def test_cells_description_outranks_the_list() -> None:
    """What a property says of itself counts more than the sentence for all."""
    prompt = prompt_of("Fields in order: a;b;c", a="", b="field 5", c="")
    assert cells(prompt) == {0: 1, 1: 5, 2: 3}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("7;ab;-3", {"7": (1, 3), "ab": (2, 3), "-": (3, 3), "3": (3, 3)}),
        ("a  b", {"a": (1, 2), "b": (2, 2)}),
        ("  a b", {"a": (1, 2), "b": (2, 2)}),
        ("a/b/c", {"a": (1, 3), "b": (2, 3), "c": (3, 3)}),
        ("a", {}),
        ("x,,y\nz", {"x": (1, 3), "y": (3, 3)}),
    ],
)
def test_numbered_counts_the_cells_of_each_line(text: str, found: dict[str, tuple[int, int]]) -> None:
    """A mark parts cells before white space does, that before other signs; one cell is not counted."""
    page = Page(text, VOCABULARY)
    told = {page.pieces[piece].text: cell for piece, cell in numbered(page).items()}
    assert {word: told[word] for word in found} == found
    assert bool(told) == bool(found)


@pytest.mark.parametrize(
    ("description", "mark"),
    [
        ("Cache result code before the slash", Beside("/", ahead=True)),
        ("after the colon", Beside(":", ahead=False)),
        ("Context inside the brackets", Beside("[", ahead=False)),
        ("Bytes sent (first number in parentheses)", Beside("(", ahead=False)),
        ("before the bearing", None),
        ("colonies after dashing", None),
    ],
)
def test_beside_reads_the_mark(description: str, mark: Beside | None) -> None:
    """A side and the name of a mark are read; other words are not."""
    (slot,) = prompt_of(a=description).slots
    assert beside(slot.node) == mark


@pytest.mark.parametrize(
    ("word", "mark", "true"),
    [
        ("TCP", Beside("/", ahead=True), True),
        ("200", Beside("/", ahead=False), True),
        ("MISS", Beside("/", ahead=True), False),
        ("GET", Beside("/", ahead=True), False),
        ("conn", Beside("[", ahead=False), True),
        ("count", Beside("(", ahead=True), True),
    ],
)
def test_stands_tells_whether_a_word_is_at_the_mark(word: str, mark: Beside, *, true: bool) -> None:
    """A word ends at the mark, or begins right behind it; the inside of a word is not one."""
    text = "TCP_MISS/200 GET x [conn 5] count (9)"
    assert stands(text, text.index(word), mark) is true


def test_links_say_what_the_schema_says() -> None:
    """The cell named, the one behind it, all others, and the mark named: each has its feature."""
    prompt = prompt_of(a="2nd field", b="after the slash")
    page = Page("$T,7,8,x/9", VOCABULARY)
    found = links(Lexicon(prompt), page)
    told = {
        (slot, page.tokens[place - 1].start): {name for name in LINK_FEATURES if row[AT[name]]}
        for slot, place, row in zip(found.slots, found.places, found.features, strict=True)
    }
    assert "told_cell" in told[0, 3]
    assert "told_behind_tag" in told[0, 5]
    assert "other_cell" in told[0, 7]
    assert "told_mark" in told[1, 9]
