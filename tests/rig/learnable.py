"""Files that a fine-tuning learns from, of each kind, small."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from agent.models import sha256
from agent.schemas import bundled_folder
from eval.dataset import EDGEJSON_SHA256
from training.finetune.rows import EDGEJSON_TEST, EDGEJSON_TRAIN

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


def edgejson(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a folder of EdgeJSON's form, and let its files be the published ones."""
    (folder / "schemas/simple").mkdir(parents=True)
    shutil.copy(bundled_folder() / "machine_state.schema.json", folder / "schemas/simple/machine_state.json")
    long = (
        "Machine Report\n\nMachine Id: M{n}\nTemperature: {n}\nState: running\n\nPlease extract it as JSON."
    )
    for name, texts in ((EDGEJSON_TRAIN, [long.format(n=1), TEXT]), (EDGEJSON_TEST, [long.format(n=7)])):
        rows = [
            {"id": f"{number}", "schema_id": "machine_state", "prompt": text, "expected_output": MACHINE}
            for number, text in enumerate(texts)
        ]
        (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        monkeypatch.setitem(EDGEJSON_SHA256, name, sha256(folder / name))
    return folder
