"""An export ends where quantised weights lose a point of score."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from agent.extract import Job
from agent.message import Candidate, Refusal
from agent.models import EMBEDDED, Model, load
from training import scored
from training.faults import Unfaithful
from training.scored import bearable, cases


def model(quantisation: str) -> Model:
    """Return the embedded model under another name of its weights."""
    found = load(EMBEDDED)
    return Model(Path("m"), found.manifest.model_copy(update={"quantisation": quantisation}))


class Refuses:
    """An extractor that refuses everything; wrong in all texts that hold a value."""

    tier = "t"

    def extract(self, jobs: Sequence[Job], /) -> list[Candidate]:
        """Refuse."""
        return [Candidate(None, (), 1.0, "t", "", Refusal.NOT_THIS_SCHEMA, "no") for _ in jobs]


class Knows(Refuses):
    """An extractor that has the right answers at hand."""

    def extract(self, jobs: Sequence[Job], /) -> list[Candidate]:
        """Return what the case of that text expects."""
        known = {case.text: case.expected for case in cases(60)}
        refused = super().extract(jobs)
        return [
            Candidate(known[job.text], (), 1.0, "t", "") if known[job.text] is not None else no
            for job, no in zip(jobs, refused, strict=True)
        ]


def test_cases_are_the_same_every_time_and_hold_texts_to_refuse() -> None:
    """Two exports are compared on the same texts."""
    first, second = cases(60), cases(60)
    assert [(one.text, one.expected) for one in first] == [(one.text, one.expected) for one in second]
    assert any(one.expected is None for one in first)
    assert sum(one.expected is not None for one in first) > 40


def test_weights_that_lose_end_the_export(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was measured is said before it ends."""
    monkeypatch.setattr(
        scored, "opened", lambda one: Refuses() if one.manifest.quantisation == "Q4_0" else Knows()
    )
    assert bearable(model("F16"), [model("Q8_0")], 60)["Q8_0"].lost == 0.0
    with pytest.raises(Unfaithful, match="points of JSONExact"):
        bearable(model("F16"), [model("Q8_0"), model("Q4_0")], 60)
    assert "Q4_0: JSONExact" in capsys.readouterr().out
