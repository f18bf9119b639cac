"""Labelled texts without spans: where their values stand, which of them may be learned from."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from eval.dataset import load_edgejson
from training import rows
from training.synthesis import generate, violations
from training.trace import trace

if TYPE_CHECKING:
    from agent.message import Json

EDGEJSON = Path(__file__).parents[4] / "shared" / "data" / "edgejson"
TEXTS = 400
AGREEMENT = 0.95
MIXED = 800


@pytest.mark.parametrize(
    ("text", "value", "spans"),
    [
        ("temp 7 hum 7", {"temp": 7, "hum": 7}, {"/temp": "5:6", "/hum": "11:12"}),
        ("hum: 7, temp: 7", {"temp": 7, "hum": 7}, {"/temp": "14:15", "/hum": "5:6"}),
        ("id 17 count 7", {"count": 7}, {"/count": "12:13"}),
        ("Door Open: YES", {"door_open": True}, {"/door_open": "11:14"}),
        (
            "tags: a, b, a",
            {"tags": ["a", "b", "a"]},
            {"/tags/0": "6:7", "/tags/1": "9:10", "/tags/2": "12:13"},
        ),
        ("State: idle", {"state": "IDLE"}, {"/state": "7:11"}),
        ("n 1,250.5 kW", {"n": 1250.5}, {"/n": "2:9"}),
    ],
)
def test_trace_finds_the_place_that_is_meant(text: str, value: Json, spans: dict[str, str]) -> None:
    """Labels outrank order, order outranks nothing, and a value is a word of its own."""
    found = trace(text, value)
    assert {pointer: f"{start}:{end}" for pointer, (start, end) in found.spans.items()} == spans
    assert not found.missing


def test_trace_names_what_the_text_lacks() -> None:
    """A value that stands nowhere is named; null is looked for nowhere."""
    found = trace("temp 7", {"temp": 7, "unit": "C", "note": None, "inner": {"left": [3]}})
    assert found.missing == ("/unit", "/inner/left/0")


def test_trace_of_repeated_groups_keeps_them_apart() -> None:
    """Values of the second item are found behind those of the first; labels of empty objects are headings."""
    text = "Devices:\n  Id: 4\n  Port: 4\n  Id: 4\nExtra:\nTotal: 4"
    found = trace(text, {"devices": [{"id": 4, "port": 4}, {"id": 4}], "extra": {}, "total": 4})
    assert [start for start, _ in found.spans.values()] == [15, 25, 33, 49]
    assert {name: text[start:end] for name, (start, end) in found.headings.items()} == {
        "/devices": "Devices",
        "/extra": "Extra",
    }


def test_trace_agrees_with_texts_whose_spans_are_known() -> None:
    """Of synthetic texts of reports and pairs, nearly every value is traced to where the writer put it."""
    same = total = 0
    for family in ("report", "pairs", "dossiers"):
        for example in islice(generate(11, family=family), TEXTS):
            found = trace(example.text, example.value).spans if example.value else {}
            known = {pointer: span for pointer, span in example.spans.items() if pointer in found}
            same += sum(found[pointer] == span for pointer, span in known.items())
            total += len(known)
    assert total > 10 * TEXTS
    assert same / total > AGREEMENT


@pytest.mark.skipif(not EDGEJSON.is_dir(), reason="EdgeJSON is not beside the repository")
def test_learnable_rows_are_neither_kept_for_tuning_nor_near_a_test_row() -> None:
    """Every third row of train stays out, so does each that a test row is like; the rest trace well."""
    counts: Counter[str] = Counter()
    cases = rows.learnable(EDGEJSON, counts)
    train = load_edgejson(EDGEJSON, "train")
    kept = {case.id for case in cases}
    assert len(cases) + counts["kept for tuning"] + counts["too near a test row"] == len(train)
    assert not kept & {case.id for case in load_edgejson(EDGEJSON, "tuning")}
    assert not kept & {case.id for case in load_edgejson(EDGEJSON, "test")}
    examples = list(rows.traced(cases, counts))
    assert len(examples) + counts["a value stands nowhere"] == len(cases)
    assert [fault for example in examples for fault in violations(example)] == []


def test_main_writes_what_load_reads(tmp_path: Path) -> None:
    """Cases of a file come back as examples with spans; what cannot be traced is counted and left out."""
    schema = {"type": "object", "properties": {"t": {"type": "number"}}}
    cases = [
        {"text": "t=4.5", "schema": schema, "expected": {"t": 4.5}},
        {"text": "hello", "schema": schema, "expected": None},
        {"text": "t=4.5", "schema": schema, "expected": {"t": 9}},
        {"text": "t=4.5", "schema": {"type": "flying"}, "expected": {"t": 4.5}},
    ]
    source, out = tmp_path / "cases.jsonl", tmp_path / "rows.jsonl"
    source.write_text("".join(json.dumps(case) + "\n" for case in cases), encoding="utf-8")
    told = CliRunner().invoke(rows.main, ["--cases", str(source), "--out", str(out)], catch_exceptions=False)
    assert json.loads(told.output) == {
        "examples": 2,
        "a value stands nowhere": 1,
        "schema does not compile": 1,
    }
    found = rows.load(out)
    assert [(one.value, one.spans) for one in found] == [({"t": 4.5}, {"/t": (2, 5)}), (None, {})]


def test_mixed_holds_the_share_of_labelled_texts_and_a_few_refusals() -> None:
    """One in ten is a labelled text; one in eight of these is to be refused; all repeatable."""
    labelled = [replace(one, format="row") for one in islice(generate(3, family="pairs"), 50)]
    found = list(islice(rows.mixed(7, 1.0, labelled, 0.1), MIXED))
    share = Counter(one.format for one in found)
    assert 0.08 * MIXED < share["row"] + share["refused"] < 0.13 * MIXED
    assert 0 < share["refused"] < 0.3 * share["row"]
    assert all(one.value is None and not one.spans for one in found if one.format == "refused")
    assert found == list(islice(rows.mixed(7, 1.0, labelled, 0.1), MIXED))
    assert {one.format for one in islice(rows.mixed(7, 1.0, (), 0.1), 50)} & {"row"} == set()
