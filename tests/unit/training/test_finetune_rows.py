"""Rows to learn from: where they come from, and why some are left out."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from agent.models import sha256
from agent.schemas import bundled_folder
from eval.dataset import EDGEJSON_SHA256, DatasetError
from training.faults import Unusable
from training.finetune.rows import EDGEJSON_TEST, Why, gather

MACHINE = {"machine_id": "M1", "temperature_c": 5, "state": "running"}
TEXT = "M1 temp 5 state running"


def exported(path: Path, *lines: dict[str, Any]) -> Path:
    """Write an export of an audit database, with a person's corrections."""
    known = {"text": TEXT, "schema": "machine_state", "value": {"machine_id": "wrong"}, "received_at": 1.0}
    path.write_text("".join(json.dumps(known | line) + "\n" for line in lines), encoding="utf-8")
    return path


def examples(folder: Path, *lines: dict[str, Any]) -> Path:
    """Write a schema with examples beside it."""
    shutil.copy(bundled_folder() / "machine_state.schema.json", folder / "machine_state.schema.json")
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "machine_state.examples.jsonl").write_text(text, encoding="utf-8")
    return folder


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
