"""Faults of the world: brokers that vanish, hang, forget or refuse; files that are damaged or full."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gate import Gate
from rig import Agent, Broker, Consumer, Producer, load, result, wait_until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]
STOP_S = 8.0
"""Deadline of an ordered stop by default, seconds."""


@pytest.fixture
def make_gate(broker: Broker) -> Iterator[Callable[..., Gate]]:
    """Give a way to put gates before the broker."""
    made: list[Gate] = []

    def make(**options: bool) -> Gate:
        made.append(Gate(broker.port, **options))
        return made[-1]

    yield make
    for gate in made:
        gate.close()


def behind(agent: Agent, gate: Gate) -> Agent:
    """Start an agent that reaches its input broker through a gate; the output goes direct."""
    text = agent.settings.read_text()
    direct = re.search(r"port = (\d+)", text)
    assert direct is not None
    text = text.replace(f"port = {direct[1]}", f"port = {gate.port}", 1)
    agent.settings.write_text(text + f'\n[output]\nhost = "127.0.0.1"\nport = {direct[1]}\n')
    agent.start()
    return agent


@pytest.fixture
def gated(tmp_path: Path, broker: Broker) -> Iterator[Callable[[Gate], Agent]]:
    """Give a way to start an agent behind a gate."""
    made: list[Agent] = []

    def start(gate: Gate) -> Agent:
        made.append(behind(Agent(tmp_path, broker.port), gate))
        made[-1].wait_ready()
        return made[-1]

    yield start
    for agent in made:
        agent.kill()


@pytest.mark.parametrize("silent", [False, True], ids=["says so", "hangs up"])
def test_broker_without_version_5_is_served_with_3_1_1(
    make_gate: Callable[..., Gate],
    gated: Callable[[Gate], Agent],
    producer: Producer,
    silent: bool,  # noqa: FBT001 - a table
) -> None:
    """Refused or hung up on, the agent falls back, and the message flows."""
    agent = gated(make_gate(only_311=True, silent=silent))
    producer.send("load/a/raw", "a temp 1.5")
    wait_until(lambda: agent.is_settled(1), 15, what="settled")
    assert '"v5": false' in agent.log()


def test_connection_that_is_cut_loses_and_doubles_nothing(
    make_gate: Callable[..., Gate], gated: Callable[[Gate], Agent], broker: Broker, consumer: Consumer
) -> None:
    """Five cuts under load: every message once, with one id."""
    gate = make_gate()
    agent = gated(gate)
    sender = load("send", broker.port, 1500, rate=300)
    for _ in range(5):
        time.sleep(0.8)
        gate.cut()
    result(sender, 60)
    wait_until(lambda: agent.is_settled(1500), 40, what="all settled")
    with agent.query() as db:
        assert db.execute("SELECT count(*), count(DISTINCT text) FROM inbox").fetchone() == (1500, 1500)
    wait_until(
        lambda: len({str(body["id"]) for body in consumer.bodies("data")}) == 1500, 20, what="at the consumer"
    )


def test_broker_killed_without_memory_is_a_new_session(
    agent: Agent, broker: Broker, producer: Producer
) -> None:
    """Reconnect, subscribe again, begin a new epoch, and say in the audit that a session was lost."""
    producer.send("load/a/raw", "a temp 1")
    wait_until(lambda: agent.is_settled(1), 10, what="settled")
    broker.kill()
    broker.start()
    agent.wait_ready(2)
    wait_until(producer.client.is_connected, 10, what="the producer is back")
    producer.send("load/a/raw", "a temp 2")
    wait_until(lambda: agent.is_settled(2), 30, what="the fresh message")
    with agent.query() as db:
        assert db.execute("SELECT count(*) FROM events WHERE kind = 'session_lost'").fetchone() == (1,)


def test_broker_that_stands_still_is_survived(agent: Agent, broker: Broker, producer: Producer) -> None:
    """A paused broker blocks nobody for good: a fresh message flows when it goes on."""
    assert broker.process is not None
    broker.process.send_signal(signal.SIGSTOP)
    time.sleep(3)
    broker.process.send_signal(signal.SIGCONT)
    producer.send("load/a/raw", "a temp 1")
    wait_until(lambda: agent.is_settled(1), 30, what="the fresh message")


def test_output_broker_that_is_away_stops_nothing_before_it(
    tmp_path: Path, broker: Broker, producer: Producer, make_gate: Callable[..., Gate]
) -> None:
    """Messages are taken, acknowledged and extracted; when the output returns they go out, marked."""
    gate = make_gate()
    agent = Agent(tmp_path, broker.port, more=f'[output]\nhost = "127.0.0.1"\nport = {gate.port}\n')
    agent.start()
    try:
        agent.wait_ready()
        wait_until(lambda: '"output_connected"' in agent.log(), 10, what="output")
        gate._target = 9  # Nobody answers there.
        gate.cut()
        wait_until(lambda: agent.process is not None, 1, what="alive")
        time.sleep(0.5)
        for number in range(20):
            producer.send("load/a/raw", f"a temp {number}")
        wait_until(lambda: agent.states() == {"ready": 20}, 15, what="extracted and waiting")
        consumer = Consumer(broker.port)
        gate._target = broker.port
        wait_until(lambda: agent.is_settled(20), 30, what="delivered")
        wait_until(lambda: len(consumer.bodies("data")) == 20, 10, what="at the consumer")
        assert {pairs.get("resent") for topic, _b, pairs, _r in consumer.messages if "/data/" in topic} == {
            "true"
        }
        consumer.close()
    finally:
        agent.kill()


def test_full_buffer_blocks_and_recovers_by_itself(
    tmp_path: Path, broker: Broker, make_gate: Callable[..., Gate]
) -> None:
    """With the output away and a small cap, intake stops without loss; afterwards everything arrives."""
    gate = make_gate()
    agent = Agent(tmp_path, broker.port, more=f'[output]\nhost = "127.0.0.1"\nport = {gate.port}\n')
    agent.settings.write_text(agent.settings.read_text().replace("[buffer]", "[buffer]\nmax_bytes = 1048576"))
    gate._target = 9
    agent.start()
    try:
        agent.wait_ready()
        result(load("send", broker.port, 3000, rate=0), 60)
        wait_until(lambda: '"intake_blocked"' in agent.log(), 30, what="blocked")
        time.sleep(2)
        assert sum(agent.states().values()) < 3000
        assert agent.database.stat().st_size < 1.2 * 1048576
        collector = load("collect", broker.port, 3000, timeout=30)
        assert collector.stdout is not None
        collector.stdout.readline()
        gate._target = broker.port
        assert result(collector, 90)["distinct"] == 3000
    finally:
        agent.kill()


def test_poison_kills_the_extractor_not_the_agent(
    tmp_path: Path, broker: Broker, producer: Producer, consumer: Consumer
) -> None:
    """A text that crashes native code each time ends in quarantine; its company and its followers flow."""
    agent = Agent(tmp_path, broker.port, fault="poisonous_engine")
    agent.start()
    try:
        agent.wait_ready()
        for text in ("a temp 1", "poison temp 2", "c temp 3"):
            producer.client.publish("load/a/raw", text, qos=1)
        wait_until(lambda: agent.is_settled(3), 30, what="settled")
        producer.send("load/a/raw", "d temp 4")
        wait_until(lambda: agent.is_settled(4), 10, what="the next message")
        assert [body["reason"] for body in consumer.bodies("rejected")] == ["extractor_crashed"]
        assert len(consumer.bodies("data")) == 3
    finally:
        agent.kill()


def test_frozen_extractor_is_replaced(make_agent: Callable[..., Agent], producer: Producer) -> None:
    """An extractor that hangs is killed at its deadline, and the message is tried again."""
    agent = make_agent()
    agent.terminate()
    agent.settings.write_text(
        agent.settings.read_text().replace("batch = 128", "batch = 128\ndeadline_s = 1.0")
    )
    agent.start()
    agent.wait_ready(2)
    assert agent.process is not None
    frozen = agent.extractors()
    for child in frozen:
        os.kill(child, signal.SIGSTOP)
    producer.send("load/a/raw", "a temp 1")
    wait_until(lambda: agent.is_settled(1), 20, what="settled")
    assert agent.states() == {"published": 1}
    assert not set(agent.extractors()) & set(frozen)


def test_stop_with_a_frozen_extractor_keeps_its_deadline(agent: Agent, producer: Producer) -> None:
    """What is in extraction then goes back unharmed, within `limits.stop_s`; the next start does it."""
    for child in agent.extractors():
        os.kill(child, signal.SIGSTOP)
    producer.send("load/a/raw", "a temp 1")
    wait_until(lambda: agent.states() == {"received": 1}, 10, what="stored, and in extraction")
    began = time.monotonic()
    assert agent.terminate() == 0
    assert time.monotonic() - began < STOP_S
    assert agent.states() == {"received": 1}
    agent.start()
    wait_until(lambda: agent.is_settled(1), 20, what="settled after the next start")


def test_failing_disk_blocks_intake_and_recovers_by_itself(agent: Agent, broker: Broker) -> None:
    """Writes that fail (here: a limit on the size of files) acknowledge nothing; later all is there."""
    assert agent.process is not None
    resource.prlimit(agent.process.pid, resource.RLIMIT_FSIZE, (32_768, resource.RLIM_INFINITY))
    result(load("send", broker.port, 300, rate=0), 60)
    wait_until(lambda: '"intake_blocked"' in agent.log(), 30, what="blocked")
    assert sum(agent.states().values()) < 300
    resource.prlimit(
        agent.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    )
    wait_until(lambda: agent.is_settled(300), 30, what="all settled")
    with agent.query() as db:
        assert db.execute("SELECT count(*), count(DISTINCT text) FROM inbox").fetchone() == (300, 300)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_damaged_file_is_set_aside_and_new_data_flows(agent: Agent, producer: Producer) -> None:
    """No crash loop: the file is kept under another name, and the agent works with a new one."""
    producer.send("load/a/raw", "a temp 1")
    wait_until(lambda: agent.is_settled(1), 10, what="settled")
    assert agent.terminate() == 0
    agent.database.write_bytes(b"not a database at all" * 1000)
    agent.start()
    agent.wait_ready(2)
    producer.send("load/a/raw", "a temp 2")
    wait_until(lambda: agent.is_settled(1), 10, what="the fresh message")
    assert len(list(agent.folder.glob("maaza.db.damaged-*"))) >= 1


def test_file_damaged_while_it_is_open_is_set_aside_and_new_data_flows(
    agent: Agent, broker: Broker, producer: Producer
) -> None:
    """The process goes on with a new file, as after a crash; what was not acknowledged comes again."""
    assert agent.process is not None
    # A write that fails makes the agent open the file anew, and by then it is spoilt. The memory that
    # connections share (-shm) is left alone: who shortens that under a process ends it.
    resource.prlimit(agent.process.pid, resource.RLIMIT_FSIZE, (32_768, resource.RLIM_INFINITY))
    result(load("send", broker.port, 300, rate=0), 60)
    wait_until(lambda: '"intake_blocked"' in agent.log(), 10, what="blocked")
    stored = sum(agent.states().values())
    assert stored < 300
    os.truncate(f"{agent.database}-wal", 0)
    agent.database.write_bytes(b"not a database at all" * 1000)
    wait_until(lambda: '"database_damaged"' in agent.log(), 20, what="damage seen")
    resource.prlimit(
        agent.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    )
    agent.wait_ready(2)
    producer.send("load/a/raw", "a temp 3")
    wait_until(lambda: agent.is_settled(301 - stored), 30, what="what comes again, and the fresh message")
    assert agent.process.poll() is None
    with agent.query() as db:
        assert db.execute("SELECT count(*) FROM events WHERE kind = 'set_aside'").fetchone() == (1,)
    assert len(list(agent.folder.glob("maaza.db.damaged-*Z"))) == 1
    assert agent.terminate() == 0


def test_database_that_is_removed_ends_the_agent_and_loses_nothing(agent: Agent, producer: Producer) -> None:
    """What arrives after that is not acknowledged; the next start begins a file and takes it in."""
    agent.database.unlink()
    producer.send("load/a/raw", "a temp 1.5")
    assert agent.process is not None
    assert agent.process.wait(60) == 1
    assert "database_replaced" in agent.log()
    agent.start()
    wait_until(lambda: agent.is_settled(1), 30, what="the message is settled in the new file")


def test_backlog_is_not_loaded_into_memory(agent: Agent, broker: Broker) -> None:
    """A start with a backlog claims a window, not all of it."""
    agent.kill()
    result(load("send", broker.port, 5000, rate=0), 60)
    agent.start()
    wait_until(lambda: agent.is_settled(5000), 60, what="all settled")
    assert agent.process is not None
    status = Path(f"/proc/{agent.process.pid}/status").read_text()
    peak = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert peak is not None
    assert int(peak[1]) < 200_000


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('kind = "stub"', 'kind = "model"\nmodel = "/nowhere"'), "nowhere"),
        (('filter = "load/+/raw"', 'filter = "#"'), "output topic"),
        (('schemas = ["load"]', 'schemas = ["loud"]'), "load"),
        (("port = ", "prot = "), "port"),
        (("[[route]]", '[input.tls]\nca_file = "/nowhere.pem"\n[[route]]'), "nowhere.pem"),
        (("[[route]]", 'username = "u"\npassword_file = "/nowhere.txt"\n[[route]]'), "nowhere.txt"),
        (("[[route]]", 'username = "u"\npassword_file = "/proc/self/exe"\n[[route]]'), "name a text file"),
        (('/maaza.db"', '/nowhere/maaza.db"'), "mkdir -p"),
        (('/maaza.db"', '/maaza.toml/maaza.db"'), "is no folder"),
        (('/maaza.db"', '"'), "is a folder"),
        (('path = "', 'path = "/proc/'), "buffer.path"),
    ],
    ids=[
        "missing model",
        "loop",
        "unknown schema",
        "unknown key",
        "certificate",
        "password",
        "no text",
        "no folder for the database",
        "database below a file",
        "folder as database",
        "folder that takes no files",
    ],
)
def test_wrong_settings_are_refused_before_any_data_is_touched(
    tmp_path: Path, broker: Broker, change: tuple[str, str], words: str
) -> None:
    """Exit code 78, the key and the remedy in words, and no database."""
    agent = Agent(tmp_path, broker.port)
    agent.settings.write_text(agent.settings.read_text().replace(*change))
    agent.start()
    assert agent.process is not None
    assert agent.process.wait(60) == 78
    assert words in agent.log()
    assert not agent.database.exists()


def test_second_agent_on_the_same_file_is_refused(agent: Agent) -> None:
    """One owner per database; the first is not disturbed."""
    other = subprocess.run(
        agent.command(), capture_output=True, text=True, check=False, timeout=60, env=agent.environment()
    )
    assert other.returncode == 1
    assert "another agent" in other.stderr
    assert agent.process is not None
    assert agent.process.poll() is None
