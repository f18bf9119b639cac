"""Rows to learn from: where they come from, and why some are left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bench import Bench, make_schema, open_buffer
from click.testing import CliRunner
from learnable import MACHINE, TEXT, edgejson, examples, exported

from agent.cli import main as maaza
from agent.models import sha256
from agent.testing import FakeClock, packet
from eval.dataset import EDGEJSON_SHA256, DatasetError
from training.faults import Unusable
from training.finetune.rows import EDGEJSON_TEST, EDGEJSON_TRAIN, Why, gather


def test_examples_come_from_folders_and_files(tmp_path: Path) -> None:
    """With their schema, refusals too."""
    folder = examples(tmp_path, {"text": TEXT, "expected": MACHINE}, {"text": "rain", "expected": None})
    for path in (folder, folder / "machine_state.examples.jsonl"):
        found = gather([path])
        assert [(row.text, row.expected, row.source) for row in found.rows] == [
            (TEXT, MACHINE, "examples"),
            ("rain", None, "examples"),
        ]
        assert not found.left_out


def test_of_an_export_only_corrected_rows_count(tmp_path: Path) -> None:
    """What the model said is not learned from; a person's value is, and so is null."""
    path = exported(tmp_path / "audit.jsonl", {}, {"corrected": MACHINE}, {"corrected": None})
    found = gather([path])
    assert [(row.expected, row.source, row.received_at) for row in found.rows] == [
        (MACHINE, "audit", 1.0),
        (None, "audit", 1.0),
    ]
    assert found.left_out == {Why.UNREVIEWED: 1}


def test_an_export_of_a_real_database_is_read(tmp_path: Path) -> None:
    """What `maaza audit export` writes, with a person's value added; its schema comes from `--schemas`."""
    clock = FakeClock()
    buffer = open_buffer(tmp_path / "maaza.db", clock)
    bench = Bench(tmp_path / "maaza.db", clock, buffer)
    bench.connect(present=False)
    bench.arrive(packet(1, "kiln temp 5 hum 6"), packet(2, "oven temp 7"))
    bench.extract()
    exported = tmp_path / "week.jsonl"
    told = ["audit", "export", "--database", str(buffer.path), "--output", str(exported)]
    assert CliRunner().invoke(maaza, told).exit_code == 0
    buffer.close()
    first, second = (json.loads(line) for line in exported.read_text(encoding="utf-8").splitlines())
    right = {"device": "kiln", "temp": 5}
    exported.write_text(
        f"{json.dumps(first | {'corrected': right})}\n{json.dumps(second)}\n", encoding="utf-8"
    )
    schemas = tmp_path / "schemas"
    schemas.mkdir()
    (schemas / "load.schema.json").write_text(json.dumps(make_schema().document), encoding="utf-8")
    found = gather([exported], schemas=[schemas])
    (row,) = found.rows
    assert (row.text, row.expected, row.schema.name) == ("kiln temp 5 hum 6", right, "load")
    assert row.received_at == first["received_at"]
    assert found.left_out == {Why.UNREVIEWED: 1}


def test_edgejsons_folder_gives_its_train_split_less_what_is_near_its_test_split(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Known by its files' names and hashes; another file is refused."""
    folder = edgejson(tmp_path / "edgejson", monkeypatch)
    found = gather([folder])
    assert [(row.text, row.expected, row.source) for row in found.rows] == [(TEXT, MACHINE, "edgejson")]
    assert found.left_out == {Why.LEAK: 1}
    (folder / EDGEJSON_TRAIN).write_text("{}\n", encoding="utf-8")
    with pytest.raises(DatasetError, match="not EdgeJSON v3 as published"):
        gather([folder])


LEFT_OUT = {
    "covered": ({"text": "M1 ███ 5"}, Why.REDACTED),
    "no text": ({"text": None}, Why.REDACTED),
    "unknown schema": ({"schema": "none"}, Why.NO_SCHEMA),
    "invalid": ({"corrected": {"machine_id": 5}}, Why.INVALID),
}


@pytest.mark.parametrize(("changed", "why"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_rows_that_cannot_be_learned_from_are_counted(
    tmp_path: Path, changed: dict[str, Any], why: Why
) -> None:
    """Each with its reason; the others are kept."""
    good = {"corrected": MACHINE}
    found = gather([exported(tmp_path / "audit.jsonl", good, good | changed)])
    assert (len(found.rows), found.left_out) == (1, {why: 1})


def test_texts_near_those_held_out_are_left_out(tmp_path: Path) -> None:
    """Other numbers make no other text."""
    long = "Machine M{n} reports temperature {n} degrees and vibration {n} mm/s in state running"
    folder = examples(
        tmp_path, {"text": long.format(n=1), "expected": MACHINE}, {"text": TEXT, "expected": MACHINE}
    )
    held = tmp_path / "held.jsonl"
    held.write_text(json.dumps({"text": long.format(n=7)}) + "\n", encoding="utf-8")
    found = gather([folder], held_out=[held])
    assert ([row.text for row in found.rows], found.left_out) == ([TEXT], {Why.LEAK: 1})


def test_edgejsons_test_split_is_refused_under_any_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Known by its hash."""
    path = exported(tmp_path / "mine.jsonl", {"corrected": MACHINE})
    monkeypatch.setitem(EDGEJSON_SHA256, EDGEJSON_TEST, sha256(path))
    with pytest.raises(Unusable, match="test split"):
        gather([path])


def test_nothing_to_learn_from_says_why(tmp_path: Path) -> None:
    """An export that nobody corrected; a folder without data; lines that are none."""
    with pytest.raises(Unusable, match="1 nobody has added 'corrected'"):
        gather([exported(tmp_path / "audit.jsonl", {})])
    (tmp_path / "empty").mkdir()
    with pytest.raises(Unusable, match="neither edgejson_train"):
        gather([tmp_path / "empty"])
    (tmp_path / "bad.jsonl").write_text("{\n", encoding="utf-8")
    with pytest.raises(DatasetError, match=r"bad\.jsonl:1: not JSON"):
        gather([tmp_path / "bad.jsonl"])
