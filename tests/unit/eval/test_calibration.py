"""Calibration: confidence that means what it says."""

from __future__ import annotations

import math
import random

import pytest

from agent.models import Calibration
from eval.calibration import Sample, auroc, chosen, coverage, fit, kept, left_out, threshold


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


def test_fit_finds_what_shared_characters_are_worth() -> None:
    """Answers that share characters are right less often, at the same raw confidence."""
    chance = random.Random(3)  # noqa: S311 - test data, no secret
    truth = Calibration(slope=1.0, offset=2.0, shared=-2.0)
    seen = []
    for _ in range(20_000):
        raw, shared = chance.uniform(0.01, 1.0), chance.random() < 0.3
        seen.append(Sample(raw, chance.random() < truth.confidence(raw, shared=shared), shared=shared))
    assert fit(seen).shared == pytest.approx(-2.0, abs=0.15)


def test_threshold_is_that_of_the_hardest_set() -> None:
    """An easy set alone would let everything through."""
    easy = [Sample(0.6, right=True)] * 40
    hard = [Sample(0.9, right=True)] * 40 + [Sample(0.6, right=False)] * 40
    curve = Calibration(slope=1.0, offset=0.0)
    assert threshold([easy], curve, 0.9) == pytest.approx(curve.confidence(0.6), abs=1e-4)
    assert threshold([easy, hard], curve, 0.9) == pytest.approx(curve.confidence(0.9), abs=1e-4)


def test_threshold_rests_on_more_than_a_few_answers() -> None:
    """Five right answers in front are luck: there is no threshold for this set."""
    lucky = [Sample(0.9, right=True)] * 5 + [Sample(0.6, right=False)] * 40
    assert threshold([lucky], Calibration(slope=1.0, offset=0.0), 0.9) is None


def test_families_are_judged_by_a_threshold_that_did_not_see_them() -> None:
    """The family whose sure answers are wrong shows it, though all others would hide it."""
    chance = random.Random(5)  # noqa: S311 - test data, no secret
    seen = [
        Sample(raw, chance.random() < 1.5 * raw, family=family)
        for family in ("one", "two")
        for raw in [chance.uniform(0.01, 1.0) for _ in range(500)]
    ]
    false = [Sample(0.99, right=False, family="false")] * 8
    found = left_out([[*seen, *false]], 0.9)
    assert found["one"].published_right == pytest.approx(0.93, abs=0.07)
    assert (found["false"].published, found["false"].published_right) == (1.0, 0.0)
    assert found["all"].answers == 1_008


def test_chosen_curve_carries_its_threshold_and_what_it_is_for() -> None:
    """Both go into the manifest; what is kept above it is right as often as asked for."""
    seen = [Sample(one.raw, one.right) for one in drawn(4_000, 2)]
    curve = chosen([seen], 0.7)
    assert curve.precision == 0.7
    made = kept([Sample(curve.confidence(one.raw), one.right) for one in seen], curve.threshold)
    assert made.published_right == pytest.approx(0.7, abs=0.01)
    assert 0 < made.published < 1
