"""The cascade against each of its tiers alone: what climbing brings, and how often it is asked for. Pure.

Every tier answers every case once; what the agent would do at a threshold is then worked out with the agent's
own code (``agent/journey.py``): where a schema begins, what climbs, what is rejected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from agent.journey import Rejection, advance, begin, weigh
from agent.message import Candidate
from eval.dataset import Case
from eval.metrics import interval, mean, paired
from eval.runner import Run
from eval.scoring import Score, score

THRESHOLDS: Final = (0.5, 0.7, 0.9)
"""Confidences under which a tier is not believed, where no others are asked for."""


@dataclass(frozen=True, slots=True)
class Way:
    """What became of one case."""

    score: Score
    asked: int
    """Tiers that were asked."""
    last: int
    """Number of the tier that ended it."""

    @property
    def right(self) -> bool:
        """Published and right, or rightly not published."""
        return self.score.exact if self.score.published else self.score.expects_refusal


def follow(case: Case, candidates: Sequence[Candidate], thresholds: Sequence[float]) -> Way:
    """Return what the agent would make of what each tier says, each believed from its threshold on."""
    if case.schema is None:
        return Way(score(case, candidates[0]), asked=1, last=0)
    names = [str(number) for number in range(len(candidates))]
    journey = begin([case.schema.name], names, {case.schema.name: case.schema.complexity})
    for asked in range(1, len(candidates) + 1):
        tier = journey.tier_at
        verdict = weigh(candidates[tier], case.text, case.schema, threshold=thresholds[tier])
        onward = advance(journey, verdict) if verdict.reason else None
        if onward is None or isinstance(onward, Rejection):
            return Way(score(case, candidates[tier], threshold=thresholds[tier]), asked, tier)
        journey = onward
    raise AssertionError(case.id)  # the last tier climbs nowhere


def rows(
    runs: Sequence[Run], thresholds: Sequence[float] = THRESHOLDS, *, peers: Sequence[Run] = ()
) -> list[dict[str, Any]]:
    """Return each tier and peer alone, and the cascade of all tiers, at each threshold.

    Differences are those of the cascade from each alone, on the same cases.
    """
    return [row for threshold in thresholds for row in _at(threshold, runs, peers)]


def _at(threshold: float, runs: Sequence[Run], peers: Sequence[Run]) -> list[dict[str, Any]]:
    alone = {run.model: _ways([run], threshold) for run in (*runs, *peers)}
    together = _ways(runs, threshold)
    cascade = figures(" → ".join(run.model for run in runs), threshold, together)
    cascade["ended_by"] = {
        run.model: sum(way.last == number for way in together) for number, run in enumerate(runs)
    }
    cascade["against"] = {name: _against(ways, together) for name, ways in alone.items()}
    return [*(figures(name, threshold, ways) for name, ways in alone.items()), cascade]


def _ways(runs: Sequence[Run], threshold: float) -> list[Way]:
    answers = zip(*(run.answers for run in runs), strict=True)
    limits = [threshold] * len(runs)
    return [follow(one[0].case, [answer.candidate for answer in one], limits) for one in answers]


def figures(name: str, threshold: float, ways: Sequence[Way]) -> dict[str, Any]:
    """Return what became of all cases."""
    published = [way for way in ways if way.score.published]
    unwanted = [way for way in ways if way.score.expects_refusal]
    right = [float(way.right) for way in ways]
    return {
        "name": name,
        "threshold": threshold,
        "cases": len(ways),
        "right": mean(right),
        "right_interval": interval(right),
        "published": mean(float(way.score.published) for way in ways),
        "published_right": mean(float(way.score.exact) for way in published),
        "published_right_interval": interval([float(way.score.exact) for way in published])
        if published
        else None,
        "false_published": mean(float(way.score.published) for way in unwanted),
        "escalated": mean(float(way.asked > 1) for way in ways),
    }


def _against(alone: Sequence[Way], together: Sequence[Way]) -> dict[str, Any]:
    by, ends = paired([float(way.right) for way in alone], [float(way.right) for way in together])
    return {"right": by, "interval": ends}
