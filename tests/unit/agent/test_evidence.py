"""Where a value stands when it stands in several places, and how sure each part of an answer is."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from agent.extract.evidence import Decoded, decode
from agent.extract.source import prepare
from agent.extract.walk import Decision
from agent.message import Json
from agent.schemas import compile_schema

STRING: dict[str, Json] = {"type": "string"}
NUMBER: dict[str, Json] = {"type": "number"}


def placed(text: str, value: Json, properties: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Return the span of each leaf of an answer."""
    return {one.pointer: (one.start, one.end) for one in decoded(text, value, properties).evidence}


def decoded(text: str, value: Json, properties: dict[str, Any]) -> Decoded:
    """Return an answer with its evidence."""
    root = compile_schema({"type": "object", "properties": properties}).root
    return decode(json.dumps(value, ensure_ascii=False).encode(), [], root, prepare(text))


def at(text: str, written: str, number: int = 0) -> tuple[int, int]:
    """Return where ``written`` stands for the ``number``-th time."""
    place = -1
    for _ in range(number + 1):
        place = text.index(written, place + 1)
    return place, place + len(written)


class TestPlace:
    """The order of preference."""

    def test_is_nearest_behind_the_label(self) -> None:
        """A decoy before the label, and one farther behind it, lose."""
        text = "limit 20, temp is 20 (max 20)"
        assert placed(text, {"temp": 20}, {"temp": NUMBER}) == {"/temp": at(text, "20", 1)}

    def test_is_found_by_title_and_by_words_of_the_name(self) -> None:
        """Names are read as words, whatever the punctuation and case; titles count as well."""
        text = "7 Battery-Voltage: 7 pump 7"
        names = {"battery_voltage": NUMBER, "x": {"type": "number", "title": "Pump"}}
        assert placed(text, {"battery_voltage": 7, "x": 7}, names) == {
            "/battery_voltage": at(text, "7", 1),
            "/x": at(text, "7", 2),
        }

    def test_is_found_by_a_single_word_of_the_name(self) -> None:
        """Where the name's words do not stand together, one of them is a label too."""
        text = "5 and temp=5"
        assert placed(text, {"motor_temp_c": 5}, {"motor_temp_c": NUMBER}) == {
            "/motor_temp_c": at(text, "5", 1)
        }

    def test_is_not_taken_twice(self) -> None:
        """Equal values of two fields go to two places, in order."""
        text = "3 3"
        assert placed(text, {"a": 3, "b": 3}, {"a": NUMBER, "b": NUMBER}) == {"/a": (0, 1), "/b": (2, 3)}

    def test_is_shared_where_there_is_only_one(self) -> None:
        """Two fields may say the same characters."""
        assert placed("only 3", {"a": 3, "b": 3}, {"a": NUMBER, "b": NUMBER}) == {"/a": (5, 6), "/b": (5, 6)}

    def test_is_a_numeral_of_its_own_before_a_part_of_one(self) -> None:
        """``4`` is not the end of ``81.4`` while another ``4`` stands alone."""
        text = "81.4 then 4"
        assert placed(text, {"n": 4}, {"n": NUMBER}) == {"/n": at(text, "4", 1)}

    def test_is_the_first_without_a_label(self) -> None:
        """Nothing else to go by."""
        assert placed("x ab ab", {"q": "ab"}, {"q": STRING}) == {"/q": (2, 4)}

    def test_follows_the_items_of_an_array(self) -> None:
        """Equal readings of several items stand behind their own labels, one after the other."""
        text = "d1 temp 20; d2 temp 20; d3 temp 21"
        item = {"type": "object", "properties": {"id": STRING, "temp": NUMBER}}
        value: Json = {"all": [{"id": "d1", "temp": 20}, {"id": "d2", "temp": 20}, {"id": "d3", "temp": 21}]}
        spans = placed(text, value, {"all": {"type": "array", "items": item}})
        assert spans["/all/0/temp"] == at(text, "20")
        assert spans["/all/1/temp"] == at(text, "20", 1)
        assert spans["/all/2/temp"] == at(text, "21")

    def test_of_a_maps_value_is_behind_its_key(self) -> None:
        """The key is the label."""
        text = "1 b=2 a=1"
        node = {"type": "object", "additionalProperties": NUMBER}
        assert placed(text, {"m": {"a": 1}}, {"m": node}) == {"/m/a": at(text, "1", 1)}

    def test_of_a_numeral_covers_how_it_is_written(self) -> None:
        """Thousands separators, signs and typographic minus belong to the place."""
        text = "a 1,250 b \u22127.5 c +3"
        spans = placed(text, {"a": 1250, "b": -7.5, "c": 3}, dict.fromkeys("abc", NUMBER))
        assert [text[slice(*span)] for span in spans.values()] == ["1,250", "\u22127.5", "+3"]


class TestChoices:
    """Enums and booleans."""

    def test_that_stand_in_the_text_are_copies(self) -> None:
        """An exact word is evidence, and not inferred; in another case it cues the choice."""
        choice = {"enum": ["OPEN", "closed"]}
        own = decoded("door OPEN", {"a": "OPEN"}, {"a": choice}).evidence[0]
        other = decoded("door Closed", {"a": "closed"}, {"a": choice}).evidence[0]
        assert (own.start, own.end, own.inferred) == (5, 9, False)
        assert (other.start, other.end, other.inferred) == (5, 11, True)

    @pytest.mark.parametrize(
        ("value", "node"), [(True, {"type": "boolean"}), ("on", {"enum": ["on", "off"]})]
    )
    def test_that_stand_nowhere_are_inferred(self, value: Json, node: dict[str, Any]) -> None:
        """No word cues them, and parts of words do not count."""
        found = decoded("motor online", {"a": value}, {"a": node}).evidence[0]
        assert (found.start, found.end, found.inferred) == (-1, -1, True)

    def test_constants_and_nulls_have_no_evidence(self) -> None:
        """Nothing was read for them."""
        properties = {"a": {"const": "v1"}, "b": {"type": ["number", "null"]}}
        assert decoded("v1", {"a": "v1", "b": None}, properties).evidence == ()


def test_confidence_counts_each_decision_once() -> None:
    """The decisions since the leaf before count for a leaf; those behind the last one for none."""
    answer = b'{"a": "xy", "b": 5}'
    root = compile_schema({"type": "object", "properties": {"a": STRING, "b": NUMBER}}).root
    places = [(0, 0.9), (7, 0.5), (9, 0.8), (12, 0.6), (17, 0.7), (18, 0.1)]
    decisions = [Decision(offset, math.log(chance)) for offset, chance in places]
    first, second = decode(answer, decisions, root, prepare("xy 5")).evidence
    assert first.confidence == pytest.approx(0.9 * 0.5 * 0.8)
    assert second.confidence == pytest.approx(0.6 * 0.7)
