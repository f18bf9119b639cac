"""Links: how well the label of a place names a question."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.lexicon import Lexicon
from agent.links import LINK_FEATURES, compare, links
from agent.message import Json
from agent.page import Page
from agent.prompt import schema_prompt
from agent.schemas import compile_schema
from agent.vocabulary import GLUED, SPECIAL, Vocabulary

LETTERS = [chr(code) for code in range(97, 123)]
PAIRS = [str(n) for n in range(10)] + [f"{n:02d}" for n in range(100)]
VOCABULARY = Vocabulary(
    [*SPECIAL, *LETTERS, *PAIRS, *"_-.:,;=/|", *(GLUED + token for token in (*LETTERS, *PAIRS))]
)
DOCUMENT: dict[str, Json] = {
    "type": "object",
    "properties": {
        "sensor_id": {"type": "string"},
        "temperature": {"type": "number"},
        "max_rate": {"type": "number"},
    },
}


def linked(text: str, value: str, document: dict[str, Json] = DOCUMENT) -> dict[str, dict[str, float]]:
    """Return the features of the place where ``value`` begins, by question."""
    prompt = schema_prompt(compile_schema(document).root, VOCABULARY)
    page = Page(text, VOCABULARY)
    found = links(Lexicon(prompt), page)
    start = text.index(value)
    names = [slot.node.name for slot in prompt.slots]
    return {
        names[slot]: dict(zip(LINK_FEATURES, row, strict=True))
        for slot, place, row in zip(found.slots, found.places, found.features, strict=True)
        if page.tokens[place - 1].start == start
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
    assert not linked("temperature: 5, y", "y").get("temperature", {}).get("covers")


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
    page = Page(text, VOCABULARY)
    found = links(Lexicon(prompt), page)
    assert all(
        len(row) == len(LINK_FEATURES) and all(0.0 <= one <= 1.0 for one in row) for row in found.features
    )
    assert all(1 <= place < page.behind for place in found.places)


READINGS: dict[str, Json] = {
    "type": "object",
    "properties": {
        "tags": {"type": "array", "items": {"type": "string"}},
        "gateway": {"type": "object", "properties": {"id": {"type": "string"}}},
        "relative_humidity": {"type": "number", "ucumUnit": "%"},
        "air_temperature": {"type": "number", "ucumUnit": "Cel"},
        "seen_at": {"type": "string", "format": "date-time"},
        "state": {"enum": ["open", "not closed"]},
        "battery_v": {"type": "number"},
        "hosts": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"kind": {"type": "string"}, "port": {"type": "integer"}},
            },
        },
    },
}


@pytest.mark.parametrize(
    ("text", "value", "name", "feature"),
    [
        ("a 41% b", "41", "relative_humidity", "unit"),
        ("a 41% b", "41", "air_temperature", "other_unit"),
        ("a 21.5 degC b", "21.5", "air_temperature", "unit"),
        ("cell 3.01 volts", "3.01", "battery_v", "unit"),
        ("rh 41", "41", "relative_humidity", "initial"),
        ("T21.5 A9", "9", "air_temperature", "initial"),
        ("vbat=3.1", "3.1", "battery_v", "initial_part"),
        ("x OPEN y", "OPEN", "state", "choice"),
        ("x Not-Closed y", "Not", "state", "choice"),
        ("x opened y", "opened", "state", "choice_begins"),
        ("x 2024-05-17T07:58:12Z", "2024", "seen_at", "shape"),
        ("x 10.0.0.5 y", "10", "seen_at", "other_shape"),
        ("x 2024-05-17T07:58:12Z", "58", "battery_v", "other_shape"),
        ("1;2;3;4", "3", "air_temperature", "rank"),
        ("Tags:\n  - red\n  - blue", "blue", "tags", "under"),
        ("x 4, tags: red, blue", "blue", "tags", "listed"),
        ("gateway: x", "x", "id", "parent_label_exact"),
        ("kind: a, port: 1, kind: b", "b", "hosts", "restart"),
        ("kind: a, port: 17, kind: b", "17", "hosts", "goes_on"),
    ],
)
def test_what_speaks_for_a_place(text: str, value: str, name: str, feature: str) -> None:
    """Units, initials, choices, shapes, ranks and fields that come round again are told."""
    assert linked(text, value, READINGS)[name][feature] > 0.0


@pytest.mark.parametrize(
    ("text", "value", "name", "feature"),
    [
        ("a 41 x", "41", "relative_humidity", "unit"),
        ("a 41 x", "41", "air_temperature", "other_unit"),
        ("x closed y", "closed", "state", "choice"),
        ("x 10.5 y", "10", "battery_v", "other_shape"),
        ("kind: a, port: 17, kind: b", "17", "hosts", "restart"),
        ("tags: red, blue", "red", "tags", "listed"),
        ("Tags:\n  red blue", "blue", "tags", "under"),
    ],
)
def test_what_does_not_speak_for_a_place(text: str, value: str, name: str, feature: str) -> None:
    """A bare number has no unit, a part of a choice is not one, a plain number is no decoy."""
    assert not linked(text, value, READINGS).get(name, {}).get(feature)


UNLABELLED: dict[str, Json] = {
    "type": "object",
    "properties": {
        "transport": {"type": "string"},
        "unit": {"type": "string"},
        "depth": {"type": "number"},
        "offset": {"type": "number"},
    },
}


def test_known_word_is_linked_by_its_kind() -> None:
    """A protocol speaks for the question that asks for one and against one that asks for another kind."""
    found = linked("deny tcp from a", "tcp", UNLABELLED)
    assert found["transport"]["known"] == 1.0
    assert found["unit"]["other_known"] == 1.0
    assert "depth" not in found


@pytest.mark.parametrize(
    ("value", "name", "feature"),
    [
        ("0.5", "depth", "nth_number"),
        ("0.7", "offset", "nth_number"),
        ("0.7", "depth", "nth_number_back"),
        ("12", "offset", "nth_number_back"),
    ],
)
def test_number_has_the_rank_of_its_question(value: str, name: str, feature: str) -> None:
    """The numbers of a text are counted beside the questions that ask for one, from both ends."""
    assert linked("x,0.5,m,0.7,f,12", value, UNLABELLED)[name][feature] == 1.0
