"""Payloads of several records and records of several payloads, through the loops, on a real file."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from bench import Bench, open_buffer

from agent.buffer import Buffer, audit, writer
from agent.errors import BufferUnavailable
from agent.message import Packet, Reason, Route
from agent.mqtt import Opened
from agent.pipeline import admission
from agent.plans import plan
from agent.testing import FakeClock, packet
from agent.wrapping import LINES, Joining, Wrapping

Make = Callable[..., Bench]
JOINING = Joining(start=r"^\w+ temp", wait_s=2.0, max_lines=4)


@pytest.fixture
def make(tmp_path: Path, clock: FakeClock, buffer: Buffer) -> Make:
    """Give a way to have all loops with a route of some wrapping."""

    def bench(wrapping: Wrapping, buffer: Buffer = buffer, *, present: bool = False) -> Bench:
        route = Route("load/+/raw", ("load",), ("one", "two"), device_level=1, wrapping=wrapping)
        made = Bench(tmp_path / "maaza.db", clock, buffer, route=route)
        made.connect(present=present)
        return made

    return bench


def in_lines(make: Make) -> Bench:
    """Return loops whose route has a record per line."""
    return make(Wrapping(records=LINES))


THREE = packet(5, "a temp 1\nb temp 2\nc temp 3")


# several records in one payload


def test_no_puback_before_all_records_of_a_payload_are_durable(make: Make) -> None:
    """At the moment of the one PUBACK another connection to the file sees every record."""
    bench, seen = in_lines(make), []

    def look(_packet_id: int) -> None:
        with sqlite3.connect(bench.path) as other:
            seen.append(other.execute("SELECT count(*) FROM inbox").fetchone()[0])

    bench.link._acknowledged = look
    bench.arrive(THREE)
    assert (seen, bench.link.acks) == ([3], [5])


def test_each_record_is_a_message_with_its_own_id(make: Make) -> None:
    """Ids differ, places count, the digest is that of the payload, and each gives a record."""
    bench = in_lines(make)
    bench.arrive(THREE)
    rows = bench.rows("id, record, text, hex(sha256), packet_id, size")
    assert len({row[0] for row in rows}) == 3
    assert [row[1:3] for row in rows] == [(0, "a temp 1"), (1, "b temp 2"), (2, "c temp 3")]
    assert len({row[3:] for row in rows}) == 1
    bench.extract()
    assert bench.proof() == {"ready": (3, 0)}


def test_redelivery_of_a_payload_keeps_the_ids_of_all_its_records(make: Make) -> None:
    """The payload is recognised as a whole, on the next connection and by the next process."""
    bench = in_lines(make)
    bench.link.generation = 0
    bench.arrive(THREE)
    before = bench.rows("id")
    bench.connect(generation=2)
    bench.arrive(replace(THREE, generation=2))
    other = make(Wrapping(records=LINES), present=True)
    other.arrive(THREE)
    assert bench.rows("id") == before
    assert other.link.acks == [5]


def test_packet_ids_of_large_payloads_do_not_push_each_other_out(make: Make) -> None:
    """What a session has open is counted in payloads, not in records."""
    bench = in_lines(make)
    bench.arrive(THREE, packet(6, "d temp 4\ne temp 5"))
    session = bench.buffer.open_session("broker:1883", "test", present=True)
    assert [one.packet_id for one in session.unconfirmed] == [5, 6]


def test_payload_is_stored_whole_or_not_at_all(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fills up in the middle of a payload leaves nothing of it, and nothing is acknowledged."""
    bench, healthy = in_lines(make), writer.run_behind_savepoint

    def full(connection: sqlite3.Connection, unit: writer.Unit) -> None:
        connection.execute("SAVEPOINT unit")
        unit.result = unit.work(connection)
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(writer, "run_behind_savepoint", full)
    bench.arrive(THREE)
    monkeypatch.setattr(writer, "run_behind_savepoint", healthy)
    assert (bench.rows(), bench.link.acks) == ([], [])
    bench.clock.advance(10)
    bench.receive.step(wait_s=0)
    assert (len(bench.rows()), bench.link.acks) == (3, [5])


def test_batch_is_bounded_by_records_and_bytes(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Payloads that hold much are stored in several units of work, each payload whole, all acknowledged."""
    bench = in_lines(make)
    monkeypatch.setattr(admission, "BATCH_MESSAGES", 4)
    packets = tuple(replace(THREE, packet_id=number) for number in (1, 2, 3))
    assert len(bench.admission.admit(packets).packets) == 2
    bench = in_lines(make)
    bench.arrive(*packets)
    assert (len(bench.rows()), bench.link.acks) == (9, [1, 2, 3])


def test_broken_payload_is_kept_with_its_bytes_and_the_next_flows(make: Make) -> None:
    """Acknowledged, rejected, every byte kept, a dead letter on its way; nothing else is held up."""
    bench = make(Wrapping(text_at="/m", device_at="/id"))
    bench.arrive(packet(1, b'{"m": 1}' + b" " * 992), packet(2, b'{"id": "x/y", "m": "a temp 1"}'))
    assert bench.rows("state, reason, device, length(raw)") == [
        ("rejected", Reason.BAD_ENVELOPE, "a", 1000),
        ("received", None, "x%2Fy", None),
    ]
    bench.extract()
    letters = [json.loads(one.payload) for one in bench.buffer.due(after=0, limit=9)]
    assert letters[0]["detail"] == "/m is a number, not text"
    assert letters[1]["value"] == {"device": "a", "temp": 1}


def test_retained_and_qos_0_are_said_in_record_and_dead_letter(make: Make) -> None:
    """Who reads a record knows that it may be old, or that others may be missing."""
    bench = make(Wrapping())
    bench.arrive(
        replace(packet(0, "a temp 1"), retained=True),
        packet(1, "b temp 2"),
        replace(packet(2, "x"), retained=True),
    )
    bench.extract()
    bodies = [json.loads(one.payload) for one in bench.buffer.due(after=0, limit=9)]
    assert [(one["qos"], one["retained"]) for one in bodies] == [(0, True), (1, False), (1, True)]
    views = bench.buffer.read(lambda db: db.execute("SELECT qos, retained FROM v_records").fetchall())
    assert views == [(0, 1), (1, 0)]


# what is left of Message Expiry


def open_output(bench: Bench) -> None:
    """Let the output connection stand, and send."""
    bench.courier.up(Opened(1, session_present=False, receive_maximum=100, v5=True))
    bench.clock.advance(3)
    bench.deliver.step(wait_s=0)


def expiring(bench: Bench, seconds: int) -> Packet:
    """Return a message that nobody wants after some seconds."""
    return replace(packet(1, "a temp 1"), expiry_s=seconds, arrived_at=bench.clock.now())


def test_record_carries_what_is_left_of_the_expiry(make: Make) -> None:
    """The time spent here is taken off."""
    bench = make(Wrapping())
    bench.arrive(expiring(bench, 60))
    bench.clock.advance(10)
    bench.extract()
    open_output(bench)
    # 10 s of waiting, 1 s of extraction, 3 s until the connection stood.
    assert bench.out.expiries == [46]


def test_record_that_expires_in_the_outbox_is_dropped(make: Make) -> None:
    """An output that is away for long delivers nothing that nobody wants any more; the drop is counted."""
    bench = make(Wrapping())
    bench.arrive(expiring(bench, 60), packet(2, "b temp 2"))
    bench.extract()
    bench.clock.advance(100)
    open_output(bench)
    assert [json.loads(one[1])["value"]["device"] for one in bench.out.published] == ["b"]
    assert bench.rows("state, reason") == [("dropped", Reason.EXPIRED), ("ready", None)]
    assert bench.proof() == {"dropped": (1, 0), "ready": (1, 0)}


# one record in several payloads


def joining(make: Make) -> Bench:
    """Return loops whose route joins lines."""
    return make(Wrapping(joining=JOINING))


def settle(bench: Bench, seconds: float = 3.0) -> None:
    """Let lines be read, time pass, and what is complete be extracted."""
    bench.process.step(wait_s=0)
    bench.clock.advance(seconds)
    bench.process.step(wait_s=0)
    bench.extract()


def values(bench: Bench) -> list[object]:
    """Return what goes out."""
    return [json.loads(one.payload).get("value") for one in bench.buffer.due(after=0, limit=99)]


def test_lines_are_acknowledged_at_once_and_make_one_record(make: Make) -> None:
    """Nothing waits for the rest of a record but the record; its parts say whose they are."""
    bench = joining(make)
    bench.arrive(packet(1, "a temp 1"), packet(2, "  hum 40"), packet(3, "b temp 2"))
    assert bench.link.acks == [1, 2, 3]
    settle(bench)
    assert values(bench) == [{"device": "a", "temp": 1, "hum": 40}, {"device": "b", "temp": 2}]
    assert bench.rows("state, reason, text, part_of") == [
        ("ready", None, "a temp 1\n  hum 40", None),
        ("dropped", "joined", "  hum 40", 1),
        ("ready", None, "b temp 2", None),
    ]
    assert bench.proof() == {"dropped": (1, 0), "ready": (2, 0)}


def test_joined_lines_are_no_losses(make: Make) -> None:
    """They have a view of their own that names their record, and a counter of their own."""
    bench = joining(make)
    bench.arrive(packet(1, "a temp 1"), packet(2, "  hum 40"), packet(3, "b temp 2"))
    settle(bench)
    head = bench.rows("id")[0][0]
    ask = bench.buffer.read
    assert ask(lambda db: db.execute("SELECT text, part_of FROM v_lines").fetchall()) == [("  hum 40", head)]
    assert ask(lambda db: db.execute("SELECT count(*) FROM v_rejected").fetchone()) == (0,)
    counted = ask(audit.counters)
    assert (counted["joined"], counted.get("dropped", 0)) == (1, 0)


def test_open_record_waits_and_is_complete_after_its_time(make: Make) -> None:
    """Before that it is not claimed; each line begins the wait anew."""
    bench = joining(make)
    bench.arrive(packet(1, "a temp 1"))
    settle(bench, 0.4)
    bench.arrive(packet(2, " hum 40"))
    settle(bench, 0.4)
    assert values(bench) == []
    settle(bench)
    assert values(bench) == [{"device": "a", "temp": 1, "hum": 40}]


def test_streams_are_told_apart_by_topic_and_device(make: Make) -> None:
    """Lines of two devices that come in turns make two records."""
    bench = joining(make)
    bench.arrive(
        packet(1, "a temp 1"),
        packet(2, "b temp 2", topic="load/b/raw"),
        packet(3, " hum 10"),
        packet(4, " hum 20", topic="load/b/raw"),
    )
    settle(bench)
    assert values(bench) == [
        {"device": "a", "temp": 1, "hum": 10},
        {"device": "b", "temp": 2, "hum": 20},
    ]


def test_crash_in_the_middle_of_a_record_loses_no_line(make: Make, tmp_path: Path, clock: FakeClock) -> None:
    """Another process finds the lines in the table, takes the rest, and makes the same record."""
    first = open_buffer(tmp_path / "other.db", clock)
    bench = make(Wrapping(joining=JOINING), first)
    bench.arrive(packet(1, "a temp 1"), packet(2, " hum 40"))
    bench.process.step(wait_s=0)
    first.close()
    reopened = open_buffer(tmp_path / "other.db", clock)
    other = make(Wrapping(joining=JOINING), reopened)
    other.arrive(packet(3, " more"), packet(4, "b temp 2"))
    settle(other)
    texts = other.rows("text", "WHERE state = 'ready' ORDER BY seq")
    reopened.close()
    assert texts == [("a temp 1\n hum 40\n more",), ("b temp 2",)]


def test_database_that_fails_while_joining_makes_nothing_forgotten(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read is read again."""
    bench, healthy = joining(make), Buffer.join

    def fail(*_arguments: object) -> None:
        raise BufferUnavailable("commit", cause="disk")

    bench.arrive(packet(1, "a temp 1"), packet(2, " hum 40"), packet(3, "b temp 2"))
    monkeypatch.setattr(Buffer, "join", fail)
    bench.process.step(wait_s=0)
    monkeypatch.setattr(Buffer, "join", healthy)
    settle(bench)
    assert len(values(bench)) == 2


def test_line_that_continues_nothing_is_a_dead_letter(make: Make) -> None:
    """It is no record of its own: half a record would be a false one."""
    bench = joining(make)
    bench.arrive(packet(1, " hum 40"), packet(2, "a temp 1"))
    settle(bench)
    assert bench.rows("state, reason") == [("rejected", Reason.CONTINUES_NOTHING), ("ready", None)]
    letter = json.loads(bench.buffer.due(after=0, limit=9)[0].payload)
    assert (letter["reason"], letter["text"]) == ("continues_nothing", " hum 40")


def test_record_past_its_limit_is_a_dead_letter_with_all_its_text(make: Make) -> None:
    """The lines are kept, the next record flows."""
    bench = joining(make)
    bench.arrive(packet(1, "a temp 1"), *(packet(number, f" l{number}") for number in range(2, 7)))
    bench.arrive(packet(7, "b temp 2"))
    settle(bench)
    assert bench.rows("reason, text", "WHERE state = 'rejected' ORDER BY seq") == [
        (Reason.TOO_LARGE, "a temp 1\n l2\n l3\n l4\n l5"),
        (Reason.CONTINUES_NOTHING, " l6"),
    ]
    assert [one for one in values(bench) if one] == [{"device": "b", "temp": 2}]


def test_record_keeps_the_rules_under_which_it_began(make: Make) -> None:
    """A reload in the middle of a record does not cut it; what follows is under the new rules."""
    bench = joining(make)
    bench.arrive(packet(1, "a temp 1"))
    bench.process.step(wait_s=0)
    other = replace(bench.route, wrapping=Wrapping(joining=Joining(more=r"^\s", wait_s=60)))
    bench.plans.follow(plan(2, [other], bench.plans.current.schemas), oldest=1)
    bench.arrive(packet(2, "hum 40"), packet(3, "b temp 2"), packet(4, "c temp 3"))
    settle(bench)
    assert values(bench) == [{"device": "a", "temp": 1, "hum": 40}, {"device": "b", "temp": 2}]


def test_lines_whose_route_joins_nothing_any_more_flow_alone(make: Make) -> None:
    """After a restart with other settings nothing is left behind in the table."""
    bench = joining(make)
    bench.arrive(packet(1, "a temp 1"), packet(2, "b temp 2"))
    other = make(Wrapping())
    settle(other)
    assert len(values(other)) == 2


def test_joined_records_and_records_in_lines_go_together(make: Make) -> None:
    """Lines that come in packed chunks are lines like others."""
    bench = make(Wrapping(joining=JOINING, records=LINES))
    bench.arrive(packet(1, gzip.compress(b"a temp 1\n hum 40\nb temp")), packet(2, " hum 1\nc temp 3"))
    settle(bench)
    assert bench.rows("text", "WHERE part_of IS NULL ORDER BY seq") == [
        ("a temp 1\n hum 40",),
        ("b temp\n hum 1",),
        ("c temp 3",),
    ]


def test_waiting_lines_keep_no_other_message_from_being_claimed(make: Make) -> None:
    """More open lines than the look-ahead of a claim, and the next device flows."""
    bench = joining(make)
    bench.buffer._writer.execute(
        lambda db: db.executemany(
            "INSERT INTO inbox (id, received_at, topic, device, ordered, qos, retained, packet_id, size,"
            " sha256, text, state, pending)"
            " VALUES (?, 0, 't', 'd', 1, 1, 0, 0, 1, x'00', 'x', 'received', 1)",
            [(f"w{number}",) for number in range(3000)],
        )
    )
    bench.buffer._writer.execute(
        lambda db: db.execute(
            "INSERT INTO inbox (id, received_at, topic, device, ordered, qos, retained, packet_id, size,"
            " sha256, text, state) VALUES ('own', 0, 't', 'e', 1, 1, 0, 0, 1, x'00', 'x', 'received')"
        )
    )
    assert [one.id for one in bench.buffer.claim(1, held=["z"])] == ["own"]
