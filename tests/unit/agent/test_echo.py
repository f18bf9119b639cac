"""What the agent publishes comes back to it: recognised, dropped, and said; nothing goes round for ever."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from bench import Bench, open_buffer

from agent.app import apart
from agent.app.configuration import Configuration
from agent.buffer import audit
from agent.errors import ConfigError
from agent.intake import hops
from agent.message import Packet
from agent.mqtt import Opened
from agent.publish import OUTPUTS, Addresses
from agent.settings import BrokerSettings, check
from agent.settings.given import given
from agent.settings.loops import outputs
from agent.testing import packet


def published(bench: Bench, text: str) -> tuple[str, str, str]:
    """Take a text all the way; return topic, payload and id of what came of it."""
    bench.courier.up(Opened(1, session_present=False, receive_maximum=10, v5=True))
    bench.arrive(packet(1, text))
    bench.extract()
    bench.deliver.step(wait_s=0)
    (topic, payload, properties) = bench.out.published[-1]
    return topic, payload, properties["id"]


def by_property(_topic: str, _payload: str, message_id: str) -> Packet:
    """Bring it back over a broker of MQTT 5 by another topic."""
    return replace(packet(2, "b temp 2", topic="load/b/raw"), claimed_id=message_id)


def by_payload(_topic: str, payload: str, _message_id: str) -> Packet:
    """Bring it back over a bridge that knows no properties."""
    return packet(2, payload, topic="load/b/raw")


def by_topic(topic: str, _payload: str, _message_id: str) -> Packet:
    """Bring back something of an earlier life."""
    return packet(2, "b temp 2", topic=topic)


@pytest.mark.parametrize("back", [by_property, by_payload, by_topic])
@pytest.mark.parametrize("text", ["a temp 1", "nothing of the kind"], ids=["record", "dead letter"])
def test_own_output_that_comes_back_is_dropped(
    bench: Bench, text: str, back: Callable[[str, str, str], Packet]
) -> None:
    """It is acknowledged, kept without its text, counted, and makes neither a record nor a dead letter."""
    came = back(*published(bench, text))
    sent = len(bench.out.published)
    bench.arrive(came)
    bench.extract()
    bench.deliver.step(wait_s=0)
    assert bench.rows("state, reason, text", "WHERE seq = 2") == [("dropped", "own_output", None)]
    assert bench.link.acks == [1, 2]
    assert len(bench.out.published) == sent
    assert bench.buffer.read(audit.counters)["dropped"] == 1
    assert not [faults for _messages, faults in bench.proof().values() if faults]


def test_id_of_somebody_else_is_no_echo(bench: Bench) -> None:
    """Publishers may use the same property, and other agents do."""
    topic, payload, message_id = published(bench, "a temp 1")
    assert topic == "maaza/t/data/a"
    other = message_id[:-1] + ("0" if message_id[-1] != "0" else "1")
    bench.arrive(replace(packet(2, "a temp 2"), claimed_id=other))
    bench.arrive(packet(3, payload.replace(message_id, other)))
    assert [state for (state,) in bench.rows("state", "WHERE seq > 1 ORDER BY seq")] == ["received"] * 2


def test_echo_is_told_to_health_and_once_per_connection_to_the_auditor(bench: Bench) -> None:
    """A loop at full rate must not fill the table of events."""
    topic, _payload, _message_id = published(bench, "a temp 1")
    assert bench.receive.echo == ""
    for number in range(2, 6):
        bench.arrive(packet(number, "x", topic=topic))
    assert "comes back" in bench.receive.echo
    found = bench.buffer.read(
        lambda db: db.execute("SELECT count(*) FROM events WHERE kind = 'own_output'").fetchone()
    )
    assert found == (1,)
    bench.clock.advance(61)
    assert bench.receive.echo == ""


def relayed(message: tuple[str, str, dict[str, str]], number: int, *, v5: bool) -> Packet:
    """Bring what one agent published to another, with its properties or without."""
    _topic, payload, properties = message
    came = packet(number, payload)
    hops_claimed = properties.get("hops")
    return replace(came, claimed_id=properties["id"], claimed_hops=hops_claimed) if v5 else came


@pytest.mark.parametrize("v5", [True, False])
def test_message_that_goes_round_two_agents_is_counted_out(tmp_path: Path, bench: Bench, *, v5: bool) -> None:
    """Each of the two handles it twice; the fifth sight of it is dropped, said, and no dead letter."""
    other = Bench(tmp_path / "other.db", bench.clock, open_buffer(tmp_path / "other.db", bench.clock))
    other.connect()
    published(bench, "a temp 1")
    other.arrive(relayed(bench.out.published[-1], 2, v5=v5))
    for number, sender, receiver in ((3, other, bench), (4, bench, other), (5, other, bench)):
        sender.courier.up(Opened(1, session_present=False, receive_maximum=10, v5=True))
        sender.extract()
        sender.deliver.step(wait_s=0)
        receiver.arrive(relayed(sender.out.published[-1], number, v5=v5))
    assert bench.rows("hops, reason") == [(0, None), (2, None), (4, "goes_round")]
    assert [row[0] for row in other.rows("hops")] == [1, 3]
    assert "go round among agents" in bench.receive.echo
    assert not [faults for _messages, faults in bench.proof().values() if faults]
    other.buffer.close()


@pytest.mark.parametrize(
    ("came", "said"),
    [
        (packet(1, "text"), 0),
        (replace(packet(1, "text"), claimed_hops="9"), 0),
        (replace(packet(1, "text"), claimed_id="x"), 1),
        (replace(packet(1, "text"), claimed_id="x", claimed_hops="3"), 3),
        (replace(packet(1, "text"), claimed_id="x", claimed_hops="-1"), 1),
        (replace(packet(1, "text"), claimed_id="x", claimed_hops="99999"), 1),
        (packet(1, f'{{"id": "{"0" * 36}", "hops": 2, "schema": "s"}}'), 2),
        (packet(1, f'{{"id": "{"0" * 36}", "schema": "hops"}}'), 1),
    ],
)
def test_hops_are_what_an_agent_says_of_its_output(came: Packet, said: int) -> None:
    """From property or payload; of what no agent published, nothing is believed."""
    assert hops(came) == said


def test_topics_that_are_ours_are_those_of_the_loop_check() -> None:
    """What is refused at a start is what is recognised on the way."""
    routes = [{"filter": "a", "schemas": ["env_sensor"]}]
    settings = check({"node": "n", "base": "b/c", "route": routes})
    addresses = Addresses(base="b/c", node="n")
    for topic, _whose in outputs(settings):
        assert addresses.is_output(topic.replace("+", "device"))
    assert {topic.split("/")[3] for topic, _whose in outputs(settings)} <= OUTPUTS
    assert not addresses.is_output("b/c/n/request/reload")
    assert not addresses.is_output("b/c/other/data/x")
    assert not addresses.is_output("b/c/n")


def configuration(host: str, port: int = 1883) -> Configuration:
    """Return one whose route would receive its own records, were the brokers one."""
    document = {
        "node": "n",
        "input": {"host": "127.0.0.1", "port": 1883},
        "output": {"host": host, "port": port},
        "route": [{"filter": "maaza/+/data/#", "schemas": ["env_sensor"]}],
    }
    return Configuration(check(document), {}, given(document, {}, "maaza.toml"), (Path("maaza.toml"),))


def looked_up(monkeypatch: pytest.MonkeyPatch, names: dict[str, str]) -> None:
    """Let names have addresses without asking a network."""

    def answer(host: str, port: int, **_wishes: object) -> list[tuple[object, ...]]:
        if host not in names:
            raise socket.gaierror(-2, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (names[host], port))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)


HERE = {"127.0.0.1": "127.0.0.1"}


def test_two_names_of_one_broker_are_refused_at_a_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where that makes a loop: with the route, both names, and exit code 78."""
    looked_up(monkeypatch, HERE | {"broker.plant": "127.0.0.1"})
    with pytest.raises(ConfigError, match=r"'127.0.0.1' and 'broker.plant' lead to one broker") as refused:
        apart.require(configuration("broker.plant"))
    assert [fault.key for fault in refused.value.faults] == ["route[0].filter"]


@pytest.mark.parametrize(
    ("host", "port", "address"),
    [("far.plant", 1883, "192.0.2.77"), ("broker.plant", 1884, "127.0.0.1"), ("unknown.plant", 1883, "")],
    ids=["another machine", "another port", "not known now"],
)
def test_two_brokers_are_accepted(
    monkeypatch: pytest.MonkeyPatch, host: str, port: int, address: str
) -> None:
    """A name that cannot be looked up says nothing, and must not keep the agent from starting."""
    looked_up(monkeypatch, HERE | ({host: address} if address else {}))
    apart.require(configuration(host, port))


def test_addresses_of_this_machine_are_one() -> None:
    """A broker mostly listens on all of them; asking sends nothing."""
    assert apart.is_own(socket.AF_INET, "127.0.0.5")
    assert not apart.is_own(socket.AF_INET, "198.51.100.1")
    one, other = BrokerSettings(host="127.0.0.5"), BrokerSettings(host="localhost")
    assert apart.meet(one, other)
