"""What goes out, and how fast."""

from __future__ import annotations

import json

import pytest

from agent.message import Candidate, Evidence, Kind, Reason, Record
from agent.publish import Addresses, Answer, Pace, Source, data, dead_letter, timestamp, weigh
from agent.testing import FakeClock

ADDRESSES = Addresses(base="maaza", node="n")
SOURCE = Source("id-1", "in/p7", "p7", 1_700_000_000.1234, "p7 é on")


def test_record_as_published() -> None:
    """The documented shape; text is not escaped, offsets are in characters."""
    evidence = (Evidence("/name", 3, 4, 0.9), Evidence("/on", -1, -1, 0.8, inferred=True))
    candidate = Candidate({"name": "é", "on": True}, evidence, 0.75, "mlm", "abc")
    out = data(SOURCE, Record("s", "1.2", "f", candidate), ADDRESSES)
    assert (out.topic, out.kind, out.device) == ("maaza/n/data/p7", Kind.DATA, "p7")
    assert "é" in out.payload
    assert json.loads(out.payload) == {
        "id": "id-1",
        "schema": "s",
        "schema_version": "1.2",
        "value": {"name": "é", "on": True},
        "evidence": {"/name": [3, 4], "/on": None},
        "inferred": ["/on"],
        "converted": {},
        "confidence": 0.75,
        "tier": "mlm",
        "received_at": "2023-11-14T22:13:20.123Z",
        "qos": 1,
        "retained": False,
    }
    assert dict(out.properties) == {
        "id": "id-1",
        "schema": "s",
        "schema-version": "1.2",
        "model": "abc",
        "tier": "mlm",
        "source-topic": "in/p7",
    }


def test_dead_letter_carries_reason_and_text() -> None:
    """Whoever reads it knows why, and with what."""
    out = dead_letter(SOURCE, Reason.UNSURE, "0.3 < 0.5", (), ADDRESSES)
    assert out.topic == "maaza/n/rejected/p7"
    body = json.loads(out.payload)
    assert (body["reason"], body["detail"], body["text"]) == ("unsure", "0.3 < 0.5", "p7 é on")


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (0, Answer.TAKEN),
        (0x10, Answer.TAKEN),
        (0x87, Answer.LATER),
        (0x97, Answer.LATER),
        (0x95, Answer.NEVER),
    ],
)
def test_answers_are_weighed(code: int, answer: Answer) -> None:
    """'No subscribers' is taken; 'not authorised' may be mended; 'too large' never."""
    assert weigh(code) is answer


def test_pace_limits_the_drain() -> None:
    """One second's worth at once, then the rate."""
    clock = FakeClock()
    pace = Pace(10, monotonic=clock.monotonic)
    assert pace.allow(50) == 10
    pace.spend(10)
    assert pace.allow(50) == 0
    clock.advance(0.5)
    assert pace.allow(50) == 5
    assert Pace(0, monotonic=clock.monotonic).allow(50) == 50


def test_timestamp_is_rfc_3339_in_utc() -> None:
    """Milliseconds, and Z."""
    assert timestamp(0) == "1970-01-01T00:00:00.000Z"
