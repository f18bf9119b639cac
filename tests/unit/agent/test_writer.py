"""The writer: one commit for as much as can wait for it, and no answer before it."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench import Bench, open_buffer

from agent import buffer as door
from agent.buffer import Buffer, audit
from agent.buffer.writer import VAIN_UNITS
from agent.errors import BufferUnavailable
from agent.extract.stub import Stub
from agent.mqtt import Opened
from agent.testing import FakeClock, packet

LONG_S = 120.0
"""Longer than any of these tests takes: who waits for it fails by the tests' own limit."""


@pytest.fixture
def slow_notes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what rides wait for another's commit only."""
    monkeypatch.setattr(door, "NOTE_S", LONG_S)


def seen(buffer: Buffer, table: str) -> int:
    """Return how many rows another program sees: those that are committed."""
    with contextlib.closing(sqlite3.connect(buffer.path)) as db:
        count: int = db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - a name of ours
    return count


def commits(bench: Bench) -> int:
    """Return how many transactions have changed the file so far."""
    return int(bench.meter.commits.value)


@contextlib.contextmanager
def arriving(bench: Bench, number: int, text: str) -> Iterator[None]:
    """Receive a message in a thread of its own, as the agent does, while process waits; wait for its end."""
    bench.process.step(wait_s=0)
    assert bench.inflow.put(packet(number, text))
    loop = threading.Thread(target=bench.receive.step, kwargs={"wait_s": 0})
    loop.start()
    yield
    loop.join()


def claim_and_settle(bench: Bench) -> None:
    """Wait until something can be claimed, and decide it."""
    bench.process.step(wait_s=30)
    bench.process.finished(bench.queues["one"].answer_with(Stub("one")))
    bench.process.step(wait_s=0)


def break_the_file(buffer: Buffer) -> None:
    """Let the transaction under way fail."""

    def fail(_db: sqlite3.Connection) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with pytest.raises(BufferUnavailable):
        buffer._writer.execute(fail)


def test_nothing_is_answered_before_its_commit(buffer: Buffer) -> None:
    """Who has an answer may acknowledge: another program sees the row, also of one that could wait."""
    for number, within_s in ((1, 0.0), (2, 0.01)):
        buffer._writer.execute(
            lambda db: db.execute("INSERT INTO events (at, kind, detail) VALUES (1, 'x', '{}')"),
            within_s=within_s,
        )
        assert seen(buffer, "events") == number


def test_arrival_and_fate_share_a_commit(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that is decided soon costs one sync until its record may go out; its PUBACK waits."""
    monkeypatch.setattr(door, "COMPANY_S", LONG_S)
    before = commits(bench)
    with arriving(bench, 1, "a temp 1"):
        bench.process.step(wait_s=30)
        assert bench.queues["one"].tickets
        assert bench.link.acks == []
        assert seen(bench.buffer, "inbox") == 0
        bench.process.finished(bench.queues["one"].answer_with(Stub("one")))
        bench.process.step(wait_s=0)
    assert commits(bench) - before == 1
    assert bench.link.acks == [1]
    assert bench.rows("state") == [("ready",)]


def test_arrival_whose_fate_takes_long_is_acknowledged_soon(bench: Bench) -> None:
    """The PUBACK waits for a moment at most, never for a model."""
    with arriving(bench, 1, "a temp 1"):
        pass
    assert bench.link.acks == [1]
    assert seen(bench.buffer, "inbox") == 1
    claim_and_settle(bench)
    assert bench.rows("state") == [("ready",)]


def test_waiting_in_vain_is_not_tried_each_time(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where fates come late, most arrivals do not wait for them at all; now and then one looks again."""
    bench.arrive(packet(1, "a temp 1"))
    monkeypatch.setattr(door, "COMPANY_S", LONG_S)
    for number in range(2, 2 + VAIN_UNITS):
        bench.arrive(packet(number, "a temp 2"))
    bench.extract()
    before = commits(bench)
    with arriving(bench, 99, "a temp 3"):
        claim_and_settle(bench)
    assert commits(bench) - before == 1


def test_arrivals_without_a_use_for_company_wait_for_none(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is rejected on arrival has its fate; many share a commit, and their broker waits."""
    monkeypatch.setattr(door, "COMPANY_S", LONG_S)
    bench.arrive(packet(1, "\x00"))
    assert bench.link.acks == [1]
    bench.arrive(*(packet(number, "a temp 1") for number in range(2, 2 + door.COMPANY_MESSAGES)))
    assert len(bench.link.acks) == 1 + door.COMPANY_MESSAGES


@pytest.mark.usefixtures("slow_notes")
def test_delivery_is_noted_with_the_next_message(bench: Bench) -> None:
    """A note of its own would cost as much as the message."""
    deliver_one(bench)
    before = commits(bench)
    assert seen(bench.buffer, "outbox") == 1
    bench.buffer.due(after=0, limit=1)
    assert seen(bench.buffer, "outbox") == 1
    bench.arrive(packet(2, "b temp 2"))
    assert commits(bench) - before == 1
    assert seen(bench.buffer, "outbox") == 0


def deliver_one(bench: Bench) -> None:
    """Bring one message to the broker's confirmation."""
    bench.courier.up(Opened(1, session_present=False, receive_maximum=100, v5=True))
    bench.arrive(packet(1, "a temp 1"))
    bench.extract()
    bench.deliver.step(wait_s=0)
    bench.courier.confirmed(1, 1, 0)
    bench.clock.advance(1)
    bench.deliver.step(wait_s=0)


def test_delivery_without_a_next_message_is_noted_all_the_same(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has a time of its own."""
    monkeypatch.setattr(door, "NOTE_S", 0.01)
    deliver_one(bench)
    note, _numbers = bench.deliver._notes[0]
    assert note.result(30) == 1
    assert seen(bench.buffer, "outbox") == 0


@pytest.mark.usefixtures("slow_notes")
def test_what_rides_is_durable_after_an_ordered_end(bench: Bench, clock: FakeClock, tmp_path: Path) -> None:
    """Closing commits it."""
    deliver_one(bench)
    bench.buffer.close()
    again = open_buffer(bench.path, clock)
    assert again.read(audit.proof) == {"published": (1, 0)}
    again.close()


@pytest.mark.usefixtures("slow_notes")
def test_question_of_an_auditor_sees_what_rides(bench: Bench) -> None:
    """It is asked behind all that was handed over before."""
    deliver_one(bench)
    assert bench.buffer.read(audit.backlog)["outbox"] == 0


@pytest.mark.usefixtures("slow_notes")
def test_commit_that_fails_takes_nothing_from_what_rides(bench: Bench) -> None:
    """It was not run yet: it goes with the next."""
    deliver_one(bench)
    break_the_file(bench.buffer)
    bench.buffer.event("fine", {})
    assert seen(bench.buffer, "outbox") == 0


def test_commit_that_fails_after_the_claim_loses_and_doubles_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was claimed before it was durable is stored again under the same number, and settled once."""
    monkeypatch.setattr(door, "COMPANY_S", LONG_S)
    with arriving(bench, 1, "a temp 1"):
        bench.process.step(wait_s=30)
        break_the_file(bench.buffer)
    assert bench.link.acks == []
    assert bench.rows() == []
    bench.process.finished(bench.queues["one"].answer_with(Stub("one")))
    bench.process.step(wait_s=0)
    assert bench.rows() == []
    bench.clock.advance(10)
    loop = threading.Thread(target=bench.receive.step, kwargs={"wait_s": 0})
    loop.start()
    claim_and_settle(bench)
    loop.join()
    assert bench.link.acks == [1]
    assert bench.rows("seq, state") == [(1, "ready")]
    assert bench.buffer.read(audit.backlog)["outbox"] == 1
