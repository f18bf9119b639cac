"""Did a small chain come to something? Its figures, and what each must reach. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Report = Mapping[str, Any]
"""What ``python -m eval run --json`` prints."""

MIN_GAIN = 0.25
"""Leaf F1 by which the trained pointing model must beat the untrained one; measured: 0.616 and 0.187."""
MIN_AGREEMENT = 0.95
"""Share of choices that quantising to eight bits must leave as they are."""
MAX_LOSS = 0.9
"""Share of the loss of its first steps that a fine-tuning must come down to."""
EDGE = 4
"""Steps at each end of a fine-tuning whose losses are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a small chain came to."""

    trained: Report
    """Scores of the pointing model, on texts that it never saw."""
    untrained: Report
    """The same of one that has learned from one batch."""
    agreement: float
    """Share of choices that quantising left as they were."""
    losses: tuple[float, ...]
    """Of the steps of the fine-tuning."""
    causal: Mapping[str, Report]
    """Scores of the fine-tuned model, by quantisation."""


def faults(found: Figures) -> Iterator[str]:
    """Yield what a chain has not reached, in words."""
    gain = found.trained["leaf_f1"] - found.untrained["leaf_f1"]
    if gain < MIN_GAIN:
        yield f"the trained model beats the untrained one by {gain:.3f} leaf F1; {MIN_GAIN} is the least"
    if found.agreement < MIN_AGREEMENT:
        yield f"quantising left {found.agreement:.1%} of the choices; {MIN_AGREEMENT:.0%} is the least"
    for name, report in {"trained": found.trained, **found.causal}.items():
        yield from _ungrounded(name, report)
    began, ended = sum(found.losses[:EDGE]), sum(found.losses[-EDGE:])
    if len(found.losses) < 2 * EDGE or ended > MAX_LOSS * began:
        yield f"fine-tuning took the loss of {EDGE} steps from {began:.2f} to {ended:.2f}"


def _ungrounded(name: str, report: Report) -> Iterator[str]:
    if report["grounded"] != 1.0:
        yield f"{name}: of its values {report['grounded']} are grounded; all must be, and there must be some"
