"""Templates learned from examples: what they read, and what they leave alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lessons import NOW, Rows, read, register, schema_of, taught

from agent.schemas import bundled_schemas, load_examples
from agent.schemas.bundled import bundled_folder
from agent.templates.pattern import pattern
from agent.templates.places import same
from agent.templates.teach import Taught, learn
from agent.templates.written import dump, identity, load

PUMPS: Rows = [
    ("PUMP-07 temp 81.4C hum 40 state RUNNING", {"id": "PUMP-07", "t": 81.4, "h": 40, "state": "RUNNING"}),
    ("PUMP-12 temp 7C hum 55.5 state IDLE", {"id": "PUMP-12", "t": 7, "h": 55.5, "state": "IDLE"}),
    ("VALVE-3 temp 20C state IDLE", {"id": "VALVE-3", "t": 20, "state": "IDLE"}),
]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("FAN-1 temp -3.25C hum 1 state FAULT", {"id": "FAN-1", "t": -3.25, "h": 1, "state": "FAULT"}),
        ("FAN-1 temp 5C state running", {"id": "FAN-1", "t": 5, "state": "RUNNING"}),
        ("FAN-1 temp 5C state running\n", {"id": "FAN-1", "t": 5, "state": "RUNNING"}),
        ("FAN-1 hum 5C temp 1 state FAULT", None),
        ("FAN-1 temp 5C hum 1 vib 3 state FAULT", None),
        ("FAN-1 state FAULT temp 5C hum 1", None),
        ("FAN-1 hum 1 state FAULT", None),
        ("FAN-1 temp 5C hum 1 state BROKEN", None),
        ("FAN-1 temp 500C hum 1 state FAULT", None),
        ("FAN-1 temp 1,5C hum 1 state FAULT", None),
        ("FAN-1 temp 5C hum 1 state FAULT state IDLE", None),
        ("x FAN-1 temp 5C hum 1 state FAULT", None),
        ("FAN-1 temp 5C hum 1 state FAULT\nFAN-2 temp 5C hum 1 state FAULT", None),
        ("", None),
    ],
)
def test_a_format_with_an_optional_part(text: str, value: Any) -> None:
    """Values vary, optional parts come and go, an enum's other words follow; all else is not this format."""
    assert read(PUMPS, text) == value


def test_what_was_learned_can_be_read_by_people() -> None:
    """The pattern shows constant words, fields with what they take, and what may be missing."""
    assert [pattern(one.template) for one in taught(PUMPS).learned] == [
        "{id: W-9} temp {t: number}C( hum {h: number})? state {state: fault|idle|running}"
    ]


def test_arrays_of_values_take_any_number() -> None:
    """What stands between two items is learned, and as many as come are read."""
    rows: Rows = [("a: E1,E2;", {"codes": ["E1", "E2"]}), ("a: E4;", {"codes": ["E4"]})]
    assert read(rows, "a: E7,E8,E9,E10;") == {"codes": ["E7", "E8", "E9", "E10"]}
    assert read(rows, "a: E7,E8,;") is None
    assert read(rows, "a: ;") is None


def test_arrays_of_objects_over_lines() -> None:
    """Items of several lines, each with its fields, are told apart by what stands between them."""
    rows: Rows = [
        (
            "gw e9\nn=a v=1\nn=b v=2.5\nend\n",
            {"id": "e9", "parts": [{"n": "a", "v": 1}, {"n": "b", "v": 2.5}]},
        ),
        ("gw e7\nn=c v=3\nend\n", {"id": "e7", "parts": [{"n": "c", "v": 3}]}),
    ]
    text = "gw e1\nn=x v=1\nn=y v=2\nn=z v=-3\nend\n"
    parts = [{"n": "x", "v": 1}, {"n": "y", "v": 2}, {"n": "z", "v": -3}]
    assert read(rows, text) == {"id": "e1", "parts": parts}
    assert read(rows, text.replace("n=y", "v=y")) is None


def test_nested_objects_and_filled_columns() -> None:
    """Fields of an inner object are put there; columns are filled up with as many blanks as it takes."""
    rows: Rows = [
        ("p  1.5   22 ok", {"at": {"x": 1.5, "y": 22}}),
        ("p 10.5    3 ok", {"at": {"x": 10.5, "y": 3}}),
    ]
    assert read(rows, "p 100.25     7 ok") == {"at": {"x": 100.25, "y": 7}}


def test_words_for_yes_and_no() -> None:
    """Who has seen a word for yes knows the one for no."""
    rows: Rows = [("leak: no, t: 5", {"leak": False, "t": 5}), ("leak: no, t: 6", {"leak": False, "t": 6})]
    assert read(rows, "leak: yes, t: 7") == {"leak": True, "t": 7}
    assert read(rows, "leak: maybe, t: 7") is None


def test_a_choice_under_another_word() -> None:
    """A word that varies as the choice does is what tells it; other words tell nothing."""
    rows: Rows = [
        ("ST=run T=4", {"state": "RUNNING", "t": 4}),
        ("ST=off T=5", {"state": "IDLE", "t": 5}),
        ("ST=run T=7", {"state": "RUNNING", "t": 7}),
    ]
    assert read(rows, "ST=off T=9") == {"state": "IDLE", "t": 9}
    assert read(rows, "ST=err T=9") is None


def test_what_varies_and_belongs_to_no_field() -> None:
    """Timestamps and counters are skipped, also where the examples have the same."""
    rows: Rows = [
        ("2024-07-09 04:00:01 seq 17 t=1", {"t": 1}),
        ("2024-07-09 04:00:07 seq 18 t=2", {"t": 2}),
        ("2024-07-09 04:00:09 seq 19 t=3", {"t": 3}),
    ]
    assert read(rows, "2025-12-31 23:59:59 seq 120 t=-4.5") == {"t": -4.5}
    assert read(rows, "2025-12-31 23:59:59 sec 120 t=-4.5") is None


def test_free_text_holds_no_label() -> None:
    """A field that the examples do not have is not taken for a part of the words before it."""
    rows: Rows = [
        ("id a1 note door open", {"id": "a1", "note": "door open"}),
        ("id b2 note filter is dirty again", {"id": "b2", "note": "filter is dirty again"}),
        ("id b3 note ok", {"id": "b3", "note": "ok"}),
    ]
    assert read(rows, "id c3 note belt slips on two rolls") == {"id": "c3", "note": "belt slips on two rolls"}
    assert read(rows, "id c3 note belt slips state bad") is None


def test_a_field_without_a_value_has_a_word_of_its_own() -> None:
    """`null` where others have a number means that the field is left out."""
    rows: Rows = [("m;5;7.5", {"t": 5, "h": 7.5}), ("m;6;null", {"t": 6}), ("m;7;8", {"t": 7, "h": 8})]
    assert read(rows, "m;9;null") == {"t": 9}
    assert read(rows, "m;9;1") == {"t": 9, "h": 1}


def test_equal_values_are_told_apart_by_other_examples() -> None:
    """A value that stands twice in one text has the place that agrees with the others."""
    rows: Rows = [("a;5;5", {"t": 5}), ("a;6;1", {"t": 6})]
    assert read(rows, "a;8;9") == {"t": 8}


def test_conversions_are_declared_not_learned() -> None:
    """A decimal comma is read as the schema declares it; the examples give the converted value."""
    schema = schema_of(t={"type": "number", "x-maaza": {"decimal": ","}})
    lesson = taught([("T 21,5 C", {"t": 21.5}), ("T 7,0 C", {"t": 7})], schema)
    hit = register(lesson, schema).match(("s",), "T 99,25 C")
    assert hit is not None
    assert (hit.found.leaves[0].start, hit.found.leaves[0].end) == (2, 7)
    assert register(lesson, schema).match(("s",), "T 99.25 C") is None


@pytest.mark.parametrize("name", sorted(bundled_schemas()))
def test_bundled_examples_are_learned_without_a_wrong_value(name: str) -> None:
    """Whatever is learned of the bundled examples reads each as wanted, or not at all."""
    schema = bundled_schemas()[name]
    rows = load_examples(bundled_folder() / f"{name}.examples.jsonl")
    lesson = learn([Taught(one.line, one.text, one.expected) for one in rows], schema, now=NOW)
    known = register(lesson, schema)
    hits = [(one, known.match((name,), one.text)) for one in rows]
    assert all(hit is None or same(hit.found.value, one.expected) for one, hit in hits)
    assert sum(hit is not None for _, hit in hits) >= 0.6 * sum(one.expected is not None for one in rows)


def test_templates_keep_their_form_in_json() -> None:
    """What is stored is what was learned, and has the same id."""
    for name, schema in bundled_schemas().items():
        rows = load_examples(bundled_folder() / f"{name}.examples.jsonl")
        lesson = learn([Taught(one.line, one.text, one.expected) for one in rows], schema, now=NOW)
        for one in lesson.learned:
            again = load(json.loads(json.dumps(dump(one.template))))
            assert again == one.template
            assert identity(again, schema.fingerprint) == one.id
