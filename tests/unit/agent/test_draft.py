"""Guesses of an answer: what may come next, offered for a model to decide."""

from __future__ import annotations

import pytest

from agent.extract.draft import Guide
from agent.schemas import compile_schema

SCHEMA = compile_schema(
    {
        "type": "object",
        "properties": {
            "device_id": {"type": "string"},
            "temp": {"type": "number"},
            "on": {"type": "boolean"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "parts": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"name": {"type": "string"}, "count": {"type": "integer"}},
                },
            },
            "status": {"type": "string"},
        },
    },
    name="draft",
)
TEXT = """Report

Device Id: P-7 "west"
Serial: 4711
Temp: 81.4 C
On: True
Tags:
  hot
  loud
Parts:
  Name: belt
  Count: 2
  Name: axle
  Count: 1
Status: fine
"""


@pytest.mark.parametrize(
    ("written", "guessed"),
    [
        ("", '{"device_id": "'),
        ("{", '"device_id": "'),
        ('{"device_id": "', 'P-7 \\"west\\"", "temp": '),
        ('{"device_id": "P-7', ' \\"west\\"", "temp": '),
        ('{"device_id": "P-7 \\"west\\"",', ' "temp": '),
        ('{"temp": ', '81.4, "on": '),
        ('{"temp": 81', '.4, "on": '),
        ('{"temp": 81.4', ""),
        ('{"on": ', 'true, "tags": '),
        ('{"tags": [', '"hot", "loud"]'),
        ('{"tags": ["hot"', ', "loud"]'),
        ('{"tags": ["hot", "loud"', '], "parts": '),
        ('{"parts": [{"name": "', 'belt", "count": '),
        ('{"parts": [{"name": "belt", "count": ', '2}, {"name": '),
        ('{"parts": [{"name": "belt", "count": 2}, {"name": "', 'axle", "count": '),
        ('{"parts": [{"name": "belt", "count": 2}, {"name": "axle", "count": 1}', '], "status": '),
        ('{"status": "', 'fine"}'),
    ],
)
def test_a_guess_is_what_the_next_lines_say(written: str, guessed: str) -> None:
    """Values stand behind their labels, list items below; lines of no property are passed over."""
    found = list(Guide(TEXT, SCHEMA.root).after(written))
    assert guessed in found if guessed else all(one[0] in ",}]" or one.startswith(".") for one in found)


@pytest.mark.parametrize("written", ['{"other": "', '{"device_id": "elsewhere', "null", '{"temp": 12'])
def test_an_answer_that_went_another_way_gets_no_guess(written: str) -> None:
    """Nothing is offered that does not go on from what stands."""
    assert list(Guide(TEXT, SCHEMA.root).after(written)) == []


def test_a_text_without_labels_gets_only_the_opening() -> None:
    """No guess is better than a bad one: each wrong token costs a token's time."""
    assert list(Guide("pump 81.4 on", SCHEMA.root).after("")) == ["{"]
