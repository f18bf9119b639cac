"""Pure: answers -> the points of a reliability diagram and of a risk-coverage curve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from eval.calibration import Sample

BINS: Final = 10
"""Dots of a reliability diagram, each of as many answers."""


def reliable(seen: Sequence[Sample]) -> list[tuple[tuple[float, float], int]]:
    """Return mean confidence, share that is right, and number of answers, by tenths from unsure to sure."""
    ranked = sorted(seen, key=lambda one: one.raw)
    size = max(1, -(-len(ranked) // BINS))
    groups = [ranked[first : first + size] for first in range(0, len(ranked), size)]
    return [((_mean([one.raw for one in group]), _right(group)), len(group)) for group in groups]


def risk(seen: Sequence[Sample]) -> list[tuple[float, float]]:
    """Return, for each share of the answers, surest first, the share of these that is wrong.

    The curve of El-Yaniv and Wiener (2010), by the model's own confidence.
    """
    ranked = sorted(seen, key=lambda one: -one.raw)
    wrong, points = 0, []
    for count, one in enumerate(ranked, start=1):
        wrong += not one.right
        points.append((count / len(ranked), wrong / count))
    return points


def expected_error(seen: Sequence[Sample]) -> float | None:
    """Return the mean distance of confidence and truth over the tenths (Naeini et al., 2015), if any."""
    if not seen:
        return None
    return sum(count * abs(said - right) for (said, right), count in reliable(seen)) / len(seen)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _right(group: Sequence[Sample]) -> float:
    return _mean([float(one.right) for one in group])
