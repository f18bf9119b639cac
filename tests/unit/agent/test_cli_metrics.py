"""`maaza metrics`: a publication for people."""

from __future__ import annotations

from typing import Any

import pytest

from agent.app.readings import one
from agent.cli.metrics import page
from agent.errors import Transient
from agent.metrics import catalogue
from agent.metrics.instruments import Distribution
from agent.metrics.summary import document, snapshot, summary
from agent.terminal import Paint


def body(**more: Any) -> dict[str, Any]:
    """Return a publication as the agent makes it."""
    counts = tuple([0] * 10 + [90, 10] + [0] * (len(catalogue.SECONDS) - 11))
    now = snapshot(
        10.0,
        [
            (catalogue.UPTIME, one(10)),
            (catalogue.RECEIVED, {("plant/+/raw",): 100.0}),
            (catalogue.DECIDED, {("plant/+/raw", "ready"): 60.0, ("plant/+/raw", "rejected"): 40.0}),
            (catalogue.INBOX, {("received",): 7.0, ("claimed",): 1.0}),
            (catalogue.INBOX_AGE, one(12)),
            (catalogue.STAGE, {("total", ""): Distribution(catalogue.SECONDS, counts, 30.0)}),
            (catalogue.DRIFT, {("plant/+/raw", "rejected"): 1.0, ("plant/+/raw", "escalated"): -1.0}),
            (catalogue.COMMITS, one(50)),
            (catalogue.WRITTEN, one(204_800)),
        ],
    )
    said = {"at": "now", "node": "pi", "version": "1", "state": "degraded", "causes": {"disk": "it is full"}}
    return {**said, "lately": summary(now, None), "metrics": document(now), **more}


def test_page_says_what_people_ask_first() -> None:
    """State with its causes, rates, queues, latencies, wear, drift."""
    said = page(body(), Paint(enabled=False))
    assert said.startswith("pi  degraded")
    lines = {line.split("  ")[0].strip(): line for line in said.splitlines()}
    assert lines["received"].endswith("10.0 per s")
    assert lines["rejected"].endswith("40.0%")
    assert lines["inbox"].endswith("8 wait, the oldest for 12 s")
    assert lines["outbox"].endswith("empty")
    assert lines["written"].endswith("0.50 fsyncs, 2.0 KiB per message")
    assert lines["total"].split() == ["total", "100", "183.3", "ms", "375.0", "ms", "475.0", "ms"]
    assert "disk: it is full" in said
    assert "drift: rejected of plant/+/raw has risen" in said
    assert "drift: escalated of plant/+/raw has fallen" in said


def test_silence_has_no_shares() -> None:
    """A dash, not a nought, where nothing happened."""
    now = snapshot(10.0, [(catalogue.UPTIME, one(10)), (catalogue.DRIFT, {})])
    said = page(body(lately=summary(now, None), metrics=document(now)), Paint(enabled=False))
    assert [line.split() for line in said.splitlines() if line.startswith("rejected")] == [["rejected", "-"]]


@pytest.mark.parametrize(
    "odd", [{"lately": {}}, {"metrics": []}, {"causes": None}, {"state": {}, "metrics": 1}]
)
def test_publication_of_another_version_is_said_so(odd: dict[str, Any]) -> None:
    """No traceback: use --json, or the other version."""
    with pytest.raises(Transient, match="not as this version publishes"):
        page(body(**odd), Paint(enabled=False))


def test_words_from_the_broker_cannot_move_the_cursor() -> None:
    """Whoever may publish there may not speak to the terminal."""
    said = page(body(node="pi\x1b[2J", causes={"x": "\x1b]0;title\x07"}), Paint(enabled=False))
    assert "\x1b" not in said
