"""What other weights cost in score."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from agent.extract import Job
from agent.message import Candidate, Evidence, Json
from agent.schemas import compile_schema
from eval.dataset import Case
from eval.loss import losses

SCHEMA = compile_schema({"type": "object", "properties": {"n": {"type": "number"}}}, name="s")
CASES = [Case(str(number), f"n {number}", SCHEMA, {"n": number}, "simple") for number in range(100, 300)]


class Forgets:
    """An extractor that is wrong in its first ``count`` cases of all."""

    tier = "t"

    def __init__(self, count: int) -> None:
        self.left = count

    def extract(self, jobs: Sequence[Job], /) -> list[Candidate]:
        """Return the number that the text says, or its first digits."""
        found = []
        for job in jobs:
            end = len(job.text) - (self.left > 0)
            self.left -= 1
            value: dict[str, Json] = {"n": int(job.text[2:end])}
            found.append(Candidate(value, (Evidence("/n", 2, end, 1.0),), 1.0, "t", ""))
        return found


@pytest.mark.parametrize(("wrong", "bearable"), [(0, True), (2, True), (3, False)])
def test_more_than_a_point_is_not_bearable(wrong: int, *, bearable: bool) -> None:
    """Of 200 cases two may be lost."""
    found = losses(CASES, Forgets(0), {"other": Forgets(wrong)})["other"]
    assert found.lost == pytest.approx(wrong / 200)
    assert found.changed == wrong
    assert found.bearable is bearable
    assert found.figures()["bearable"] is bearable
    assert f"{wrong} cases changed" in str(found)


def test_weights_that_do_better_lose_nothing() -> None:
    """The difference has a sign."""
    found = losses(CASES, Forgets(4), {"other": Forgets(0)})["other"]
    assert found.lost == pytest.approx(-0.02)
    assert found.leaf_f1_lost == pytest.approx(-0.02)
    assert found.bearable


def test_nothing_to_compare_is_an_error() -> None:
    """Nought of nought cases would be bearable."""
    with pytest.raises(ValueError, match="no cases"):
        losses([], Forgets(0), {})
