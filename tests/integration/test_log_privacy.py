"""No line of a whole run holds raw text: good messages, refused ones, faults of every part, a full disk."""

from __future__ import annotations

import json
import resource
import time
from pathlib import Path

import pytest
from quoting import ENGINE, JUDGE, SETTLE
from rig import Agent, Broker, Consumer, Producer, wait_until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

MARK = "zq7marked"
"""A word in each text and in nothing else."""
PAYLOADS: tuple[str | bytes, ...] = (
    f"{MARK} temp 20.5 hum 40",
    f"{MARK} temp",
    f"{MARK} temp {MARK} hum {MARK}",
    f"{MARK} chatter of no schema",
    f"{MARK}\x00binary",
    f"{MARK} \xff".encode("latin-1"),
    MARK * 10_000,
    "   ",
    f"{MARK}{ENGINE} temp 1",
    f"{MARK}{JUDGE} temp 2",
    f"{MARK}{SETTLE} temp 3",
    f'{{"nested": "{MARK}"}}',
    f"{MARK} \u202e bidi \x1b[31m temp 4",
)
"""What comes in: good, refused by each of the checks, and such that a part fails with the text in words."""


def whole_run(agent: Agent, producer: Producer, consumer: Consumer) -> list[dict[str, object]]:
    """Send everything, also into a full disk, until all is decided; stop; return the lines of the log."""
    for payload in PAYLOADS:
        producer.send("load/a/raw", payload)
    producer.send("load/a/raw", f"{MARK} retained temp 5", retain=True)
    producer.send("load/a/raw", f"{MARK} at most once temp 6", qos=0)
    wait_until(lambda: agent.is_settled(len(PAYLOADS) + 2), 40, what="settled")
    assert agent.process is not None
    # A limit on the size of files stands for a full disk; the log's own file is beyond it too.
    resource.prlimit(agent.process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    producer.client.publish("load/b/raw", f"{MARK} temp 7", qos=1)
    time.sleep(2)
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    resource.prlimit(agent.process.pid, resource.RLIMIT_FSIZE, unlimited)
    wait_until(lambda: agent.is_settled(len(PAYLOADS) + 3), 40, what="settled after the disk was full")
    wait_until(lambda: len(consumer.bodies("rejected")) >= 8, 10, what="dead letters")
    wait_until(lambda: any(topic.endswith("/metrics") for topic, *_ in consumer.messages), 10, what="metrics")
    about = [one for one in consumer.messages if "/data/" not in one[0] and "/rejected/" not in one[0]]
    # What the node says of itself goes further than its records: it holds no text either.
    assert {topic.rpartition("/")[2] for topic, *_ in about} >= {"health", "info", "metrics"}
    assert MARK not in json.dumps(about)
    assert agent.terminate() == 0
    return [json.loads(line) for line in agent.log().splitlines()]


def run(tmp_path: Path, broker: Broker, more: str) -> tuple[Agent, list[dict[str, object]]]:
    """Run an agent whose parts fail with the text in their words."""
    agent = Agent(tmp_path, broker.port, fault="quoting", more=f"[metrics]\ninterval_s = 1.0\n{more}")
    agent.start()
    producer, consumer = Producer(broker.port), Consumer(broker.port)
    try:
        agent.wait_ready()
        return agent, whole_run(agent, producer, consumer)
    finally:
        agent.kill()
        producer.close()
        consumer.close()


def test_no_line_holds_raw_text(tmp_path: Path, broker: Broker) -> None:
    """At the level that says most; and each line about a message names it."""
    agent, lines = run(tmp_path, broker, '[log]\nlevel = "debug"\n')
    assert MARK not in agent.log()
    events = {str(line["event"]) for line in lines}
    assert {"rejected", "decided", "extractor_failed", "judgement_failed", "settlement_refused"} <= events
    with agent.query() as db:
        known = {row[0] for row in db.execute("SELECT id FROM inbox")}
    about = [line for line in lines if line["event"] in {"rejected", "decided", "judgement_failed"}]
    assert about
    assert {str(line["message_id"]) for line in about} <= known
    named = [
        line["message_id"] for line in lines if line["event"] in {"extractor_failed", "settlement_refused"}
    ]
    assert {one for many in named for one in (many if isinstance(many, list) else [many])} <= known


def test_the_same_run_with_payloads_allowed_holds_them(tmp_path: Path, broker: Broker) -> None:
    """The negative control: the texts do reach the lines, and the setting decides."""
    agent, _lines = run(tmp_path, broker, "[log]\npayloads = true\n")
    assert MARK in agent.log()
