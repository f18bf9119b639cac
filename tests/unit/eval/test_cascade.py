"""The cascade worked out from what each tier says."""

from __future__ import annotations

from typing import Any

import pytest

from agent.message import Candidate, Evidence, Json, Refusal
from agent.schemas import Complexity, compile_schema
from eval.cascade import follow, rows
from eval.dataset import Case
from eval.runner import Answer, Run
from eval.scoring import score

SCHEMA: dict[str, Json] = {"type": "object", "properties": {"n": {"type": "number"}}, "required": ["n"]}


def case(expected: Any = None, complexity: Complexity = Complexity.SIMPLE) -> Case:
    """Return a case with the text "n 5 or 7"."""
    schema = compile_schema(SCHEMA, name="s", complexity=complexity)
    return Case("c", "n 5 or 7", schema, expected, complexity.value)


def says(number: int, confidence: float) -> Candidate:
    """Return an answer that stands in the text."""
    start = 2 if number == 5 else 7
    return Candidate(
        {"n": number}, (Evidence("/n", start, start + 1, confidence),), confidence, "t", "", tokens=3
    )


REFUSES = Candidate(None, (), 0.9, "t", "", Refusal.NOT_THIS_SCHEMA, "another kind")


@pytest.mark.parametrize(
    ("candidates", "asked", "last", "right"),
    [
        ([says(5, 0.9), says(7, 0.9)], 1, 0, True),
        ([says(7, 0.3), says(5, 0.9)], 2, 1, True),
        ([says(5, 0.3), says(7, 0.9)], 2, 1, False),
        ([says(5, 0.3), says(5, 0.3)], 2, 1, False),
        ([REFUSES, says(5, 0.9)], 1, 0, False),
    ],
)
def test_the_agent_goes_on_only_where_a_tier_is_not_believed(
    candidates: list[Candidate], asked: int, last: int, *, right: bool
) -> None:
    """Sure answers and sure refusals end it; unsure ones climb, and the last tier's are rejected."""
    way = follow(case({"n": 5}), candidates, [0.5, 0.5])
    assert (way.asked, way.last, way.right) == (asked, last, right)


def test_schemas_that_are_not_simple_begin_at_the_second_tier() -> None:
    """As the agent's own journey has it."""
    way = follow(case({"n": 5}, Complexity.COMPLEX), [says(7, 0.9), says(5, 0.9)], [0.5, 0.5])
    assert (way.asked, way.last, way.right) == (1, 1, True)


def test_what_is_rightly_not_published_is_right() -> None:
    """A text of another kind, and a value that nobody believes."""
    assert follow(case(None), [REFUSES], [0.5]).right
    assert follow(case(None), [says(5, 0.2)], [0.5]).right
    assert not follow(case(None), [says(5, 0.8)], [0.5]).right


def test_rows_hold_each_tier_alone_and_the_cascade() -> None:
    """The first tier is wrong and unsure in one of two cases; climbing mends it, the peer is no tier."""
    cases = [case({"n": 5}), case({"n": 7})]
    small, large, peer = (
        Run(
            tuple(Answer(one, made, score(one, made)) for one, made in zip(cases, candidates, strict=True)),
            1.0,
            name,
        )
        for name, candidates in (
            ("small", [says(5, 0.9), says(5, 0.2)]),
            ("large", [says(5, 0.9), says(7, 0.9)]),
            ("peer", [says(7, 1.0), says(7, 1.0)]),
        )
    )
    found = rows([small, large], [0.5], peers=[peer])
    assert [one["name"] for one in found] == ["small", "large", "peer", "small → large"]
    assert [one["right"] for one in found] == [0.5, 1.0, 0.5, 1.0]
    cascade = found[-1]
    assert (cascade["escalated"], cascade["ended_by"]) == (0.5, {"small": 1, "large": 1})
    assert cascade["against"]["small"]["right"] == 0.5
    assert cascade["published_right"] == 1.0
