"""What other weights of the same model cost in score: quantised against whole, on the same cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from agent.extract import Extractor
from eval.dataset import Case
from eval.metrics import interval, mean, paired
from eval.runner import run
from eval.scoring import Score

MOST: Final = 0.01
"""JSONExact that quantisation may cost; more is refused."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A paired comparison."""

    cases: int
    whole: float
    """JSONExact of the whole weights."""
    other: float
    """JSONExact of the others."""
    lost: float
    """The difference; negative where the others do better."""
    interval: list[float]
    """Its 95 % bootstrap interval over cases."""
    changed: int
    """Cases that one of the two gets right and the other not."""
    leaf_f1_lost: float

    @property
    def bearable(self) -> bool:
        """Whether no more is lost than may be."""
        return self.lost <= MOST

    def __str__(self) -> str:
        """Return a line for the terminal."""
        low, high = self.interval
        return (
            f"JSONExact {self.whole:.2%} → {self.other:.2%} of {self.cases} cases: "
            f"{100 * self.lost:+.2f} points lost (95 % {100 * low:+.2f} to {100 * high:+.2f}), "
            f"{self.changed} cases changed, leaf F1 {100 * self.leaf_f1_lost:+.2f}"
        )

    def figures(self) -> dict[str, Any]:
        """Return all as JSON."""
        return asdict(self) | {"bearable": self.bearable, "most": MOST}


def losses(cases: Sequence[Case], whole: Extractor, others: Mapping[str, Extractor]) -> dict[str, Loss]:
    """Ask all for every case; return what each of the others loses.

    Raises:
        ValueError: there are no cases.
    """
    if not cases:
        message = "no cases to compare weights on"
        raise ValueError(message)
    before = _scores(cases, whole)
    return {name: _between(before, _scores(cases, other)) for name, other in others.items()}


def _scores(cases: Sequence[Case], extractor: Extractor) -> list[Score]:
    return [one.score for one in run(cases, extractor).answers]


def _between(before: Sequence[Score], after: Sequence[Score]) -> Loss:
    lost = [float(one.exact) - float(two.exact) for one, two in zip(before, after, strict=True)]
    return Loss(
        cases=len(before),
        whole=mean(float(one.exact) for one in before) or 0.0,
        other=mean(float(one.exact) for one in after) or 0.0,
        lost=mean(lost) or 0.0,
        interval=interval(lost),
        changed=sum(map(bool, lost)),
        leaf_f1_lost=paired([one.leaf_f1 for one in after], [one.leaf_f1 for one in before])[0],
    )
