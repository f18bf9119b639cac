"""What a running agent tells of itself: over MQTT, for Prometheus, in the audit, and to a person who asks."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from gate import Gate
from prometheus_client.parser import text_string_to_metric_families
from rig import Agent, Broker, Consumer, Producer, free_port, load, result, wait_until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

OFTEN = "[metrics]\ninterval_s = 0.5\n"


@pytest.fixture
def make(tmp_path: Path, broker: Broker) -> Iterator[Callable[..., Agent]]:
    """Give a way to start agents that tell often, and end with the test."""
    made: list[Agent] = []

    def start(more: str = "", *, fault: str = "haste") -> Agent:
        agent = Agent(tmp_path, broker.port, more=OFTEN + more, fault=fault)
        agent.start()
        agent.wait_ready()
        made.append(agent)
        return agent

    yield start
    for agent in made:
        agent.kill()


def newest(consumer: Consumer, kind: str) -> dict[str, Any]:
    """Return the newest publication on one of the node's own topics; empty before the first."""
    found = [
        body for topic, body, _pairs, _retained in list(consumer.messages) if topic == f"maaza/t1/{kind}"
    ]
    return found[-1] if found else {}


def value(body: dict[str, Any], metric: str, **labels: str) -> float | None:
    """Return one number of a publication of metrics."""
    for entry in body.get("metrics", {}).get(metric, []):
        if all(entry[name] == wanted for name, wanted in labels.items()):
            number: float = entry["value"]
            return number
    return None


def test_metrics_are_those_of_the_database(
    make: Callable[..., Agent], broker: Broker, consumer: Consumer, tmp_path: Path
) -> None:
    """Topic, page and file tell the same numbers, and an SQL query finds them in the tables."""
    port, file = free_port(), tmp_path / "maaza.prom"
    agent = make(f'prometheus = true\nport = {port}\ntextfile = "{file}"\n')
    result(load("send", broker.port, 400, rate=0), 60)
    wait_until(lambda: agent.is_settled(400), 30, what="settled")

    def told() -> float | None:
        return value(newest(consumer, "metrics"), "maaza_messages_delivered_total", kind="data")

    wait_until(lambda: told() == 400, 10, what="told")
    body = newest(consumer, "metrics")
    with agent.query() as db:
        stored = db.execute("SELECT count(*), sum(size) FROM inbox").fetchone()
    route = {"route": "load/+/raw"}
    assert value(body, "maaza_messages_received_total", **route) == stored[0] == 400
    assert value(body, "maaza_received_bytes_total") == stored[1]
    assert value(body, "maaza_messages_decided_total", **route, state="ready") == 400
    assert value(body, "maaza_inbox_messages", state="received") == 0
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        page = answer.read().decode()
    for text in (page, file.read_text()):
        samples = [one for family in text_string_to_metric_families(text) for one in family.samples]
        found = {one.name: one.value for one in samples if one.labels == {"kind": "data"}}
        assert found == {"maaza_messages_delivered_total": 400}
    assert body["lately"]["stages"].keys() <= {
        *("intake", "commit", "wait", "validate", "settle", "publish", "total"),
        "extract/stub",
    }


def test_page_is_off_by_default(make: Callable[..., Agent]) -> None:
    """Nothing listens that was not asked for."""
    agent = make()
    assert agent.process is not None
    links = Path(f"/proc/{agent.process.pid}/fd").iterdir()
    held = {str(link.readlink()) for link in links if link.is_symlink()}
    inodes = {name[8:-1] for name in held if name.startswith("socket:")}
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    listening = {line.split()[9] for line in lines if line.split()[3] == "0A"}
    assert not inodes & listening


def test_address_in_use_degrades_and_stops_nothing(
    make: Callable[..., Agent], broker: Broker, producer: Producer, consumer: Consumer
) -> None:
    """Metrics are beside the way of a message; the cause is said."""
    agent = make(f"prometheus = true\nport = {broker.port}\n")
    wait_until(lambda: "metrics" in newest(consumer, "health").get("causes", {}), 10, what="said")
    assert str(broker.port) in newest(consumer, "health")["causes"]["metrics"]
    producer.send("load/a/raw", "a temp 1")
    wait_until(lambda: agent.is_settled(1), 10, what="settled")


def test_node_introduces_itself(make: Callable[..., Agent], consumer: Consumer) -> None:
    """Version, tiers, schemas, the schema of the settings; and nothing that is secret."""
    make()
    wait_until(lambda: bool(newest(consumer, "info")), 10, what="introduced")
    info = newest(consumer, "info")
    assert info["tiers"] == [{"name": "stub", "kind": "stub", "threshold": 0.5}]
    assert list(info["schemas"]) == ["load"]
    assert info["routes"] == [{"filter": "load/+/raw", "schemas": ["load"]}]
    assert "MetricsSettings" in info["configuration_schema"]["$defs"]
    assert info["version"]


def send_until_drift(producer: Producer, consumer: Consumer) -> bool:
    """Send a little of a format that fits no schema; tell whether the alarm is raised."""
    for _ in range(5):
        producer.client.publish("load/a/raw", "another format, without any number", qos=1)
    return "drift" in newest(consumer, "health").get("causes", {})


def test_new_firmware_raises_the_drift_alarm_and_its_repair_clears_it(
    make: Callable[..., Agent], broker: Broker, producer: Producer, consumer: Consumer
) -> None:
    """In the log, in health, in the metrics and in the audit; over a restart too."""
    agent = make()
    result(load("send", broker.port, 600, rate=300), 60)
    wait_until(lambda: agent.is_settled(600), 30, what="the usual")
    wait_until(lambda: send_until_drift(producer, consumer), 20, what="raised")
    assert "rejected of load/+/raw has risen from 0.1% to" in newest(consumer, "health")["causes"]["drift"]
    risen = {"route": "load/+/raw", "rate": "rejected"}
    wait_until(lambda: value(newest(consumer, "metrics"), "maaza_drift", **risen) == 1, 10, what="told")
    assert agent.terminate() == 0
    agent.start()
    wait_until(lambda: "drift" in newest(consumer, "health").get("causes", {}), 20, what="remembered")
    for part in range(5):
        result(load("send", broker.port, 100, rate=200, run=f"good{part}"), 60)
    wait_until(lambda: '"drift_over"' in agent.log(), 20, what="cleared")
    wait_until(lambda: newest(consumer, "health")["state"] == "working", 10, what="well again")
    with agent.query() as db:
        events = db.execute("SELECT kind, detail FROM events WHERE kind LIKE 'drift%' ORDER BY number")
        kinds = [(kind, json.loads(detail)["rate"]) for kind, detail in events]
    assert ("drift_raised", "rejected") in kinds
    assert ("drift_cleared", "rejected") in kinds
    assert len(kinds) == len(set(kinds))


def test_stuck_is_not_running(make: Callable[..., Agent], producer: Producer, consumer: Consumer) -> None:
    """An agent whose model stands still runs, and says that nothing gets finished; later that it does."""
    agent = make()
    for child in agent.extractors():
        os.kill(child, signal.SIGSTOP)
    for number in range(5):
        producer.send("load/a/raw", f"a temp {number}")
    wait_until(lambda: newest(consumer, "health").get("state") == "stuck", 20, what="stuck")
    assert "5 messages wait" in newest(consumer, "health")["causes"]["extraction"]
    wait_until(lambda: value(newest(consumer, "metrics"), "maaza_stuck") == 1, 10, what="told")
    assert '"standstill"' in agent.log()
    for child in agent.extractors():
        os.kill(child, signal.SIGCONT)
    wait_until(lambda: newest(consumer, "health")["state"] == "working", 20, what="well again")
    wait_until(lambda: agent.is_settled(5), 10, what="settled")


def test_broker_that_confirms_nothing_is_said(
    make: Callable[..., Agent], broker: Broker, producer: Producer, consumer: Consumer
) -> None:
    """A connection that stands and takes nothing is stuck too: in the log, as the broker hears nothing."""
    gate = Gate(broker.port)
    agent = make(f'[output]\nhost = "127.0.0.1"\nport = {gate.port}\n')
    wait_until(lambda: bool(newest(consumer, "health")), 10, what="output")
    gate.hold()
    producer.send("load/a/raw", "a temp 1")
    wait_until(lambda: '"of": "delivery"' in agent.log(), 20, what="said")
    assert "has confirmed nothing for" in agent.log()
    gate.release()
    wait_until(lambda: '"standstill_over"' in agent.log(), 20, what="over")
    wait_until(lambda: agent.is_settled(1), 20, what="settled")
    gate.close()


def test_full_disk_is_said_while_it_lasts(
    make: Callable[..., Agent], producer: Producer, consumer: Consumer
) -> None:
    """Not stuck and not working: degraded, with the part, the cause and the remedy."""
    agent = make()
    assert agent.process is not None
    resource.prlimit(agent.process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
    producer.client.publish("load/a/raw", "a temp 1", qos=1)
    wait_until(lambda: "intake" in newest(consumer, "health").get("causes", {}), 20, what="said")
    assert newest(consumer, "health")["state"] == "degraded"
    assert "free space" in newest(consumer, "health")["causes"]["intake"]
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    resource.prlimit(agent.process.pid, resource.RLIMIT_FSIZE, unlimited)
    wait_until(lambda: newest(consumer, "health")["state"] == "working", 30, what="well again")


def ask(agent: Agent, *options: str) -> subprocess.CompletedProcess[str]:
    """Call the verb."""
    command = [sys.executable, "-m", "agent", "metrics", "--config", str(agent.settings), *options]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=60, env=agent.environment()
    )


def test_person_who_asks_is_answered(
    make: Callable[..., Agent], broker: Broker, producer: Producer, consumer: Consumer
) -> None:
    """`maaza metrics` shows the retained numbers, and says why there are none."""
    agent = make()
    producer.send("load/a/raw", "a temp 1")
    wait_until(lambda: bool(newest(consumer, "metrics")), 10, what="told")
    shown = ask(agent)
    assert shown.returncode == 0
    assert shown.stdout.startswith("t1  working")
    assert "inbox" in shown.stdout
    assert json.loads(ask(agent, "--json").stdout)["node"] == "t1"
    agent.kill()
    broker.kill()
    silent = ask(agent)
    assert silent.returncode == 1
    assert "start the agent" in silent.stderr
