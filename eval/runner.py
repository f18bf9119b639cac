"""Cases x extractor -> a run: answers, scores and the time that it took."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from agent.convert import converted
from agent.extract import Extractor, Job
from agent.message import Candidate, Refusal
from agent.models import Model
from agent.settings import THRESHOLD
from eval.dataset import Case
from eval.scoring import Score, score

BATCH: Final = 16
"""Texts given to the extractor at once."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One case with what came of it."""

    case: Case
    candidate: Candidate
    score: Score


@dataclass(frozen=True, slots=True)
class Run:
    """A whole set of cases answered."""

    answers: tuple[Answer, ...]
    """In the order of the cases."""
    seconds: float
    """Wall time spent inside the extractor."""
    model: str
    """Name of the extractor's model, else of its tier."""
    threshold: float = THRESHOLD
    """Confidence from which on the agent would publish what it says."""

    @property
    def tokens(self) -> int:
        """Tokens that the model read and wrote."""
        return sum(answer.candidate.tokens for answer in self.answers)


def run(
    cases: Sequence[Case],
    extractor: Extractor,
    *,
    batch: int = BATCH,
    progress: Callable[[int], None] = lambda _done: None,
) -> Run:
    """Ask ``extractor`` for every case, ``batch`` at a time, and score what it answers.

    ``progress`` is called with the number of cases done.
    """
    candidates: list[Candidate] = []
    seconds = 0.0
    for first in range(0, len(cases), batch):
        begun = time.perf_counter()
        candidates += _ask(cases[first : first + batch], extractor)
        seconds += time.perf_counter() - begun
        progress(len(candidates))
    limit = believed(extractor)
    answers = (
        Answer(case, made, score(case, made, threshold=limit))
        for case, made in zip(cases, candidates, strict=True)
    )
    return Run(tuple(answers), seconds, str(getattr(extractor, "name", extractor.tier)), limit)


def believed(extractor: Extractor) -> float:
    """Return the confidence that a tier of this extractor asks for where its settings name none."""
    model = getattr(extractor, "model", None)
    return model.manifest.threshold if isinstance(model, Model) else THRESHOLD


def _ask(cases: Sequence[Case], extractor: Extractor) -> list[Candidate]:
    """Return one candidate per case; a case whose schema does not compile is refused without asking.

    Values are converted as their schemas declare. Nobody knows when a case was received: a timestamp without
    year is not converted, and counts as wrong.
    """
    jobs = [Job(case.text, case.schema) for case in cases if case.schema]
    made = iter(extractor.extract(jobs)) if jobs else iter(())
    return [
        converted(next(made), case.text, case.schema, None).candidate if case.schema else _no_schema(case)
        for case in cases
    ]


def _no_schema(case: Case) -> Candidate:
    return Candidate(None, (), 1.0, "none", "", Refusal.SCHEMA_TOO_LARGE, case.problem)
