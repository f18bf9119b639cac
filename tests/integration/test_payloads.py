"""Payload shapes on a real broker, a real file and a real child process."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rig import Agent, Broker, Consumer, Producer, wait_until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

ROUTES = """
[[route]]
filter = "gw/+/up"
schemas = ["load"]
text_at = "/data/text"
device_at = "/id"
records = "json-lines"
charset = "utf-8-or-latin-1"

[[route]]
filter = "log/+/line"
schemas = ["load"]
device_level = 1
[route.join]
start = '^\\w+ temp'
wait_s = 6.0

[[route]]
filter = "file/+/raw"
schemas = ["load"]
device_level = 1
records = "lines"
[limits]
unpacked_bytes = 20000
records = 10
"""


@pytest.fixture
def shaped(make_agent: Callable[..., Agent]) -> Agent:
    """Give a running agent whose routes have shapes."""
    return make_agent(more=ROUTES)


def values(consumer: Consumer) -> list[Any]:
    """Return the values of all records, in order."""
    return [body["value"] for body in consumer.bodies("data")]


def test_envelopes_in_packed_lines_become_records_of_their_devices(
    shaped: Agent, producer: Producer, consumer: Consumer
) -> None:
    """gzip, latin-1, a JSON document per line, text and device inside; the broken line alone is rejected."""
    lines = [
        '{"id": "well/7", "data": {"text": "a° temp 1.5"}}'.encode("latin-1"),
        b'{"id": 8}',
        b'{"id": 8, "data": {"text": "b temp 2"}}',
    ]
    producer.send("gw/x/up", gzip.compress(b"\n".join(lines)))
    wait_until(lambda: shaped.is_settled(3), 10, what="settled")
    wait_until(lambda: len(values(consumer)) == 2, 10, what="two records")
    assert sorted(one[0] for one in consumer.messages if "/data/" in one[0]) == [
        "maaza/t1/data/8",
        "maaza/t1/data/well%2F7",
    ]
    (letter,) = consumer.bodies("rejected")
    assert (letter["reason"], letter["detail"]) == ("bad_envelope", "nothing stands at /data/text")
    with shaped.query() as db:
        assert db.execute("SELECT raw, record FROM v_rejected").fetchall() == [(lines[1], 1)]


def test_bomb_and_flood_are_dead_letters_and_the_next_flows(
    shaped: Agent, producer: Producer, consumer: Consumer
) -> None:
    """What grows past a limit is not unpacked, and no other message waits for it."""
    producer.send("file/a/raw", gzip.compress(bytes(10_000_000)))
    producer.send("file/a/raw", "\n".join(["a temp 1"] * 11))
    producer.send("file/a/raw", "a temp 1\nb temp 2\n\nc temp 3\n")
    wait_until(lambda: shaped.is_settled(5), 10, what="settled")
    wait_until(lambda: len(values(consumer)) == 3, 10, what="three records")
    assert [one["device"] for one in values(consumer)] == ["a", "b", "c"]
    assert [one["reason"] for one in consumer.bodies("rejected")] == ["too_large", "too_many_records"]


def test_death_between_commit_and_puback_doubles_no_record_of_a_payload(
    tmp_path: Path, broker: Broker, producer: Producer, consumer: Consumer
) -> None:
    """The broker sends the payload again; it is recognised as a whole and each record keeps its id."""
    agent = Agent(tmp_path, broker.port, more=ROUTES, fault="die:after:store")
    agent.start()
    try:
        agent.wait_ready()
        for number in range(3):
            producer.send("file/a/raw", f"a temp {number}\nb temp {number}\nc temp {number}")
            rows = 3 * (number + 1)
            wait_until(lambda rows=rows: sum(agent.states().values()) == rows, 10, what="stored")  # type: ignore[misc]
        assert agent.process is not None
        assert agent.process.wait(60) == -9
        agent.fault = ""
        agent.start()
        wait_until(lambda: agent.is_settled(9), 30, what="settled")
        wait_until(lambda: len({str(one["id"]) for one in consumer.bodies("data")}) == 9, 10, what="nine ids")
        with agent.query() as db:
            assert db.execute("SELECT count(*), count(DISTINCT text) FROM inbox").fetchone() == (9, 9)
    finally:
        agent.kill()


def test_lines_make_one_record_across_a_crash(shaped: Agent, producer: Producer, consumer: Consumer) -> None:
    """Killed in the middle of a record, the agent finds its lines again and publishes it whole, once."""
    producer.send("log/a/line", "a temp 1.5")
    producer.send("log/a/line", "  hum 40")
    wait_until(lambda: sum(shaped.states().values()) == 2, 10, what="stored")
    shaped.kill()
    producer.send("log/a/line", "  and more")
    producer.send("log/a/line", "b temp 2")
    shaped.start()
    wait_until(lambda: shaped.is_settled(4), 30, what="settled")
    wait_until(lambda: len(values(consumer)) == 2, 10, what="two records")
    with shaped.query() as db:
        texts = db.execute("SELECT text FROM v_records ORDER BY received_at").fetchall()
    assert texts == [("a temp 1.5\n  hum 40\n  and more",), ("b temp 2",)]
    assert values(consumer)[0] == {"device": "a", "temp": 1.5, "hum": 40}


@pytest.mark.parametrize("when", ["before", "after"])
def test_death_while_lines_are_joined_loses_and_doubles_none(
    tmp_path: Path, broker: Broker, producer: Producer, consumer: Consumer, when: str
) -> None:
    """The process kills itself at a join; the next one makes the same records of the same lines."""
    more = ROUTES.replace("wait_s = 6.0", "wait_s = 0.2")
    agent = Agent(tmp_path, broker.port, more=more, fault=f"die:{when}:join")
    agent.start()
    try:
        agent.wait_ready()
        for number in range(12):
            producer.send(f"log/{number % 4}/line", f"d{number} temp {number}")
            producer.send(f"log/{number % 4}/line", f"  hum {number}")
            time.sleep(0.15)
        assert agent.process is not None
        assert agent.process.wait(60) == -9
        agent.fault = ""
        agent.start()
        wait_until(lambda: agent.is_settled(24), 30, what="settled")
        wait_until(lambda: len({str(one["id"]) for one in consumer.bodies("data")}) == 12, 10, what="records")
        with agent.query() as db:
            kept = db.execute("SELECT text FROM v_records").fetchall()
            lost = db.execute("SELECT count(*) FROM inbox WHERE reason <> 'joined'").fetchone()
        assert sorted(kept) == sorted((f"d{number} temp {number}\n  hum {number}",) for number in range(12))
        assert lost == (0,)
    finally:
        agent.kill()


def test_retained_and_qos_0_are_marked_where_the_record_is_read(
    broker: Broker, producer: Producer, consumer: Consumer, make_agent: Callable[..., Agent]
) -> None:
    """A retained message waits for the subscriber; one without a promise says so too."""
    producer.send("load/b/raw", "b temp 1.5", retain=True)
    agent = make_agent()
    producer.send("load/a/raw", "a temp 1.5", qos=0)
    wait_until(lambda: len(consumer.bodies("data")) == 2, 10, what="two records")
    marks = {str(one["value"]["device"]): (one["qos"], one["retained"]) for one in consumer.bodies("data")}  # type: ignore[index]
    assert marks == {"a": (0, False), "b": (1, True)}
    with agent.query() as db:
        kept = db.execute("SELECT device, qos, retained FROM v_records ORDER BY device").fetchall()
    assert kept == [("a", 0, 0), ("b", 1, 1)]


def test_what_is_left_of_the_expiry_goes_out(agent: Agent, producer: Producer, consumer: Consumer) -> None:
    """The consumer's broker forgets the record when the publisher wanted its text forgotten."""
    producer.send("load/a/raw", "a temp 1.5", expiry_s=600)
    producer.send("load/b/raw", "b temp 1.5")
    wait_until(lambda: len(consumer.bodies("data")) == 2, 10, what="two records")
    left = {topic.rpartition("/")[2]: seconds for topic, seconds in consumer.expiries if "/data/" in topic}
    assert left["b"] is None
    assert left["a"] is not None
    assert 400 < left["a"] <= 600
