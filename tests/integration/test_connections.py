"""Connections with a real broker: logins, takeovers, lost sessions, brokers that stand still, two brokers."""

from __future__ import annotations

import dataclasses
import os
import re
import signal
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from gate import Gate
from resender import Resender
from reuser import Reuser
from rig import Agent, Broker, Consumer, Producer, load, result, wait_until

from agent.clock import SystemClock
from agent.message import Packet
from agent.mqtt import Link, Opened, reconnect
from agent.testing import ENDPOINT

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

KEEPALIVE_S = 5
"""Keep-alive of agents here, seconds; the shortest that settings allow."""
NOTICED_S = 1.5 * KEEPALIVE_S
"""Within which a dead link must be noticed."""
FRESH_S = 30
"""Within which a fresh message must flow after the end of a fault."""
SEEN_S = 10
"""For which two agents of one client id are looked at."""
LOADED_S = 5
"""For what else the machine does."""


@pytest.fixture
def agents(tmp_path: Path) -> Iterator[Callable[..., Agent]]:
    """Give a way to make agents, each with a folder of its own, that end with the test."""
    made: list[Agent] = []

    def make(port: int, *, input_: str = "", more: str = "") -> Agent:
        folder = tmp_path / f"agent{len(made)}"
        folder.mkdir()
        agent = Agent(folder, port, more=more)
        agent.settings.write_text(agent.settings.read_text().replace("[input]\n", f"[input]\n{input_}\n", 1))
        made.append(agent)
        agent.start()
        return agent

    yield make
    for agent in made:
        agent.kill()


def has_said(agent: Agent, words: str) -> bool:
    """Tell whether something stands in an agent's log."""
    return words in agent.log()


def events(agent: Agent, kind: str) -> list[tuple[str, str]]:
    """Return connection and cause of each event of a kind, as an auditor finds them."""
    query = "SELECT detail ->> 'connection', detail ->> 'cause' FROM events WHERE kind = ?"
    try:
        with agent.query() as db:
            return db.execute(query, (kind,)).fetchall()
    except sqlite3.OperationalError:
        return []


def seconds_until(done: Callable[[], bool], at_most: float, *, what: str) -> float:
    """Wait for something; return how long it took."""
    began = time.monotonic()
    while not done():
        assert time.monotonic() - began < at_most, f"not within {at_most:g} s: {what}"
        time.sleep(0.02)
    return time.monotonic() - began


def flows(agent: Agent, port: int, count: int) -> None:
    """Send a message and see it through in time."""
    producer = Producer(port)
    producer.send("load/a/raw", f"a temp {count}")
    seconds_until(lambda: agent.is_settled(count), FRESH_S, what="a fresh message")
    producer.close()


def test_wrong_password_is_said_and_the_right_one_is_taken_without_a_restart(
    tmp_path: Path, agents: Callable[..., Agent], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Name and password lie in the folder of credentials; nothing of them is in the log."""
    users = tmp_path / "users"
    subprocess.run(
        ["mosquitto_passwd", "-b", "-c", str(users), "maaza", "open-sesame"], check=True, capture_output=True
    )
    broker = Broker(tmp_path, f"password_file {users}")
    broker.demand_names()
    secrets = tmp_path / "credentials"
    secrets.mkdir()
    (secrets / "name").write_text("maaza\n")
    (secrets / "password").write_text("open-barley\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(secrets))
    broker.start()
    login = 'username_file = "$CREDENTIALS_DIRECTORY/name"\npassword_file = "$CREDENTIALS_DIRECTORY/password"'
    agent = agents(broker.port, input_=login)
    try:
        wait_until(lambda: "the broker refused our login" in agent.log(), 15, what="the cause")
        wait_until(lambda: len(events(agent, "disconnected")) == 2, 10, what="both connections' events")
        (secrets / "password").write_text("open-sesame\n")
        agent.wait_ready()
        assert not [word for word in ("sesame", "barley") if word in agent.log()]
        assert agent.terminate() == 0
    finally:
        broker.kill()


@pytest.mark.parametrize("protocol", ["5", pytest.param("3.1.1", marks=pytest.mark.slow)])
def test_two_agents_of_one_client_id_are_told_and_make_no_storm(
    broker: Broker, agents: Callable[..., Agent], protocol: str
) -> None:
    """Both say so in log and audit database; they meet seldom; when one ends the other goes on alone."""
    first, second = (agents(broker.port, input_=f'protocol = "{protocol}"') for _ in range(2))
    for one in (first, second):
        wait_until(partial(has_said, one, "our client id"), 30, what="said")
    # Brokers of MQTT 5 may say it; Mosquitto 2.0.11 does not.
    for one in (first, second):
        wait_until(partial(knows_of_the_other, one), 10, what="the event")
    before = broker.log().count("New client connected")
    time.sleep(SEEN_S)
    count = broker.log().count("New client connected") - before
    # Two agents with two connections each: waits of at least 2 s, of 12 s once they know each other.
    assert count < 2 * SEEN_S
    assert first.terminate() == 0
    flows(second, broker.port, sum(second.states().values()) + 1)
    print(f"{count} connections of two agents in {SEEN_S} s")  # noqa: T201 - a measurement


def knows_of_the_other(agent: Agent) -> bool:
    """Tell whether an auditor finds that another client uses the id."""
    return bool(events(agent, "taken_over") or events(agent, "contested"))


class Ears:
    """A listener that hears nothing."""

    def up(self, opened: Opened) -> None:
        """Hear nothing."""

    def down(self, generation: int, cause: str) -> None:
        """Hear nothing."""

    def packet(self, packet: Packet) -> None:
        """Hear nothing."""

    def confirmed(self, generation: int, packet_id: int, code: int) -> None:
        """Hear nothing."""


def test_takeover_that_the_broker_names_is_known_at_once() -> None:
    """DISCONNECT with reason 0x8E of MQTT 5: one is enough, and the wait is that of a contest."""
    heard: list[tuple[str, Mapping[str, object]]] = []
    with socket.create_server(("127.0.0.1", 0)) as ear:
        threading.Thread(target=take_over, args=(ear,), daemon=True).start()
        endpoint = dataclasses.replace(ENDPOINT, host="127.0.0.1", port=ear.getsockname()[1])
        link = Link(endpoint, Ears(), clock=SystemClock(), note=lambda *note: heard.append(note))
        link._serve_once()
    assert [kind for kind, _facts in heard] == ["connected", "taken_over"]
    assert "another client has connected with our client id" in link.trouble
    assert reconnect.wait(link._history, 0.0) == 2


def take_over(ear: socket.socket) -> None:
    """Accept one MQTT 5 client, and tell it that another one has its id."""
    client, _address = ear.accept()
    with client:
        client.recv(4096)
        client.sendall(bytes([0x20, 3, 0, 0, 0]) + bytes([0xE0, 2, 0x8E, 0]))
        client.recv(4096)


def test_wiped_broker_is_a_lost_session_in_plain_words(tmp_path: Path, agents: Callable[..., Agent]) -> None:
    """Its files are gone: the agent subscribes again and says what may be lost."""
    broker = Broker(tmp_path, f"persistence true\npersistence_location {tmp_path}/")
    broker.start()
    try:
        agent = agents(broker.port)
        agent.wait_ready()
        broker.restart()
        agent.wait_ready(2)
        assert events(agent, "session_lost") == []
        broker.stop()
        (tmp_path / "mosquitto.db").unlink()
        broker.start()
        agent.wait_ready(3)
        flows(agent, broker.port, 1)
        assert len(events(agent, "session_lost")) == 1
        assert "has forgotten our session" in agent.log()
    finally:
        broker.kill()


def test_broker_with_persistence_keeps_what_comes_while_we_are_away(
    tmp_path: Path, agents: Callable[..., Agent]
) -> None:
    """Its restart and ours, one after the other: all that it has acknowledged arrives, each once."""
    broker = Broker(tmp_path, f"persistence true\npersistence_location {tmp_path}/")
    broker.start()
    try:
        agent = agents(broker.port)
        agent.wait_ready()
        agent.kill()
        result(load("send", broker.port, 200, rate=0), 60)
        broker.restart()
        agent.start()
        wait_until(lambda: agent.is_settled(200), 30, what="all settled")
        with agent.query() as db:
            assert db.execute("SELECT count(*), count(DISTINCT text) FROM inbox").fetchone() == (200, 200)
        assert events(agent, "session_lost") == []
    finally:
        broker.kill()


def silences(agent: Agent) -> int:
    """Return how often a connection was given up for want of a sign of life."""
    return agent.log().count('"silent"')


def test_paused_broker_is_noticed_in_time_and_resumed(broker: Broker, agents: Callable[..., Agent]) -> None:
    """SIGSTOP: noticed within 1.5 keep-alives; when the broker goes on, a fresh message flows."""
    agent = agents(broker.port, input_=f"keepalive_s = {KEEPALIVE_S}")
    agent.wait_ready()
    wait_until(lambda: '"output_connected"' in agent.log(), 10, what="output")
    assert broker.process is not None
    broker.process.send_signal(signal.SIGSTOP)
    took = seconds_until(lambda: silences(agent) >= 2, NOTICED_S + LOADED_S, what="both links noticed")
    time.sleep(NOTICED_S)
    broker.process.send_signal(signal.SIGCONT)
    flows(agent, broker.port, 1)
    assert '"v5": false' not in agent.log()
    assert events(agent, "session_lost") == []
    print(f"paused broker noticed after {took:.1f} s of {NOTICED_S:g}")  # noqa: T201 - a measurement


def test_half_open_link_is_noticed_in_time_and_loses_nothing(
    broker: Broker, agents: Callable[..., Agent]
) -> None:
    """Nothing passes and nothing is closed: what was sent meanwhile arrives on the next connection, once."""
    gate = Gate(broker.port)
    try:
        agent = agents(gate.port, input_=f"keepalive_s = {KEEPALIVE_S}")
        agent.wait_ready()
        gate.hold()
        result(load("send", broker.port, 100, rate=0), 60)
        took = seconds_until(lambda: silences(agent) >= 2, NOTICED_S + LOADED_S, what="both links noticed")
        gate.release()
        seconds_until(lambda: agent.is_settled(100), FRESH_S, what="what was sent meanwhile")
        with agent.query() as db:
            assert db.execute("SELECT count(*), count(DISTINCT text) FROM inbox").fetchone() == (100, 100)
        print(f"half-open link noticed after {took:.1f} s of {NOTICED_S:g}")  # noqa: T201 - a measurement
    finally:
        gate.close()


@pytest.mark.parametrize("dup", [True, False], ids=["marked", "not marked"])
def test_broker_that_sends_everything_again_makes_no_second_message(
    broker: Broker,
    agents: Callable[..., Agent],
    dup: bool,  # noqa: FBT001 - a table
) -> None:
    """Five times the same packets in a kept session, with the DUP flag and without: each is one message."""
    texts = [f"a temp {number}" for number in range(20)]
    resender = Resender("load/a/raw", texts, dup=dup)
    try:
        output = f'[output]\nhost = "127.0.0.1"\nport = {broker.port}\n'
        agent = agents(resender.port, input_='protocol = "3.1.1"', more=output)
        for number in range(1, 6):
            # Cut before the agent can know that its acknowledgements have arrived.
            resender.wait_acknowledged(number * len(texts), 40)
            resender.cut()
        wait_until(lambda: agent.is_settled(len(texts)), 20, what="all settled")
        assert resender.rounds >= 5
        with agent.query() as db:
            assert db.execute("SELECT count(*), count(DISTINCT id) FROM inbox").fetchone() == (20, 20)
    finally:
        resender.close()


def test_equal_text_under_the_same_packet_id_after_an_ordered_stop_is_a_message(
    broker: Broker, agents: Callable[..., Agent]
) -> None:
    """A device that says the same each time loses nothing when the agent is restarted in between."""
    reuser = Reuser("load/a/raw")
    try:
        output = f'[output]\nhost = "127.0.0.1"\nport = {broker.port}\n'
        agent = agents(reuser.port, input_='protocol = "3.1.1"', more=output)
        for number in range(1, 4):
            reuser.send("a temp 1")
            wait_until(partial(agent.is_settled, number), 20, what=f"message {number}")
            assert agent.terminate() == 0
            agent.start()
        with agent.query() as db:
            assert db.execute("SELECT count(DISTINCT id) FROM inbox").fetchone() == (3,)
    finally:
        reuser.close()


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_ordered_stop_knows_that_the_broker_has_read_all(
    broker: Broker, producer: Producer, agents: Callable[..., Agent], protocol: str
) -> None:
    """Also of messages acknowledged a moment ago."""
    agent = agents(broker.port, input_=f'protocol = "{protocol}"')
    agent.wait_ready()
    for number in range(20):
        producer.send("load/a/raw", f"a temp {number}")
    wait_until(lambda: agent.is_settled(20), 20, what="all settled")
    assert agent.terminate() == 0
    with agent.query() as db:
        assert db.execute("SELECT acked_seq FROM sessions").fetchall() == [(20,)]


def test_output_broker_that_was_away_gets_all_in_order_and_not_too_fast(
    tmp_path: Path, broker: Broker, agents: Callable[..., Agent]
) -> None:
    """Another broker than the input's: killed, and back; records come marked, in order per device, paced."""
    folder = tmp_path / "output"
    folder.mkdir()
    output = Broker(folder)
    output.start()
    more = f'[output]\nhost = "127.0.0.1"\nport = {output.port}\n[limits]\ndeliver_per_s = 100\n'
    agent = agents(broker.port, more=more)
    try:
        agent.wait_ready()
        wait_until(lambda: '"output_connected"' in agent.log(), 10, what="output")
        output.kill()
        producer = Producer(broker.port)
        for number in range(300):
            producer.client.publish(f"load/{'abc'[number % 3]}/raw", f"d temp {number}", qos=1)
        wait_until(lambda: agent.states() == {"ready": 300}, 30, what="all wait for the output")
        output.start()
        consumer = Consumer(output.port)
        wait_until(lambda: len(consumer.bodies("data")) > 0, 20, what="the first")
        began = time.monotonic()
        wait_until(lambda: len(consumer.bodies("data")) == 300, 30, what="all")
        took = time.monotonic() - began
        # A bucket of one second, and then the rate: 200 of 300 are paced.
        assert took > 1.5, "faster than the limit"
        for device in "abc":
            mine = [one for one in consumer.messages if one[0].endswith(f"/data/{device}")]
            order = [one[1]["value"]["temp"] for one in mine]  # type: ignore[index]
            assert order == sorted(order)
            assert {one[2].get("resent") for one in mine} == {"true"}
        producer.close()
        consumer.close()
    finally:
        output.kill()


def test_flapping_network_leaks_nothing_and_loses_nothing(
    broker: Broker, agents: Callable[..., Agent]
) -> None:
    """Cut every half second for 8 s under load: files, threads and waits stay bounded."""
    gate = Gate(broker.port)
    try:
        agent = agents(gate.port)
        agent.wait_ready()
        assert agent.process is not None
        before = resources(agent.process.pid)
        sender = load("send", broker.port, 800, rate=100)
        for _ in range(16):
            time.sleep(0.5)
            gate.cut()
        result(sender, 60)
        seconds_until(lambda: agent.is_settled(800), FRESH_S + LOADED_S, what="all settled")
        with agent.query() as db:
            assert db.execute("SELECT count(*), count(DISTINCT text) FROM inbox").fetchone() == (800, 800)
            assert db.execute("SELECT count(*) FROM events").fetchone()[0] < 20
        after = resources(agent.process.pid)
        assert after[0] <= before[0] + 3
        assert after[1] == before[1]
    finally:
        gate.close()


def resources(pid: int) -> tuple[int, int]:
    """Return open files and threads of a process."""
    threads = re.search(r"Threads:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    assert threads is not None
    return len(os.listdir(f"/proc/{pid}/fd")), int(threads[1])  # noqa: PTH208 - names alone


def test_last_will_says_offline_when_the_agent_vanishes(broker: Broker, agents: Callable[..., Agent]) -> None:
    """Nobody is there to say it: the broker does, retained."""
    agent = agents(broker.port)
    wait_until(lambda: '"output_connected"' in agent.log(), 20, what="output")
    heard: list[tuple[str, bool]] = []
    producer = Producer(broker.port)
    producer.client.on_message = lambda _c, _u, one: heard.append((one.payload.decode(), one.retain))
    producer.client.subscribe("maaza/t1/status", qos=1)
    wait_until(lambda: heard == [("online", True)], 10, what="online")
    agent.kill()
    wait_until(lambda: heard[1:] == [("offline", False)], 10, what="offline")
    producer.client.unsubscribe("maaza/t1/status")
    producer.client.subscribe("maaza/t1/status", qos=1)
    wait_until(lambda: heard[2:] == [("offline", True)], 10, what="retained")
    producer.close()


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_loop_over_two_ways_to_one_broker_ends_at_once(
    broker: Broker, agents: Callable[..., Agent], protocol: str
) -> None:
    """What nothing could show at the start: each record comes back once and is dropped."""
    gate = Gate(broker.port)
    way = f'protocol = "{protocol}"'
    more = f'[output]\nhost = "127.0.0.1"\nport = {gate.port}\n{way}\n'
    more += '[[route]]\nfilter = "maaza/t1/#"\nschemas = ["load"]\n'
    try:
        agent = agents(broker.port, input_=way, more=more)
        agent.wait_ready()
        wait_until(lambda: '"output_connected"' in agent.log(), 10, what="output")
        producer = Producer(broker.port)
        producer.send("load/a/raw", "a temp 1")
        producer.send("load/b/raw", "nothing of the kind")
        wait_until(lambda: agent.states().get("rejected") == 1, 15, what="the dead letter")
        wait_until(lambda: agent.is_settled(4), 15, what="all settled")
        # Long enough for many rounds, if there were any.
        time.sleep(2)
        with agent.query() as db:
            rows = db.execute("SELECT topic, reason FROM inbox WHERE state = 'dropped'").fetchall()
            assert {reason for _topic, reason in rows} == {"own_output"}
            came = sorted(topic for topic, _reason in rows if "/data/" in topic or "/rejected/" in topic)
            assert came == ["maaza/t1/data/a", "maaza/t1/rejected/b"]
            assert sum(agent.states().values()) - len(rows) == 2
        assert len(events(agent, "own_output")) == 1
        producer.close()
    finally:
        gate.close()


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_ring_of_two_agents_ends_after_two_rounds(
    broker: Broker, agents: Callable[..., Agent], protocol: str
) -> None:
    """Each reads what the other publishes; a message of a device is handled twice by each."""
    ring = '[[route]]\nfilter = "maaza/{}/data/#"\nschemas = ["load"]\n'
    ring += '[[route]]\nfilter = "maaza/{}/rejected/#"\nschemas = ["load"]\n'
    way = f'protocol = "{protocol}"'
    one = agents(broker.port, input_=way, more=ring.format("t2", "t2"))
    other = agents(broker.port, input_=way, more=ring.format("t1", "t1"))
    other.kill()
    settings = other.settings.read_text().replace('"t1"\n', '"t2"\n', 1)
    other.settings.write_text(settings.replace("load/+/raw", "elsewhere/+/raw"))
    other.start()
    for agent in (one, other):
        wait_until(lambda agent=agent: has_said(agent, '"output_connected"'), 20, what="output")  # type: ignore[misc]
        agent.wait_ready()
    producer = Producer(broker.port)
    producer.send("load/a/raw", "a temp 1")
    wait_until(lambda: one.states().get("dropped") == 1, 20, what="the end of the ring")
    time.sleep(1)
    with one.query() as db:
        found = db.execute("SELECT hops, reason = 'goes_round' FROM inbox ORDER BY seq").fetchall()
    assert [hops for hops, _ in found] == [0, 2, 4]
    assert found[-1][1] == 1
    assert len(events(one, "goes_round")) == 1
    with other.query() as db:
        assert db.execute("SELECT hops FROM inbox ORDER BY seq").fetchall() == [(1,), (3,)]
    producer.close()


def relay(client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
    """Publish again under another topic, without properties."""
    client.publish("load/z/raw", message.payload, qos=1)


def test_bridge_that_brings_output_back_by_another_topic_makes_no_loop(
    broker: Broker, agent: Agent, producer: Producer
) -> None:
    """Whatever it does to topic and properties, the payload carries the id."""
    agent.wait_ready()
    back = Producer(broker.port)
    back.client.on_message = relay
    back.client.subscribe("maaza/t1/data/#", qos=1)
    producer.send("load/a/raw", "a temp 1")
    wait_until(lambda: agent.is_settled(2), 15, what="settled")
    time.sleep(1)
    with agent.query() as db:
        rows = db.execute("SELECT topic, state, reason FROM inbox ORDER BY seq").fetchall()
    assert rows == [("load/a/raw", "published", None), ("load/z/raw", "dropped", "own_output")]
    back.close()
