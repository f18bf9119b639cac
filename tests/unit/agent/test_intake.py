"""What is taken in, what is recognised, what is too much."""

from __future__ import annotations

from agent.intake import NEW_BEFORE_SURE, Inflow, Intake, Known, Ledger
from agent.mqtt import Opened
from agent.testing import packet


def test_inflow_is_bounded_by_count_and_bytes_and_keeps_order() -> None:
    """What is past the bounds is not taken; connections always are."""
    inflow = Inflow(max_messages=2, max_bytes=100)
    assert inflow.put(packet(1, "a"))
    assert inflow.put(packet(2, "b"))
    assert not inflow.put(packet(3, "c"))
    assert not inflow.is_roomy()
    assert inflow.put(Opened(1, session_present=True, receive_maximum=1, v5=True))
    assert len(inflow.take(10, wait_s=0)) == 3
    assert inflow.put(packet(4, "x" * 100))
    assert not inflow.put(packet(5, "y"))


def test_overflow_ends_the_connection_once_and_refuses_all_behind() -> None:
    """A gap would break the order; the broker sends everything again on the next connection."""
    causes: list[str] = []
    inflow = Inflow(max_messages=1, max_bytes=100)
    intake = Intake(inflow, overflow=causes.append)
    for number in (1, 2, 3):
        intake.packet(packet(number, "a"))
    inflow.take(1, wait_s=0)
    intake.packet(packet(4, "a"))
    assert len(causes) == 1
    assert inflow.is_empty()
    intake.packet(packet(5, "a", generation=2))
    assert not inflow.is_empty()


def test_ledger_forgets_older_messages_once_enough_is_new() -> None:
    """Redeliveries come first; later an equal text under a wrapped packet id is another message."""
    ledger = Ledger()
    ledger.open([(7, Known("old", "t", b"h")), (8, Known("older", "t", b"h"))])
    assert ledger.recognise(8, "t", b"h") == "older"
    assert ledger.recognise(7, "t", b"other") is None
    for number in range(1000, 1000 + NEW_BEFORE_SURE):
        ledger.remember(number, Known("new", "t", b"h"))
    assert ledger.recognise(7, "t", b"h") is None
    assert ledger.awaits_puback(8)
    assert ledger.recognise(1000, "t", b"h") == "new"
    ledger.acknowledged(1000)
    assert ledger.recognise(1000, "t", b"h") is None
