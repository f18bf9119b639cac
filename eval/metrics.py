"""Pure: scores -> figures with intervals, whole and by group."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypedDict

import numpy as np

from eval.scoring import Score

ROUNDS: Final = 2_000
"""Resamples of a bootstrap; more moves the ends of an interval by less than 0.2 points."""

SEED: Final = 20_250_101
"""Seed of the resampling, so that a figure's interval is the same every time."""

CONFIDENCE: Final = 0.95
"""Share of resamples inside an interval."""


class Figures(TypedDict):
    """Figures of a group of cases; shares are 0 to 1."""

    cases: int
    json_exact: float
    published: int
    """Cases whose value the agent would publish at its threshold."""
    published_right: float | None
    """Of these, the share that is exactly right."""
    field_f1: float
    leaf_f1: float
    schema_compliance: float | None
    """Of the cases that expect a value, the share that got a value that validates."""
    refused: int
    """Cases without a value, rightly or not."""
    false_published: float | None
    """Of the cases that must be refused, the share that got a value, however unsure; None if none must."""
    false_at_threshold: float | None
    """Of the cases that must be refused, the share that the agent would publish at its threshold."""
    grounded: float | None
    """Of the values, the share whose every string and number equals its span."""


def figures(scores: Sequence[Score]) -> Figures:
    """Return the figures of ``scores``."""
    wanted = [one for one in scores if not one.expects_refusal]
    unwanted = [one for one in scores if one.expects_refusal]
    answered = [one for one in scores if not one.refused]
    published = [one for one in scores if one.published]
    return {
        "cases": len(scores),
        "json_exact": mean(one.exact for one in scores) or 0.0,
        "published": len(published),
        "published_right": mean(one.exact for one in published),
        "field_f1": mean(one.field_f1 for one in scores) or 0.0,
        "leaf_f1": mean(one.leaf_f1 for one in scores) or 0.0,
        "schema_compliance": mean(one.compliant for one in wanted),
        "refused": len(scores) - len(answered),
        "false_published": mean(not one.refused for one in unwanted),
        "false_at_threshold": mean(one.published for one in unwanted),
        "grounded": mean(one.grounded for one in answered),
    }


def mean(values: Iterable[float]) -> float | None:
    """Return the mean rounded to four places; None of nothing."""
    kept = list(values)
    return round(sum(kept) / len(kept), 4) if kept else None


def by_group(keys: Sequence[str], scores: Sequence[Score]) -> dict[str, Figures]:
    """Return the figures of each group, groups in order of their name; the empty key is no group."""
    groups: dict[str, list[Score]] = {}
    for key, one in zip(keys, scores, strict=True):
        if key:
            groups.setdefault(key, []).append(one)
    return {key: figures(groups[key]) for key in sorted(groups)}


MEASURES: Final[dict[str, Callable[[Score], float]]] = {
    "json_exact": lambda one: float(one.exact),
    "field_f1": lambda one: one.field_f1,
    "leaf_f1": lambda one: one.leaf_f1,
}
"""What gets an interval."""


def intervals(scores: Sequence[Score]) -> dict[str, list[float]]:
    """Return the bootstrap interval of each measure, as ``[low, high]``."""
    return {name: interval([of(one) for one in scores]) for name, of in MEASURES.items() if scores}


def interval(values: Sequence[float]) -> list[float]:
    """Return the percentile bootstrap interval of the mean of ``values``."""
    sample = np.asarray(values, dtype=np.float64)
    picks = np.random.default_rng(SEED).integers(0, len(sample), size=(ROUNDS, len(sample)))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(sample[picks].mean(axis=1), [tail, 1 - tail])
    return [round(float(low), 4), round(float(high), 4)]


def paired(one: Sequence[float], two: Sequence[float]) -> tuple[float, list[float]]:
    """Return the mean difference ``two - one`` over the same cases, and its interval."""
    differences = [after - before for before, after in zip(one, two, strict=True)]
    return mean(differences) or 0.0, interval(differences)
