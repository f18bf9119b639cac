"""What is forgotten and when: by bytes, by age, never what is not finished, whatever the clock says."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bench import CAP

from agent.buffer import Buffer, Keeping, audit, retention
from agent.buffer.portion import LEAST, MOST, TARGET_S, fitting
from agent.buffer.retention import DAY_S, NOTE_EVERY_S, PAUSE_COUNTED_S, run_before
from agent.message import Candidate, Kind, Outgoing, RawMessage, Reason, Record, Settlement, State
from agent.testing import FakeClock

KEEP_DAYS = 3.0
Open = Callable[[], Buffer]


@pytest.fixture
def opened(tmp_path: Path, clock: FakeClock) -> Iterator[Open]:
    """Give a way to open the same file again, with retention by age."""
    made: list[Buffer] = []

    def open_again() -> Buffer:
        for one in made:
            one.close()
        made[:] = [Buffer(tmp_path / "m.db", clock=clock, max_bytes=CAP, keeping=Keeping(days=KEEP_DAYS))]
        return made[0]

    yield open_again
    for one in made:
        one.close()


def raw(number: int, clock: FakeClock) -> RawMessage:
    """Return a message."""
    return RawMessage(
        id=f"id-{number}",
        received_at=clock.now(),
        topic="a/raw",
        device="a",
        ordered=True,
        qos=1,
        retained=False,
        packet_id=number,
        size=9,
        sha256=b"x",
        text=f"text {number}",
        raw=None,
        expires_at=None,
    )


def receive(buffer: Buffer, clock: FakeClock, *numbers: int) -> None:
    """Store messages."""
    epoch = buffer.open_session("b:1", "c", present=True).epoch
    buffer.store([raw(number, clock) for number in numbers], epoch=epoch, notices={})


def finish(buffer: Buffer, clock: FakeClock, *numbers: int) -> None:
    """Store messages and drop them, which is an end."""
    receive(buffer, clock, *numbers)
    for one in buffer.claim(len(numbers)):
        buffer.settle([Settlement(one.seq, State.DROPPED, reason=Reason.EXPIRED, id=one.id)])


def live(buffer: Buffer, clock: FakeClock, days: float) -> None:
    """Let time pass, with upkeep every half hour."""
    for _ in range(int(days * 48)):
        clock.advance(DAY_S / 48)
        buffer.keep_up()


def left(buffer: Buffer) -> list[str]:
    """Return the ids that are still there."""
    return buffer.read(lambda db: [row[0] for row in db.execute("SELECT id FROM inbox ORDER BY seq")])


def test_message_is_forgotten_by_age_and_not_before(opened: Open, clock: FakeClock) -> None:
    """Kept for at least as long as wished, and not much longer."""
    buffer = opened()
    finish(buffer, clock, 1)
    live(buffer, clock, 1)
    finish(buffer, clock, 2)
    live(buffer, clock, KEEP_DAYS - 1 - 0.1)
    assert left(buffer) == ["id-1", "id-2"]
    live(buffer, clock, 0.2)
    assert left(buffer) == ["id-2"]
    live(buffer, clock, 1)
    assert left(buffer) == []
    assert buffer.read(audit.counters)["forgotten_dropped"] == 2


@pytest.mark.parametrize("years", [1, -1])
def test_clock_that_jumps_wipes_nothing(opened: Open, clock: FakeClock, years: int) -> None:
    """Age is time that the agent ran: a clock that is a year off makes no message older, nor immortal."""
    buffer = opened()
    finish(buffer, clock, 1)
    clock.at += years * 365 * DAY_S
    finish(buffer, clock, 2)
    live(buffer, clock, KEEP_DAYS - 0.2)
    clock.at -= years * 365 * DAY_S
    finish(buffer, clock, 3)
    buffer.keep_up()
    assert left(buffer) == ["id-1", "id-2", "id-3"]
    live(buffer, clock, 0.5)
    assert left(buffer) == ["id-3"]


@pytest.mark.parametrize("years", [1, -1])
def test_wrong_clock_at_a_start_wipes_nothing(opened: Open, clock: FakeClock, years: int) -> None:
    """A pause counts for a day at most, so that a board without a battery cannot lose its audit."""
    buffer = opened()
    finish(buffer, clock, 1)
    live(buffer, clock, 0.5)
    clock.at += years * 365 * DAY_S
    clock.since = 5.0
    buffer = opened()
    buffer.keep_up()
    assert left(buffer) == ["id-1"]
    live(buffer, clock, KEEP_DAYS)
    assert left(buffer) == []


def test_restarts_in_between_change_no_age(opened: Open, clock: FakeClock) -> None:
    """What ran before a crash counts, also where it ran for less than the hour between two notes."""
    buffer = opened()
    finish(buffer, clock, 1)
    for _ in range(int(KEEP_DAYS * 48) + 4):
        clock.advance(DAY_S / 48)
        buffer = opened()
        buffer.keep_up()
    assert left(buffer) == []


@pytest.mark.parametrize(
    ("known", "now", "ran"),
    [
        (None, 5.0, 0.0),
        ((100.0, 1000.0), 1060.0, 160.0),
        ((100.0, 1000.0), 0.0, 100.0),
        ((100.0, 1000.0), 1e9, 100.0 + PAUSE_COUNTED_S),
    ],
)
def test_pause_counts_within_bounds(known: tuple[float, float] | None, now: float, ran: float) -> None:
    """None, as the clock says, not backwards, a day at most."""
    assert run_before(known, now) == ran


def test_notes_of_age_do_not_pile_up(opened: Open, clock: FakeClock) -> None:
    """Notes of messages that are gone go with them; one an hour in between."""
    buffer = opened()
    finish(buffer, clock, 1)
    live(buffer, clock, 2)
    assert (
        buffer.read(lambda db: db.execute("SELECT count(*) FROM ages").fetchone()[0])
        <= 2 * DAY_S / NOTE_EVERY_S
    )
    for number in range(2, 12):
        finish(buffer, clock, number)
        live(buffer, clock, 1)
    notes = buffer.read(lambda db: db.execute("SELECT count(*) FROM ages").fetchone()[0])
    assert notes <= (KEEP_DAYS + 2) * DAY_S / NOTE_EVERY_S


def test_nothing_unfinished_is_forgotten(opened: Open, clock: FakeClock) -> None:
    """Neither what waits, nor what is in hand, nor what is ready, nor a dead letter that has not gone out."""
    buffer = opened()
    receive(buffer, clock, 1, 2, 3, 4)
    claimed = buffer.claim(3)
    record = Record("s", "1", "f", Candidate({}, (), 1.0, "t", ""))
    data = Outgoing("id-1", Kind.DATA, "a", "t", "{}")
    letter = Outgoing("id-2", Kind.REJECTED, "a", "t", "{}")
    first, second = claimed[:2]
    buffer.settle([Settlement(first.seq, State.READY, record=record, outgoing=data, id=first.id)])
    rejected = Settlement(second.seq, State.REJECTED, reason=Reason.UNSURE, outgoing=letter, id=second.id)
    buffer.settle([rejected])
    buffer._max_bytes = 1
    live(buffer, clock, KEEP_DAYS * 2)
    assert left(buffer) == ["id-1", "id-2", "id-3", "id-4"]
    buffer.delivered([1, 2], at_once=True).result()
    buffer.keep_up()
    assert left(buffer) == ["id-3", "id-4"]


def test_finished_messages_behind_a_long_backlog_are_found(buffer: Buffer, clock: FakeClock) -> None:
    """However many unfinished messages stand before them."""
    receive(buffer, clock, *range(1, 3001))
    finished = buffer.read(
        lambda db: (
            db.execute(
                "UPDATE inbox SET state = 'dropped', reason = 'expired', finished_at = 1 WHERE seq > 2990"
            ).rowcount
        )
    )
    buffer._max_bytes = 1
    assert buffer.keep_small() == finished == 10


def test_counters_survive_and_the_sum_is_right(buffer: Buffer, clock: FakeClock) -> None:
    """What was received is here or counted as forgotten, state by state."""
    finish(buffer, clock, *range(1, 31))
    buffer._max_bytes = 1
    buffer.keep_small()
    counters = buffer.read(audit.counters)
    assert (counters["received"], counters["forgotten"], counters["forgotten_dropped"]) == (30, 30, 30)
    assert left(buffer) == []


def test_same_message_stored_twice_is_counted_once(buffer: Buffer, clock: FakeClock) -> None:
    """A commit whose outcome was unknown is tried again; the proof must still add up."""
    receive(buffer, clock, 1)
    receive(buffer, clock, 1)
    assert buffer.read(audit.counters)["received"] == 1


def test_free_space_goes_back_to_the_disk_when_there_is_much(buffer: Buffer, clock: FakeClock) -> None:
    """A quarter of the file is kept for new messages: giving back and taking again would wear a card."""
    finish(buffer, clock, *range(1, 3001))

    def shrink(db: sqlite3.Connection) -> tuple[int, int]:
        before: int = db.execute("PRAGMA page_count").fetchone()[0]
        retention.give_back_pages(db, 10)
        return before, db.execute("PRAGMA page_count").fetchone()[0]

    assert len(set(buffer.read(shrink))) == 1
    buffer._max_bytes = 1
    for _ in range(60):
        buffer.keep_small()
    before, after = buffer.read(shrink)
    assert before - after == 10


@pytest.mark.parametrize(
    ("asked", "rows", "seconds", "expected"),
    [
        (100, 100, TARGET_S, 100),
        (100, 100, TARGET_S / 10, 200),
        (100, 100, TARGET_S * 4, 25),
        (100, 100, 100.0, LEAST),
        (MOST, MOST, 1e-9, MOST),
        (100, 3, TARGET_S / 2, 100),
        (100, 0, 0.0, 100),
    ],
)
def test_portions_fit_the_machine(asked: int, rows: int, seconds: float, expected: int) -> None:
    """Slow portions shrink at once, quick ones double, unfilled ones say nothing."""
    assert fitting(asked, rows, seconds) == expected
