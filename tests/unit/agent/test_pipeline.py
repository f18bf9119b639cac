"""The pipeline's promises, on a real file, with fakes at the rim."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace

import pytest
from bench import Bench
from structlog.testing import capture_logs

from agent.buffer import audit, writer
from agent.errors import BufferUnavailable
from agent.extract import Job
from agent.extract.stub import Stub
from agent.message import Candidate, Crashed, Evidence, Reason, Refusal
from agent.mqtt import Opened
from agent.publish import Closed, Confirmed
from agent.testing import packet


def confirm(bench: Bench, *packet_ids: int, code: int = 0, generation: int = 1) -> None:
    """Let the output broker answer."""
    for packet_id in packet_ids:
        bench.courier.confirmed(generation, packet_id, code)
    bench.clock.advance(1)
    bench.deliver.step(wait_s=0)
    bench.clock.advance(1)
    bench.deliver.step(wait_s=0)


def open_output(bench: Bench, generation: int = 1) -> None:
    """Let the output connection stand."""
    bench.courier.up(Opened(generation, session_present=False, receive_maximum=100, v5=True))
    bench.clock.advance(3)
    bench.deliver.step(wait_s=0)


# receive


def test_no_puback_before_the_row_is_durable(bench: Bench) -> None:
    """At the moment of the PUBACK another connection to the file sees the row."""
    seen: list[int] = []

    def look(_packet_id: int) -> None:
        with sqlite3.connect(bench.path) as other:
            seen.append(other.execute("SELECT count(*) FROM inbox").fetchone()[0])

    bench.link._acknowledged = look
    bench.arrive(packet(1, "a temp 1"), packet(2, "a temp 2"))
    assert seen == [2, 2]


def test_pubacks_go_out_in_arrival_order(bench: Bench) -> None:
    """MQTT asks for acknowledgements in the order of arrival."""
    bench.arrive(*(packet(number, f"a temp {number}") for number in (7, 3, 9)))
    assert bench.link.acks == [7, 3, 9]


def test_no_puback_while_the_disk_is_full(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit that fails acknowledges nothing; when space returns the same message is stored once."""
    healthy = writer.run_behind_savepoint
    monkeypatch.setattr(writer, "run_behind_savepoint", full)
    bench.arrive(packet(1, "a temp 1"))
    assert bench.link.acks == []
    assert "disk is full" in bench.receive.blocked
    monkeypatch.setattr(writer, "run_behind_savepoint", healthy)
    bench.clock.advance(10)
    bench.receive.step(wait_s=0)
    assert bench.link.acks == [1]
    assert len(bench.rows()) == 1
    assert bench.receive.blocked == ""


def test_full_disk_is_said_once_by_each_loop(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour of a full disk is a line when it begins and one when it is over, not one for each try."""
    open_output(bench)
    bench.arrive(packet(1, "a temp 1"))
    bench.extract()
    loops = (bench.receive, bench.process, bench.deliver)
    with monkeypatch.context() as patch, capture_logs() as lines:
        patch.setattr(writer, "run_behind_savepoint", full)
        bench.inflow.put(packet(2, "a temp 2"))
        for _ in range(40):
            turn(bench, 90)
    assert all(loop.blocked for loop in loops)
    assert sorted(str(line["event"]) for line in lines) == [
        "deliver_blocked",
        "intake_blocked",
        "process_blocked",
    ]
    with capture_logs() as lines:
        turn(bench, 6)
        turn(bench, 6)
    assert not any(loop.blocked for loop in loops)
    said = [str(line["event"]) for line in lines]
    assert sorted(said) == ["deliver_goes_on", "intake_goes_on", "process_goes_on"]


def turn(bench: Bench, seconds: float) -> None:
    """Let time pass, then each loop try once."""
    bench.clock.advance(seconds)
    bench.receive.step(wait_s=0)
    bench.process.step(wait_s=0)
    bench.deliver.step(wait_s=0)


def full(*_arguments: object) -> None:
    """Fail as SQLite does on a full disk."""
    raise sqlite3.OperationalError("database or disk is full")


def test_redelivery_keeps_its_id(bench: Bench) -> None:
    """After a reconnect the same packet id, topic and payload are the stored message, not another."""
    bench.link.generation = 0
    bench.arrive(packet(5, "a temp 1"))
    before = bench.rows("id")
    assert bench.link.acks == []
    bench.connect(generation=2)
    bench.arrive(packet(5, "a temp 1", generation=2))
    assert bench.rows("id") == before
    assert bench.link.acks == [5]


def test_redelivery_after_a_restart_keeps_its_id(bench: Bench) -> None:
    """A PUBACK that was sent but may not have arrived leaves the message recognisable to the next process."""
    bench.arrive(packet(5, "a temp 1"))
    other = Bench(bench.path, bench.clock, bench.buffer)
    other.connect(generation=1)
    other.arrive(packet(5, "a temp 1"))
    assert len(bench.rows()) == 1
    assert other.link.acks == [5]


def next_start(bench: Bench) -> Bench:
    """Return the same on the same file, in the kept session, with nothing in memory."""
    other = Bench(bench.path, bench.clock, bench.buffer)
    other.connect(generation=1)
    return other


def test_equal_text_after_an_ordered_stop_is_new(bench: Bench) -> None:
    """The broker has said that it read the PUBACK: under the same packet id it can only mean another."""
    bench.arrive(packet(5, "a temp 1"))
    bench.receive.leave()
    bench.receive.step(wait_s=0)
    assert bench.receive.has_left
    assert bench.link.marks == [1]
    other = next_start(bench)
    other.arrive(packet(5, "a temp 1"))
    assert len(bench.rows()) == 2


def test_stop_without_an_answer_leaves_messages_recognisable(bench: Bench) -> None:
    """Silence proves nothing, and is not waited for once the connection has ended."""
    bench.arrive(packet(5, "a temp 1"))
    bench.link.reads = False
    bench.receive.leave()
    bench.receive.step(wait_s=0)
    waits = not bench.receive.has_left
    bench.link.is_connected = False
    bench.receive.step(wait_s=0)
    assert waits
    assert bench.receive.has_left
    other = next_start(bench)
    other.arrive(packet(5, "a temp 1"))
    assert len(bench.rows()) == 1


def test_stop_acknowledges_nothing_behind_its_question(bench: Bench) -> None:
    """What arrives meanwhile is stored, not acknowledged, and known when it is sent again."""
    bench.arrive(packet(5, "a temp 1"))
    bench.receive.leave()
    bench.receive.step(wait_s=0)
    bench.arrive(packet(6, "a temp 2"))
    assert bench.link.acks == [5]
    other = next_start(bench)
    other.arrive(packet(6, "a temp 2"), packet(5, "a temp 1"))
    assert bench.rows("packet_id") == [(5,), (6,), (5,)]
    assert other.link.acks == [6, 5]


def test_stop_proves_nothing_about_an_earlier_connection(bench: Bench) -> None:
    """A PUBACK of the connection before may be lost: what it was for stays recognisable."""
    bench.link.generation = 0
    bench.arrive(packet(5, "a temp 1"))
    bench.connect(generation=2)
    bench.receive.leave()
    bench.receive.step(wait_s=0)
    assert bench.receive.has_left
    other = next_start(bench)
    other.arrive(packet(5, "a temp 1"))
    assert len(bench.rows()) == 1


def test_repeat_on_the_same_connection_is_acknowledged_once(bench: Bench) -> None:
    """A second PUBACK could acknowledge the next message under that id, which would be lost."""
    bench.arrive(packet(5, "a temp 1"), packet(5, "a temp 1"))
    assert len(bench.rows()) == 1
    assert bench.link.acks == [5]


def test_equal_payloads_are_two_messages(bench: Bench) -> None:
    """The same text under two packet ids, or under one that was acknowledged, is two messages."""
    bench.arrive(packet(1, "a temp 1"), packet(2, "a temp 1"))
    bench.arrive(packet(1, "a temp 1"))
    assert len({row[0] for row in bench.rows("id")}) == 3


def test_packet_id_alone_is_no_redelivery(bench: Bench) -> None:
    """A packet id that the broker uses again for another text or topic is a new message."""
    bench.link.generation = 0
    bench.arrive(packet(5, "a temp 1"))
    bench.connect(generation=2)
    bench.arrive(packet(5, "a temp 2", generation=2), packet(6, "b", topic="load/b/raw", generation=2))
    assert len(bench.rows()) == 3


def test_what_a_new_session_sends_is_new(bench: Bench) -> None:
    """After a lost session packet ids mean nothing: an equal packet is a new message; the audit says so."""
    bench.link.generation = 0
    bench.arrive(packet(5, "a temp 1"))
    bench.connect(generation=2, present=False)
    bench.arrive(packet(5, "a temp 1", generation=2))
    assert len(bench.rows()) == 2
    events = bench.buffer.read(lambda db: db.execute("SELECT kind FROM events").fetchall())
    assert events == [("session_lost",)]


def test_old_candidates_are_forgotten_after_a_while(bench: Bench) -> None:
    """Once redelivery is over, an equal text under a wrapped packet id is a new message."""
    bench.arrive(packet(5, "a temp 1"))
    bench.connect(generation=2)
    bench.clock.advance(60)
    bench.receive.step(wait_s=0)
    bench.arrive(packet(5, "a temp 1", generation=2))
    assert len(bench.rows()) == 2


def test_full_buffer_withholds_pubacks_until_there_is_room(bench: Bench) -> None:
    """At the byte cap nothing is acknowledged and nothing is lost."""
    bench.buffer._max_bytes = 1
    bench.arrive(packet(1, "a temp 1"))
    assert bench.link.acks == []
    assert "bytes are used" in bench.receive.blocked
    bench.buffer._max_bytes = 1 << 30
    bench.clock.advance(10)
    bench.receive.step(wait_s=0)
    assert bench.link.acks == [1]


@pytest.mark.parametrize(
    ("payload", "topic", "reason"),
    [
        (b"x" * 1001, "load/a/raw", Reason.TOO_LARGE),
        (b"\xff", "load/a/raw", Reason.UNDECODABLE),
        (b"a\x00b", "load/a/raw", Reason.UNDECODABLE),
        (b"  ", "load/a/raw", Reason.EMPTY_TEXT),
        (b"text", "elsewhere", Reason.NO_ROUTE),
    ],
)
def test_bad_payload_is_kept_with_its_reason(
    bench: Bench, payload: bytes, topic: str, reason: Reason
) -> None:
    """It is acknowledged, rejected on arrival, and its dead letter waits in the outbox."""
    bench.arrive(packet(1, payload, topic=topic))
    assert bench.link.acks == [1]
    assert bench.rows("state, reason, size") == [("rejected", reason, len(payload))]
    letters = bench.buffer.due(after=0, limit=10)
    assert [json.loads(letter.payload)["reason"] for letter in letters] == [reason]


# process


def test_accepted_message_is_in_the_outbox(bench: Bench) -> None:
    """Record, outbox row and state come together, and nothing contradicts itself."""
    bench.arrive(packet(1, "pump temp 21.5 hum 40"))
    bench.extract()
    assert bench.proof() == {"ready": (1, 0)}
    letter = bench.buffer.due(after=0, limit=10)[0]
    assert letter.topic == "maaza/t/data/a"
    assert json.loads(letter.payload)["value"] == {"device": "pump", "temp": 21.5, "hum": 40}


def wrong(job: Job, **changes: object) -> Candidate:
    """Return the stub's candidate with something changed."""
    made = Stub("one").extract([job])[0]
    values = {name: getattr(made, name) for name in ("value", "evidence", "confidence", "tier", "model")}
    return Candidate(**(values | changes))


def climb(bench: Bench, make: object, times: int) -> None:
    """Answer both tiers with the same fault."""
    bench.clock.advance(1)
    bench.process.step(wait_s=0)
    for _ in range(times):
        for queue in bench.queues.values():
            bench.process.finished(queue.answer(make))  # type: ignore[arg-type]
        bench.process.step(wait_s=0)


def test_value_that_is_not_in_the_text_is_rejected(bench: Bench) -> None:
    """Whatever the extractor says, a value must equal its span; the last tier's failure is the reason."""
    bench.arrive(packet(1, "pump temp 21.5"))
    climb(bench, lambda job: wrong(job, value={"device": "pump", "temp": 99.0}), times=2)
    assert bench.rows("state, reason") == [("rejected", "ungrounded")]
    trail = json.loads(str(bench.rows("trail")[0][0]))
    assert [(one["tier"], one["outcome"]) for one in trail] == [("one", "ungrounded"), ("two", "ungrounded")]


def test_unsure_value_climbs_then_is_rejected(bench: Bench) -> None:
    """Confidence under the threshold goes to the next tier, and ends there."""
    bench.arrive(packet(1, "pump temp 21.5"))
    climb(bench, lambda job: wrong(job, confidence=0.4), times=2)
    assert bench.rows("state, reason") == [("rejected", "unsure")]


def test_invalid_value_climbs_and_the_next_tier_saves_it(bench: Bench) -> None:
    """What the first tier gets wrong the second may get right: the record says which tier made it."""
    bench.arrive(packet(1, "pump temp 21.5"))
    bench.clock.advance(1)
    bench.process.step(wait_s=0)
    fault = Evidence("/temp", 10, 14, 0.9)
    bench.process.finished(
        bench.queues["one"].answer(lambda job: wrong(job, value={"temp": 21.5}, evidence=(fault,)))
    )
    bench.process.step(wait_s=0)
    bench.process.finished(bench.queues["two"].answer_with(Stub("two")))
    bench.process.step(wait_s=0)
    tiers = bench.buffer.read(lambda db: db.execute("SELECT tier FROM v_records").fetchall())
    assert tiers == [("two",)]


def test_value_that_cannot_be_stored_costs_only_its_own_message(bench: Bench) -> None:
    """What no check foresaw ends as a rejection, not as a daemon that dies at each start."""
    bench.arrive(packet(1, "pump temp 1"), packet(2, "pump temp 2"))

    bench.clock.advance(1)
    bench.process.step(wait_s=0)
    results = bench.queues["one"].answer(wrong)
    spoiled = replace(results[0].result, tokens="many")  # type: ignore[arg-type]
    bench.process.finished([replace(results[0], result=spoiled), results[1]])
    bench.process.step(wait_s=0)
    assert bench.rows("state, reason") == [("rejected", "invalid"), ("ready", None)]


def test_message_that_cannot_be_judged_costs_only_itself(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours must not end the daemon: it would meet the same message after each restart."""

    def fails(value: dict[str, object], _schema: object) -> tuple[()]:
        if value["device"] == "poison":
            raise OverflowError("int too large")
        return ()

    monkeypatch.setattr("agent.journey.validate", fails)
    bench.arrive(packet(1, "poison temp 1.5"), packet(2, "pump temp 21.5", topic="load/b/raw"))
    bench.extract()
    assert bench.rows("state, reason") == [("rejected", "invalid"), ("ready", None)]
    assert "OverflowError" in str(bench.rows("detail")[0][0])


def test_crashing_text_is_in_quarantine(bench: Bench) -> None:
    """A text that takes the extractor down is rejected; its neighbour is not."""
    bench.arrive(packet(1, "poison temp 1"), packet(2, "pump temp 2"))

    def answer(job: Job) -> Candidate | Crashed:
        return Crashed("twice") if "poison" in job.text else Stub("one").extract([job])[0]

    climb(bench, answer, times=1)
    assert bench.rows("state, reason") == [("rejected", "extractor_crashed"), ("ready", None)]


def test_refusal_tries_the_next_schema(bench: Bench) -> None:
    """'Not this schema' moves on; the record names the schema that fitted."""
    bench.route = type(bench.route)("load/+/raw", ("load", "other"), ("one", "two"), device_level=1)
    bench.__post_init__()
    bench.connect()
    bench.arrive(packet(1, "pump temp 21.5"))

    def answer(job: Job) -> Candidate:
        if job.schema.name == "load":
            return Candidate(None, (), 0.9, "one", "", Refusal.NOT_THIS_SCHEMA, "of another kind")
        return Stub("one").extract([job])[0]

    climb(bench, answer, times=2)
    assert bench.buffer.read(lambda db: db.execute("SELECT schema FROM v_records").fetchall()) == [("other",)]


def test_expired_message_is_dropped(bench: Bench) -> None:
    """Message Expiry passed while it waited: dropped by policy, with the reason."""
    arrived = packet(1, "pump temp 21.5")
    bench.arrive(replace(arrived, expiry_s=5, arrived_at=bench.clock.now()))
    bench.clock.advance(6)
    bench.extract()
    assert bench.rows("state, reason") == [("dropped", "expired")]
    assert bench.buffer.read(audit.counters)["dropped"] == 1


def test_slow_message_holds_only_its_own_line(bench: Bench) -> None:
    """The second message of a device waits for the first; another device's does not."""
    bench.arrive(
        packet(1, "a temp 1", topic="load/a/raw"),
        packet(2, "a temp 2", topic="load/a/raw"),
        packet(3, "b temp 3", topic="load/b/raw"),
    )
    bench.clock.advance(1)
    bench.process.step(wait_s=0)
    answers = bench.queues["one"].answer_with(Stub("one"))
    bench.process.finished(answers[1:])
    bench.process.step(wait_s=0)
    assert bench.rows("state") == [("received",), ("received",), ("ready",)]
    bench.process.finished(answers[:1])
    bench.process.step(wait_s=0)
    assert [one.id for one in bench.buffer.due(after=0, limit=9)] == [
        str(bench.rows("id")[number][0]) for number in (2, 0, 1)
    ]


# deliver


def ready(bench: Bench, count: int = 1) -> None:
    """Bring messages into the outbox."""
    bench.arrive(*(packet(number, f"pump temp {number}") for number in range(1, count + 1)))
    bench.extract()


def test_message_stays_in_the_outbox_until_the_broker_confirms(bench: Bench) -> None:
    """Sent is not delivered."""
    ready(bench)
    open_output(bench)
    bench.clock.advance(1)
    bench.deliver.step(wait_s=0)
    assert len(bench.out.published) == 1
    assert bench.proof() == {"ready": (1, 0)}
    confirm(bench, 1)
    assert bench.proof() == {"published": (1, 0)}
    assert bench.buffer.due(after=0, limit=9) == []


def test_note_that_fails_is_made_again_and_nothing_is_sent_twice(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Confirmed and not noted yet: it stays in the outbox, does not go out again, and leaves it at last."""
    ready(bench)
    open_output(bench)
    bench.clock.advance(1)
    bench.deliver.step(wait_s=0)
    healthy = writer.run_behind_savepoint
    monkeypatch.setattr(writer, "run_behind_savepoint", full)
    confirm(bench, 1)
    with pytest.raises(BufferUnavailable):
        bench.buffer.event("x", {})
    with pytest.raises(BufferUnavailable):
        bench.proof()
    monkeypatch.setattr(writer, "run_behind_savepoint", healthy)
    for _ in range(3):
        bench.clock.advance(5)
        bench.deliver.step(wait_s=0)
    assert len(bench.out.published) == 1
    assert bench.proof() == {"published": (1, 0)}


def test_unconfirmed_message_is_sent_again_in_order_and_marked(bench: Bench) -> None:
    """After a reconnect all without an answer go out again, in order, with their ids and the mark."""
    ready(bench, 3)
    open_output(bench)
    bench.courier.down(1, "lost")
    open_output(bench, generation=2)
    first, again = bench.out.published[:3], bench.out.published[3:]
    assert [one[2]["id"] for one in again] == [one[2]["id"] for one in first]
    assert {one[2].get("resent") for one in again} == {"true"}


def test_answer_of_an_older_connection_counts_for_nothing(bench: Bench) -> None:
    """Packet ids begin again on each connection."""
    ready(bench)
    open_output(bench)
    bench.courier.down(1, "lost")
    open_output(bench, generation=2)
    confirm(bench, 1, 2, generation=1)
    assert bench.proof() == {"ready": (1, 0)}


def test_refused_message_is_tried_again(bench: Bench) -> None:
    """A broker that says 'not now' gets it again later; the message is not given up."""
    ready(bench)
    open_output(bench)
    confirm(bench, 1, code=0x97)
    assert bench.proof() == {"ready": (1, 0)}
    bench.clock.advance(30)
    bench.deliver.step(wait_s=0)
    assert len(bench.out.published) == 2
    confirm(bench, 2)
    assert bench.proof() == {"published": (1, 0)}


def test_clock_that_is_set_back_holds_no_device_for_a_year(bench: Bench) -> None:
    """A wait is a matter of seconds, whatever the clock says of its end."""
    ready(bench)
    open_output(bench)
    bench.courier.confirmed(1, 1, 0x97)
    bench.deliver.step(wait_s=0)
    assert len(bench.out.published) == 1
    bench.clock.at -= 365 * 86_400
    bench.clock.advance(30)
    bench.deliver.step(wait_s=0)
    assert len(bench.out.published) == 2


def test_hopeless_message_ends_as_rejected(bench: Bench) -> None:
    """A broker that will never take it ends the message, with the reason."""
    ready(bench)
    open_output(bench)
    confirm(bench, 1, code=0x95)
    assert bench.rows("state, reason") == [("rejected", "undeliverable")]
    assert bench.buffer.due(after=0, limit=9) == []


def test_in_flight_is_bounded(bench: Bench) -> None:
    """No more than the bound are out without an answer."""
    ready(bench, 30)
    open_output(bench)
    bench.deliver.step(wait_s=0)
    assert len(bench.out.published) == 10
    confirm(bench, *range(1, 6))
    assert len(bench.out.published) == 15


def test_events_know_their_connection() -> None:
    """The values that loops exchange are plain and comparable."""
    assert Closed(1) == Closed(1)
    assert Confirmed(1, 2, 0) != Confirmed(2, 2, 0)
