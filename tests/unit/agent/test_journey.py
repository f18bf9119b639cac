"""The way through tiers and schemas, as tables."""

from __future__ import annotations

import pytest

from agent.journey import Journey, Rejection, Verdict, advance, begin, judge, weigh
from agent.message import Candidate, Crashed, Evidence, Reason, Refusal
from agent.schemas import Complexity, compile_schema

TIERS = ("t1", "t2")


@pytest.mark.parametrize(
    ("complexity", "tiers", "tier"),
    [
        (Complexity.SIMPLE, TIERS, "t1"),
        (Complexity.MEDIUM, TIERS, "t2"),
        (Complexity.COMPLEX, TIERS, "t2"),
        (Complexity.COMPLEX, ("only",), "only"),
    ],
)
def test_complexity_decides_the_first_tier(complexity: Complexity, tiers: tuple[str, ...], tier: str) -> None:
    """Simple schemas begin below; with one tier installed, it is every tier."""
    assert begin(("s",), tiers, {"s": complexity}).tier == tier


def candidate(confidence: float = 0.9, refusal: Refusal | None = None) -> Candidate:
    """Return a candidate."""
    return Candidate(None if refusal else {"a": 1}, (), confidence, "t1", "", refusal, "why")


@pytest.mark.parametrize(
    ("result", "violations", "ungrounded", "reason", "climbs"),
    [
        (candidate(), [], [], None, False),
        (candidate(0.3), [], [], Reason.UNSURE, True),
        (candidate(), ["/a: x"], [], Reason.INVALID, True),
        (candidate(), [], ["/a"], Reason.UNGROUNDED, True),
        (candidate(), ["/a: x"], ["/a"], Reason.UNGROUNDED, True),
        (candidate(0.9, Refusal.NOT_THIS_SCHEMA), [], [], Reason.NOT_THIS_SCHEMA, False),
        (candidate(0.3, Refusal.NOT_THIS_SCHEMA), [], [], Reason.NOT_THIS_SCHEMA, True),
        (candidate(0.9, Refusal.TEXT_TOO_LONG), [], [], Reason.TEXT_TOO_LONG, True),
        (candidate(0.1, Refusal.EMPTY_TEXT), [], [], Reason.EMPTY_TEXT, False),
        (Crashed("twice"), [], [], Reason.EXTRACTOR_CRASHED, False),
    ],
)
def test_judgement(
    result: Candidate | Crashed,
    violations: list[str],
    ungrounded: list[str],
    reason: Reason | None,
    climbs: bool,  # noqa: FBT001 - a table
) -> None:
    """What is thought of a try, and whether a higher tier may do better."""
    verdict = judge(result, threshold=0.5, violations=violations, ungrounded=ungrounded)
    assert (verdict.reason, verdict.climbs) == (reason, climbs)


SCHEMA = compile_schema({"type": "object", "properties": {"a": {"type": "string"}}})


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (Candidate({"a": "x"}, (Evidence("/a", 0, 1, 1.0),), 0.5, "t1", ""), None),
        (Candidate({"a": "x"}, (Evidence("/a", 0, 1, 1.0),), 0.4, "t1", ""), Reason.UNSURE),
        (Candidate({"a": "x"}, (Evidence("/a", 1, 2, 1.0),), 0.9, "t1", ""), Reason.UNGROUNDED),
        (Candidate({"a": 1}, (Evidence("/a", 2, 3, 1.0),), 0.9, "t1", ""), Reason.INVALID),
        (candidate(0.9, Refusal.NOT_THIS_SCHEMA), Reason.NOT_THIS_SCHEMA),
        (Crashed("twice"), Reason.EXTRACTOR_CRASHED),
    ],
)
def test_a_try_is_validated_and_looked_up_before_it_is_judged(
    result: Candidate | Crashed, reason: Reason | None
) -> None:
    """Value, evidence and confidence each have a say; what has no value is not looked at."""
    assert weigh(result, "xy1", SCHEMA, threshold=0.5).reason is reason


def walk(schemas: tuple[str, ...], verdicts: list[Verdict]) -> Journey | Rejection:
    """Advance through verdicts."""
    at: Journey | Rejection = begin(schemas, TIERS, dict.fromkeys(schemas, Complexity.SIMPLE))
    for verdict in verdicts:
        assert isinstance(at, Journey)
        at = advance(at, verdict)
    return at


NO = Verdict(Reason.NOT_THIS_SCHEMA, "no", climbs=False, confidence=0.9)
UNSURE = Verdict(Reason.UNSURE, "unsure", climbs=True, confidence=0.2)
CRASH = Verdict(Reason.EXTRACTOR_CRASHED, "crash", climbs=False, confidence=0.0)


def test_doubt_climbs_then_changes_the_schema() -> None:
    """t1, t2, then the next schema from its own first tier."""
    at = walk(("a", "b"), [UNSURE])
    assert isinstance(at, Journey)
    assert (at.schema, at.tier) == ("a", "t2")
    at = walk(("a", "b"), [UNSURE, UNSURE])
    assert isinstance(at, Journey)
    assert (at.schema, at.tier) == ("b", "t1")


def test_sure_refusal_skips_the_higher_tier() -> None:
    """'Not this schema', said with confidence, costs no second opinion."""
    at = walk(("a", "b"), [NO])
    assert isinstance(at, Journey)
    assert (at.schema, at.tier) == ("b", "t1")


def test_crash_ends_the_way() -> None:
    """No other schema is tried on poison."""
    end = walk(("a", "b"), [CRASH])
    assert isinstance(end, Rejection)
    assert end.reason is Reason.EXTRACTOR_CRASHED


def test_rejection_gives_the_most_telling_reason() -> None:
    """A near miss on one schema says more than a plain no on the other."""
    end = walk(("a", "b"), [UNSURE, UNSURE, NO])
    assert isinstance(end, Rejection)
    assert end.reason is Reason.UNSURE
    assert [(one.schema, one.tier) for one in end.trail] == [("a", "t1"), ("a", "t2"), ("b", "t1")]
