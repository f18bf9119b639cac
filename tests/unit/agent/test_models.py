"""Model folders: what a manifest may say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.errors import EngineBroken
from agent.models import EMBEDDED, MANIFEST, OVERRULED, load


def with_thresholds(folder: Path, **thresholds: float) -> Path:
    """Write a manifest with these thresholds; return its folder."""
    folder.mkdir(exist_ok=True)
    manifest = {
        "name": "tiny",
        "decoding": "pointer",
        "gguf": "tiny.gguf",
        "gguf_sha256": "0" * 64,
        "context": 2048,
        "licence": "Apache-2.0",
        "parameters": 7,
        "quantisation": "Q8_0",
        "thresholds": thresholds,
    }
    (folder / MANIFEST).write_text(json.dumps(manifest))
    return folder


def test_thresholds_that_settings_overrule_are_accepted_and_count_for_nothing(tmp_path: Path) -> None:
    """An older model folder works on, with the thresholds that it is asked for."""
    older = load(with_thresholds(tmp_path / "older", publish=0.9, escalate=0.1, item=0.3))
    newer = load(with_thresholds(tmp_path / "newer", item=0.3))
    assert older.manifest == newer.manifest
    assert OVERRULED.isdisjoint(older.manifest.thresholds.model_dump())


def test_any_other_threshold_is_refused_by_name(tmp_path: Path) -> None:
    """A typing error would silently decide nothing."""
    with pytest.raises(EngineBroken, match=r"thresholds\.itm"):
        load(with_thresholds(tmp_path, itm=0.3))


def test_the_embedded_manifest_holds_nothing_that_is_ignored() -> None:
    """What the product ships is what it reads."""
    written = json.loads((EMBEDDED / MANIFEST).read_text("utf-8"))
    assert OVERRULED.isdisjoint(written["thresholds"])
