"""Links: how well the label of a place names a question."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.features import Lexicon
from agent.links import LINK_FEATURES, compare, links
from agent.message import Json
from agent.prompt import schema_prompt
from agent.schemas import compile_schema
from agent.vocabulary import GLUED, SPECIAL, Vocabulary

LETTERS = [chr(code) for code in range(97, 123)]
PAIRS = [str(n) for n in range(10)] + [f"{n:02d}" for n in range(100)]
VOCABULARY = Vocabulary(
    [*SPECIAL, *LETTERS, *PAIRS, *"_-.:,;=/|", *(GLUED + token for token in (*LETTERS, *PAIRS))]
)
NAMES = ("sensor_id", "temperature", "max_rate")
DOCUMENT: dict[str, Json] = {
    "type": "object",
    "properties": {
        "sensor_id": {"type": "string"},
        "temperature": {"type": "number"},
        "max_rate": {"type": "number"},
    },
}


def linked(text: str, value: str) -> dict[str, dict[str, float]]:
    """Return the features of the place where ``value`` begins, by question."""
    prompt = schema_prompt(compile_schema(DOCUMENT).root, VOCABULARY)
    tokens = VOCABULARY.encode(text)
    found = links(Lexicon(prompt), text, tokens)
    start = text.index(value)
    return {
        NAMES[slot]: dict(zip(LINK_FEATURES, row, strict=True))
        for slot, place, row in zip(found.slots, found.places, found.features, strict=True)
        if tokens[place - 1].start == start
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Sensor Id: abc", "abc"),
        ("sensorId=abc;x=1", "abc"),
        ("state ok, SENSOR-ID abc", "abc"),
        ("SENSORID abc", "abc"),
    ],
)
def test_label_before_is_exact(text: str, value: str) -> None:
    """Case, separators and joining do not matter to a label."""
    assert linked(text, value)["sensor_id"]["exact"] == 1.0


def test_shortened_label_covers_in_part() -> None:
    """An abbreviation links, but less than the whole word."""
    found = linked("temp 81.4", "81.4")["temperature"]
    assert 0.0 < found["covers"] < 1.0
    assert found["exact"] == 0.0


def test_label_does_not_cross_a_mark() -> None:
    """The label of the value before is not the label of the value behind it."""
    assert "temperature" not in linked("temperature: 5, y", "y")


def test_label_on_the_line_above() -> None:
    """A value alone on its line is linked by the line above."""
    assert linked("Sensor Id:\n  abc", "abc")["sensor_id"]["above_exact"] == 1.0


def test_column_header_above() -> None:
    """A value in a table is linked by the header in its columns, over other rows."""
    table = "name  temperature  rate\na            21.5     3\nb            22.5     4"
    assert linked(table, "22.5")["temperature"]["column_exact"] == 1.0


def test_cell_header_by_number() -> None:
    """A value in a delimited line is linked by the header cell of its number, wherever its columns are."""
    assert linked("id;sensor id;temperature\n1;kitchen north;9", "9")["temperature"]["cell_exact"] == 1.0


@pytest.mark.parametrize(
    ("name", "label", "expected"),
    [
        (("sensor", "id"), ["id", "sensor"], (1.0, 1.0, 1.0)),
        (("sensor", "id"), ["id"], (0.5, 1.0, 0.0)),
        (("id",), ["id", "sensor"], (1.0, 0.5, 0.0)),
        (("sensor", "id"), [], (0.0, 0.0, 0.0)),
    ],
)
def test_comparing_name_and_label(
    name: tuple[str, ...], label: list[str], expected: tuple[float, ...]
) -> None:
    """Coverage is of the name, precision of the label; labels come nearest word first."""
    assert compare(name, label) == expected


@settings(deadline=None)
@given(st.text(alphabet="sensor id temperature max rate 12.:;,\n\t|=", max_size=120))
def test_features_are_shares(text: str) -> None:
    """Whatever the text, every feature is between 0 and 1 and belongs to a text token."""
    prompt = schema_prompt(compile_schema(DOCUMENT).root, VOCABULARY)
    tokens = VOCABULARY.encode(text)
    found = links(Lexicon(prompt), text, tokens)
    assert all(
        len(row) == len(LINK_FEATURES) and all(0.0 <= one <= 1.0 for one in row) for row in found.features
    )
    assert all(1 <= place <= len(tokens) for place in found.places)
