"""What the model says of a text, beside what a template has made of it."""

from __future__ import annotations

from typing import Any

import pytest
from bench import Bench

from agent.app.hearing import Reading, compared, differing
from agent.journey import Rejection
from agent.message import Attempt, Candidate, Claimed, Evidence, Reason, Record
from agent.pipeline import Rung
from agent.templates.life import Check
from agent.testing import FakeQueue

VALUE: dict[str, Any] = {"device": "a", "temp": 2}
HERE = (Evidence("/device", 0, 1, 0.9), Evidence("/temp", 2, 3, 0.9))


def record(value: dict[str, Any], *, schema: str = "load", evidence: tuple[Evidence, ...] = HERE) -> Record:
    """Return what a tier has made of the text."""
    return Record(schema, "1", "f", Candidate(value, evidence, 0.9, "one", "m"))


def refused(reason: Reason, *tries: tuple[str, Reason, float]) -> Rejection:
    """Return a refusal with its tries."""
    trail = tuple(Attempt("load", tier, str(outcome), sure) for tier, outcome, sure in tries)
    return Rejection(reason, "", trail)


NO, MISSING, UNSURE = Reason.NOT_THIS_SCHEMA, Reason.MISSING_REQUIRED, Reason.UNSURE


@pytest.mark.parametrize(
    ("end", "check", "fields"),
    [
        (record(dict(VALUE)), Check.AGREED, ()),
        (record({"temp": 2.0, "device": "a"}), Check.AGREED, ()),
        (record({"device": "a", "temp": 3}), Check.DIFFERED, ("/temp",)),
        (record({"device": "a"}), Check.DIFFERED, ("/temp",)),
        (record({"device": "a", "temp": 2, "hum": 1}), Check.DIFFERED, ("/hum",)),
        (record(dict(VALUE), schema="other"), Check.DIFFERED, ()),
        (record({"device": "a", "temp": 3}, evidence=(*HERE, Evidence("/hum", 2, 3, 0.9))), Check.OPEN, ()),
        (refused(NO, ("one", NO, 0.9)), Check.DIFFERED, ()),
        (refused(MISSING, ("one", MISSING, 0.9), ("two", MISSING, 0.6)), Check.DIFFERED, ()),
        (refused(NO, ("one", NO, 0.4)), Check.OPEN, ()),
        (refused(NO, ("one", UNSURE, 0.3), ("two", NO, 0.9)), Check.OPEN, ()),
        (refused(UNSURE, ("one", UNSURE, 0.3)), Check.OPEN, ()),
        (refused(Reason.EXTRACTOR_CRASHED), Check.OPEN, ()),
        (refused(NO, ("gone", NO, 0.9)), Check.OPEN, ()),
    ],
)
def test_answer_beside_a_template(
    bench: Bench, end: Record | Rejection, check: Check, fields: tuple[str, ...]
) -> None:
    """Only what the model is sure of counts, for or against."""
    message = Claimed(1, "id", "load/a/raw", "a", True, "a 2", 0.0, None, 1)  # noqa: FBT003 - in the order of a row
    reading = Reading("t", message, bench.plans.current, bench.route, "load", VALUE)
    rungs = {name: Rung(lane=FakeQueue(name), threshold=0.5) for name in ("one", "two")}
    assert compared(reading, end, rungs) == (check, fields)


def test_differing_leaves_of_nested_values() -> None:
    """By pointer, in the order of the one, then of the other."""
    one: dict[str, Any] = {"a": {"b": 1}, "c": [1, 2], "d": True}
    other: dict[str, Any] = {"a": {"b": 1.0}, "c": [1, 3, 4], "d": 1}
    assert differing(one, other) == ("/c/1", "/d", "/c/2")
