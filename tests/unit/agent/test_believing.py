"""How sure a tier must be."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent.app.assembly import add_tier
from agent.app.believing import threshold_of
from agent.message import Evidence
from agent.models import EMBEDDED, MANIFEST, Calibration, load, share_characters
from agent.settings import THRESHOLD, TierSettings


def folder_with(folder: Path, calibration: dict[str, float] | None) -> str:
    """Write a manifest with a calibration; return its folder."""
    folder.mkdir(parents=True)
    shutil.copy(EMBEDDED / MANIFEST, folder)
    document = json.loads((folder / MANIFEST).read_text("utf-8")) | {"calibration": calibration}
    (folder / MANIFEST).write_text(json.dumps(document), "utf-8")
    return str(folder)


def test_settings_go_before_the_model(tmp_path: Path) -> None:
    """A threshold of nought is one too."""
    model = folder_with(tmp_path / "m", {"slope": 1.0, "offset": 0.0, "threshold": 0.8})
    assert threshold_of(TierSettings(name="t", model=model, threshold=0.0)) == 0.0


def test_model_says_it_where_settings_do_not(tmp_path: Path) -> None:
    """What its calibration was measured to need."""
    model = folder_with(tmp_path / "m", {"slope": 1.0, "offset": 0.0, "threshold": 0.8})
    assert threshold_of(TierSettings(name="t", model=model)) == 0.8
    assert threshold_of(TierSettings(name="t")) == load(EMBEDDED).manifest.threshold


@pytest.mark.parametrize("calibration", [None, {"slope": 1.0, "offset": 0.0}])
def test_default_where_nothing_was_measured(tmp_path: Path, calibration: dict[str, float] | None) -> None:
    """A model without calibration, or with one of before thresholds were in it."""
    assert threshold_of(TierSettings(name="t", model=folder_with(tmp_path / "m", calibration))) == THRESHOLD


def test_broken_model_and_stub_have_the_default(tmp_path: Path) -> None:
    """That the model is broken, its worker says."""
    assert threshold_of(TierSettings(name="t", model=str(tmp_path / "nowhere"))) == THRESHOLD
    assert threshold_of(TierSettings(name="t", kind="stub")) == THRESHOLD


@pytest.mark.parametrize(
    ("spans", "shared"),
    [
        ([(0, 3), (3, 5)], False),
        ([(3, 5), (0, 4)], True),
        ([(2, 4), (2, 4)], True),
        ([(-1, -1), (-1, -1)], False),
        ([], False),
    ],
)
def test_values_on_the_same_characters(spans: list[tuple[int, int]], *, shared: bool) -> None:
    """Side by side is not shared, and what stands nowhere shares nothing."""
    evidence = [Evidence(f"/{number}", *span, 1.0) for number, span in enumerate(spans)]
    assert share_characters(evidence) is shared


def test_shared_characters_lower_the_confidence() -> None:
    """As far as the curve was measured to; not where there is none."""
    curve = Calibration(slope=1.0, offset=2.0, shared=-3.0)
    assert curve.confidence(0.5, shared=True) < curve.confidence(0.5)
    manifest = load(EMBEDDED).manifest.model_copy(update={"calibration": curve})
    twice = [Evidence("/a", 0, 2, 1.0), Evidence("/b", 1, 2, 1.0)]
    assert manifest.confidence(0.5, twice) == curve.confidence(0.5, shared=True)
    assert manifest.model_copy(update={"calibration": None}).confidence(0.5, twice) == 0.5


def test_agent_asks_a_tier_for_what_its_model_says(tmp_path: Path) -> None:
    """The threshold gets as far as the loop that decides."""
    model = folder_with(tmp_path / "m", {"slope": 1.0, "offset": 0.0, "threshold": 0.77})
    rungs: dict[str, Any] = {}
    process: Any = SimpleNamespace(add=rungs.__setitem__, finished=None)
    worker: Any = SimpleNamespace(tier="t")
    add_tier(process, TierSettings(name="t", model=model), worker)
    assert rungs["t"].threshold == 0.77
