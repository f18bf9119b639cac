"""Calibration: confidence that means what it says."""

from __future__ import annotations

import math
import random

import pytest

from agent.models import Calibration
from eval.calibration import Sample, auroc, coverage, fit


def drawn(count: int, seed: int) -> list[Sample]:
    """Return answers that are right with a known chance of their raw confidence."""
    chance = random.Random(seed)  # noqa: S311 - test data, no secret
    raws = [chance.uniform(0.001, 1.0) ** 3 for _ in range(count)]
    truth = Calibration(slope=0.5, offset=1.0)
    return [Sample(raw, chance.random() < truth.confidence(raw)) for raw in raws]


def test_fit_finds_the_curve_behind_the_answers() -> None:
    """Slope and offset are recovered from answers drawn by them."""
    curve = fit(drawn(20_000, 1))
    assert curve.slope == pytest.approx(0.5, abs=0.05)
    assert curve.offset == pytest.approx(1.0, abs=0.1)


def test_calibrated_confidence_keeps_the_ranking() -> None:
    """A surer answer stays the surer one."""
    curve = Calibration(slope=0.3, offset=2.0)
    made = [curve.confidence(raw) for raw in (0.0, 1e-9, 0.1, 0.5, 1.0)]
    assert made == sorted(made)
    assert all(0.0 <= one <= 1.0 for one in made)


def test_answers_all_right_stay_finite() -> None:
    """A set without a wrong answer gives a curve, not an overflow."""
    curve = fit([Sample(0.5, right=True)] * 10)
    assert math.isfinite(curve.offset)
    assert curve.confidence(0.5) > 0.9


def test_nothing_to_fit_is_an_error() -> None:
    """Without a published answer there is no curve."""
    with pytest.raises(ValueError, match="no published answer"):
        fit([])


@pytest.mark.parametrize(
    ("rights", "expected"), [([True, True, False], 1.0), ([False, True], 0.0), ([True], None), ([], None)]
)
def test_area_under_the_curve(rights: list[bool], expected: float | None) -> None:
    """One where every right answer is surer, nothing where there is nothing to compare."""
    assert auroc([Sample(1.0 / (1 + place), right) for place, right in enumerate(rights)]) == expected


def test_coverage_at_a_precision() -> None:
    """The surest two of four are right: half of the answers at full precision."""
    seen = [Sample(raw, right) for raw, right in ((0.9, True), (0.8, True), (0.7, False), (0.6, False))]
    assert coverage(seen, 1.0) == (0.5, 0.8)
    assert coverage([Sample(0.5, right=False)], 0.5) is None
