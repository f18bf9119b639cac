"""Calibration: from what is seen of an answer to the share of such answers that are right.

Platt's method (Platt, 1999): a logistic curve, here over the logarithm of the raw confidence (the product of
the decisions' probabilities) and whether two values stand on the same characters, fitted by Newton's method
with each set of cases weighing the same. The threshold is chosen behind it: the lowest confidence from which
on each set, hard ones too, is as often right as asked for. What more could be seen of an answer (how much of
the text it uses, the weakest decision, labels, number of fields) was tried: it made the curve truer for known
families of text and less true for others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from agent.models import SMALLEST, Calibration, share_characters
from eval.runner import Answer

Floats = npt.NDArray[np.float64]

STEPS = 50
"""Newton steps; it converges in under ten."""
RIDGE = 1e-3
"""Pull toward no slope, which keeps a set that is all right or all wrong finite."""
ENOUGH = 20
"""Surest answers of a set that a threshold must rest on; fewer are right by chance."""
PRECISION = 0.9
"""Share of right answers that a threshold is chosen for where no other is asked for."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer: what was seen of it, and what was true."""

    raw: float
    right: bool
    weight: float = 1.0
    shared: bool = False
    """Two of its values stand on the same characters."""
    family: str = ""
    """Kind of text."""


def samples(answers: Sequence[Answer]) -> list[Sample]:
    """Return the answers of one set that hold a value, weighing one in all."""
    given = [answer for answer in answers if answer.candidate.value is not None]
    return [
        Sample(
            one.candidate.confidence,
            one.score.exact,
            1.0 / len(given),
            share_characters(one.candidate.evidence),
            one.case.format,
        )
        for one in given
    ]


def fit(seen: Sequence[Sample]) -> Calibration:
    """Return the curve that makes the samples likeliest.

    Raises:
        ValueError: there are no samples.
    """
    if not seen:
        message = "no published answer to calibrate with"
        raise ValueError(message)
    rows = np.array([[np.log(max(one.raw, SMALLEST)), float(one.shared), 1.0] for one in seen])
    right = np.array([float(one.right) for one in seen])
    weight = np.array([one.weight for one in seen])
    weight = weight * len(seen) / weight.sum()
    slope, shared, offset = newton(rows, right, weight)
    return Calibration(
        slope=round(max(0.0, slope), 6), shared=round(min(0.0, shared), 6), offset=round(offset, 6)
    )


def newton(rows: Floats, right: Floats, weight: Floats) -> list[float]:
    """Return the weights of a logistic curve."""
    curve: Floats = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        chance = 1.0 / (1.0 + np.exp(-rows @ curve))
        slope = rows.T @ (weight * (chance - right)) + RIDGE * curve
        bend = (rows * (weight * chance * (1.0 - chance))[:, None]).T @ rows + RIDGE * np.eye(len(curve))
        curve = curve - np.linalg.solve(bend, slope)
    return [float(one) for one in curve]


def calibrated(seen: Sequence[Sample], curve: Calibration) -> list[Sample]:
    """Return the samples with what the curve makes of them in place of the raw confidence."""
    return [replace(one, raw=curve.confidence(one.raw, shared=one.shared)) for one in seen]


def auroc(seen: Sequence[Sample]) -> float | None:
    """Return how often a right answer has more confidence than a wrong one; ties count half."""
    right = np.array([one.raw for one in seen if one.right])
    wrong = np.array([one.raw for one in seen if not one.right])
    if not len(right) or not len(wrong):
        return None
    more = (right[:, None] > wrong[None]).mean() + 0.5 * (right[:, None] == wrong[None]).mean()
    return float(more)


def coverage(seen: Sequence[Sample], precision: float) -> tuple[float, float] | None:
    """Return the largest share of answers, surest first, that is right this often, and its threshold.

    Equally sure answers are kept or left together.
    """
    order = sorted(seen, key=lambda one: -one.raw)
    right = np.cumsum([one.right for one in order]) / np.arange(1, len(order) + 1)
    ends = np.diff([one.raw for one in order], append=-1.0) != 0
    good = np.flatnonzero((right >= precision) & ends)
    return ((int(good[-1]) + 1) / len(order), order[int(good[-1])].raw) if len(good) else None


def threshold(sets: Sequence[Sequence[Sample]], curve: Calibration, precision: float) -> float | None:
    """Return the confidence from which on every set is right this often; None where one never is."""
    found = [_needed(calibrated(one, curve), precision) for one in sets if one]
    kept = [one for one in found if one is not None]
    return round(max(kept), 4) if kept and len(kept) == len(found) else None


def _needed(seen: Sequence[Sample], precision: float) -> float | None:
    reached = coverage(seen, precision)
    return reached[1] if reached and reached[0] * len(seen) >= min(ENOUGH, len(seen)) else None


def chosen(sets: Sequence[Sequence[Sample]], precision: float) -> Calibration:
    """Return the curve of all sets, with its threshold.

    Raises:
        ValueError: there are no samples.
    """
    curve = fit([one for seen in sets for one in seen])
    limit = threshold(sets, curve, precision)
    return curve.model_copy(update={"precision": precision, "threshold": limit})


@dataclass(frozen=True, slots=True)
class Kept:
    """What a curve and its threshold make of some answers."""

    answers: int
    auroc: float | None
    published: float
    """Share of the answers at or above the threshold."""
    published_right: float | None
    """Of these, the share that is right."""


def kept(seen: Sequence[Sample], limit: float | None) -> Kept:
    """Return what the threshold makes of calibrated samples."""
    sure = [one for one in seen if limit is not None and one.raw >= limit]
    right = sum(one.right for one in sure)
    return Kept(
        len(seen), auroc(seen), len(sure) / len(seen) if seen else 0.0, right / len(sure) if sure else None
    )


def left_out(sets: Sequence[Sequence[Sample]], precision: float) -> dict[str, Kept]:
    """Return what becomes of each family of texts under a curve and threshold that never saw it."""
    families = sorted({one.family for seen in sets for one in seen if one.family})
    found, every = {}, []
    for family in families:
        rest = [[one for one in seen if one.family != family] for seen in sets]
        curve = chosen([seen for seen in rest if seen], precision) if any(rest) else None
        if curve is None or curve.threshold is None:
            continue
        mine = calibrated([one for seen in sets for one in seen if one.family == family], curve)
        found[family] = kept(mine, curve.threshold)
        every += [replace(one, raw=one.raw - curve.threshold) for one in mine]
    return {"all": kept(every, 0.0), **found} if found else {}


def summary(sets: Sequence[Sequence[Sample]], curve: Calibration) -> dict[str, Any]:
    """Return the curve, what it makes of each set, and of families of text that it is not told of."""
    seen = [one for part in sets for one in part]
    unseen = left_out(sets, curve.precision or PRECISION)
    return {
        "samples": len(seen),
        "auroc": auroc(calibrated(seen, curve)),
        **curve.model_dump(),
        "sets": [asdict(kept(calibrated(part, curve), curve.threshold)) for part in sets],
        "families_left_out": {name: asdict(one) for name, one in unseen.items()},
    }
