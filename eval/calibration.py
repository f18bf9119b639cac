"""Calibration: from the model's own product of probabilities to the share of records that turn out right.

Platt's method (Platt, 1999): a logistic curve over the logarithm of the raw confidence, fitted by Newton's
method, here with each set of cases weighing the same. Ranking, and so the area under the curve, does not
change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agent.models import SMALLEST, Calibration
from eval.runner import Answer

Floats = npt.NDArray[np.float64]

STEPS = 50
"""Newton steps; it converges in under ten."""
RIDGE = 1e-3
"""Pull toward no slope, which keeps a set that is all right or all wrong finite."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer: what the model thought, and what was true."""

    raw: float
    right: bool
    weight: float = 1.0


def samples(answers: Sequence[Answer]) -> list[Sample]:
    """Return the published answers of one set, weighing one in all."""
    given = [answer for answer in answers if answer.candidate.value is not None]
    return [Sample(one.candidate.confidence, one.score.exact, 1.0 / len(given)) for one in given]


def fit(seen: Sequence[Sample]) -> Calibration:
    """Return the curve that makes the samples likeliest.

    Raises:
        ValueError: there are no samples.
    """
    if not seen:
        message = "no published answer to calibrate with"
        raise ValueError(message)
    rows = np.array([[np.log(max(one.raw, SMALLEST)), 1.0] for one in seen])
    right = np.array([float(one.right) for one in seen])
    weight = np.array([one.weight for one in seen])
    weight = weight * len(seen) / weight.sum()
    curve: Floats = np.zeros(2)
    for _ in range(STEPS):
        chance = 1.0 / (1.0 + np.exp(-rows @ curve))
        slope = rows.T @ (weight * (chance - right)) + RIDGE * curve
        bend = (rows * (weight * chance * (1.0 - chance))[:, None]).T @ rows + RIDGE * np.eye(2)
        curve = curve - np.linalg.solve(bend, slope)
    return Calibration(slope=round(max(0.0, float(curve[0])), 6), offset=round(float(curve[1]), 6))


def auroc(seen: Sequence[Sample]) -> float | None:
    """Return how often a right answer has more confidence than a wrong one; ties count half."""
    right = np.array([one.raw for one in seen if one.right])
    wrong = np.array([one.raw for one in seen if not one.right])
    if not len(right) or not len(wrong):
        return None
    more = (right[:, None] > wrong[None]).mean() + 0.5 * (right[:, None] == wrong[None]).mean()
    return float(more)


def coverage(seen: Sequence[Sample], precision: float) -> tuple[float, float] | None:
    """Return the largest share of answers, surest first, that is right this often, and its threshold."""
    order = sorted(seen, key=lambda one: -one.raw)
    kept = np.cumsum([one.right for one in order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(kept >= precision)
    return ((int(good[-1]) + 1) / len(order), order[int(good[-1])].raw) if len(good) else None


def summary(seen: Sequence[Sample], curve: Calibration, precision: float) -> dict[str, float | None]:
    """Return the curve, its area, and the coverage and threshold at a precision."""
    reached = coverage(seen, precision)
    return {
        "samples": len(seen),
        "auroc": auroc(seen),
        **curve.model_dump(),
        "precision": precision,
        "coverage": reached[0] if reached else 0.0,
        "threshold": curve.confidence(reached[1]) if reached else None,
    }
