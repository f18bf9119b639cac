"""The demo's verdict: three witnesses who agree, and every way in which they may not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.demo.notes import Received, Sent
from agent.demo.proof import Account, Row, faults, percentile, summary

SENT = (Sent("site/a/raw", "aa"), Sent("site/a/raw", "aa"), Sent("site/b/raw", "bb"))
ROWS = (
    Row("1", "site/a/raw", "aa", "published", "", {"t": 1}),
    Row("2", "site/a/raw", "aa", "published", "", {"t": 1}),
    Row("3", "site/b/raw", "bb", "rejected", "", None),
)
RECEIVED = (Received("1", "data", {"t": 1}), Received("2", "data", {"t": 1}), Received("3", "rejected", None))
SOUND = Account(SENT, ROWS, RECEIVED)


def test_agreement_has_no_faults() -> None:
    """Equal payloads sent twice are two messages, and nothing is wrong."""
    assert faults(SOUND) == ()


def test_a_repeated_delivery_is_no_fault() -> None:
    """At least once is the promise; the id tells repeats apart."""
    told = replace(SOUND, received=(*RECEIVED, RECEIVED[0]))
    assert faults(told) == ()
    assert summary(told, latencies=[], tiers={}, seconds=1).repeats == 1


@pytest.mark.parametrize(
    ("tampered", "said"),
    [
        (replace(SOUND, rows=ROWS[1:]), "1 sent, and not in the database"),
        (replace(SOUND, rows=(*ROWS, replace(ROWS[2], id="4"))), "1 in the database, and never sent"),
        (replace(SOUND, rows=(*ROWS[1:], replace(ROWS[0], sha256="cc"))), "1 sent, and not in the database"),
        (replace(SOUND, sent=SENT[1:]), "1 in the database, and never sent"),
        (replace(SOUND, received=RECEIVED[1:]), "1 data in the database, and never received"),
        (replace(SOUND, received=RECEIVED[:2]), "1 rejected in the database, and never received"),
        (replace(SOUND, received=(*RECEIVED, Received("9", "data", {}))), "1 data received, and not in"),
        (replace(SOUND, received=(*RECEIVED[1:], Received("1", "data", {"t": 2}))), "with another value"),
        (
            replace(SOUND, rows=(*ROWS[:2], replace(ROWS[2], state="received"))),
            "1 have not reached their end",
        ),
        (
            replace(SOUND, rows=(replace(ROWS[0], fault="published without a record"), *ROWS[1:])),
            "1: published",
        ),
        (replace(SOUND, undelivered=2), "2 still lie in the outbox"),
    ],
)
def test_every_loss_doubling_and_change_is_said(tampered: Account, said: str) -> None:
    """Whoever of the three is tampered with, the verdict is no."""
    assert any(said in fault for fault in faults(tampered)), faults(tampered)
    assert not summary(tampered, latencies=[], tiers={}, seconds=1).agree


def test_percentiles_are_values_that_were_measured() -> None:
    """Nearest rank: of one value it is that value, of none it is 0."""
    assert percentile([3.0, 1.0, 2.0, 4.0], 0.5) == 2.0
    assert percentile([3.0, 1.0, 2.0, 4.0], 0.95) == 4.0
    assert percentile([7.0], 0.5) == 7.0
    assert percentile([], 0.5) == 0.0
