"""Connections: generations, properties on the wire, callbacks that never kill the network loop."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import Any

import pytest
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from agent.errors import Transient
from agent.message import Packet
from agent.mqtt import Link, Opened, Tls, json_properties, variable_length
from agent.mqtt.connection import Connection
from agent.mqtt.ends import KEEP_ALIVE, UNANSWERED, of_disconnect
from agent.mqtt.quick import Arrived
from agent.mqtt.wire import utf8
from agent.testing import ENDPOINT, FakeClock


class Ears:
    """A listener that notes what it hears, and may fail."""

    def __init__(self) -> None:
        self.packets: list[Packet] = []
        self.fails = False

    def up(self, opened: Opened) -> None:
        """Hear nothing."""

    def down(self, generation: int, cause: str) -> None:
        """Hear nothing."""

    def packet(self, packet: Packet) -> None:
        """Note a packet."""
        if self.fails:
            raise RuntimeError("a fault of ours")
        self.packets.append(packet)

    def confirmed(self, generation: int, packet_id: int, code: int) -> None:
        """Hear nothing."""


class Client:
    """The part of paho that a link calls."""

    def __init__(self) -> None:
        self.acks: list[int] = []
        self.disconnects = 0

    def ack(self, packet_id: int, _qos: int) -> MQTTErrorCode:
        """Note an acknowledgement."""
        self.acks.append(packet_id)
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def disconnect(self) -> None:
        """Count."""
        self.disconnects += 1


def connection_of(link: Link, ears: Ears, generation: int) -> Connection:
    """Return a connection that has begun nothing yet."""
    return Connection(
        link.endpoint,
        ears,
        link._subscriptions,
        generation=generation,
        v5=link._v5,
        clock=link._clock,
        stands=link.connected,
        opened=link._opened,
    )


def standing(generation: int) -> tuple[Link, Any, Ears]:
    """Return a link whose connection of some generation stands."""
    ears = Ears()
    link = Link(ENDPOINT, ears, clock=FakeClock())
    client: Any = Client()
    connection = connection_of(link, ears, generation)
    link.generation, link._connection, connection.client = generation, connection, client
    link.connected.set()
    return link, client, ears


def connection(link: Link) -> Connection:
    """Return the connection of a link."""
    assert link._connection is not None
    return link._connection


def test_acknowledgement_of_an_older_connection_is_void() -> None:
    """It would acknowledge whatever message has the packet id now; that one would be lost."""
    link, client, _ears = standing(2)
    assert not link.acknowledge(1, 7)
    assert link.acknowledge(2, 7)
    assert client.acks == [7]


def test_nothing_is_acknowledged_without_a_connection() -> None:
    """Between connections there is nobody to tell."""
    link, client, _ears = standing(2)
    link.connected.clear()
    assert not link.acknowledge(2, 7)
    assert client.acks == []


def test_publish_without_a_connection_is_for_later() -> None:
    """It is an error that says: try again."""
    link, _client, _ears = standing(2)
    link.connected.clear()
    with pytest.raises(Transient, match="no connection"):
        link.publish("a", "b")


def message(topic: bytes = b"load/a/raw") -> Arrived:
    """Return what the client hands over."""
    return Arrived(topic, 3, 1, retained=False, payload=b"text", properties=None)


def test_fault_in_a_callback_ends_the_connection_not_the_loop() -> None:
    """The broker then sends again what was not acknowledged."""
    link, client, ears = standing(1)
    ears.fails = True
    connection(link).guarded(connection(link)._on_arrived, message())
    assert client.disconnects == 1


def test_topic_that_is_not_utf8_is_no_crash() -> None:
    """It becomes a topic that no route matches."""
    link, _client, ears = standing(1)
    connection(link).guarded(connection(link)._on_arrived, message(b"\xff"))
    assert [one.topic for one in ears.packets] == ["\ufffd"]


@pytest.mark.parametrize("pairs", [[], [("id", "1")], [("schema", "ü" * 200), ("a", "b")]])
def test_properties_are_what_paho_would_send(pairs: list[tuple[str, str]]) -> None:
    """Our layout of the bytes says the same as paho's, which is too slow for the hot path."""
    packed = json_properties(pairs)
    read: Any = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    read.unpack(packed)
    assert read.ContentType == "application/json"
    assert read.PayloadFormatIndicator == 1
    assert [tuple(pair) for pair in getattr(read, "UserProperty", [])] == pairs


@pytest.mark.parametrize("text", ["a\x01b\x85\ufffe", "\ud800", "€" * 30_000])
def test_string_that_brokers_hang_up_on_is_made_fit(text: str) -> None:
    """No control character, no half a character, at most 65,535 bytes."""
    packed = utf8(text)
    said = packed[2:].decode("utf-8")
    assert int.from_bytes(packed[:2]) == len(packed) - 2
    assert said.isprintable()


@pytest.mark.parametrize(
    ("number", "encoded"), [(0, b"\0"), (127, b"\x7f"), (128, b"\x80\x01"), (16384, b"\x80\x80\x01")]
)
def test_variable_length(number: int, encoded: bytes) -> None:
    """The examples of the specification."""
    assert variable_length(number) == encoded


def test_other_version_is_tried_after_two_silent_closes() -> None:
    """A broker that hangs up on version 5 is asked with 3.1.1, and the other way round."""
    link, _client, _ears = standing(1)
    connection(link).reached = True
    connection(link).finish(UNANSWERED)
    assert link._v5
    link._consider_other_version(connection(link))
    assert link._v5
    link._consider_other_version(connection(link))
    assert not link._v5


def test_broker_that_stands_still_says_nothing_about_its_version() -> None:
    """It takes connections and answers none: after it goes on, version 5 is what it gets."""
    link, _client, _ears = standing(1)
    connection(link).reached = True
    connection(link).finish(of_disconnect(KEEP_ALIVE, "", by_broker=False))
    for _ in range(5):
        link._consider_other_version(connection(link))
    assert link._v5


def test_broker_that_is_away_says_nothing_about_its_version() -> None:
    """A port that refuses while the broker restarts must not cost the properties of version 5."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        endpoint = replace(ENDPOINT, host="127.0.0.1", port=probe.getsockname()[1])
    link = Link(endpoint, Ears(), clock=FakeClock())
    for _ in range(3):
        link._serve_once()
        assert link._v5


def test_missing_certificate_is_a_failed_connection_not_the_end_of_the_thread() -> None:
    """Files are read anew for each connection, and one may just be being replaced."""
    link = Link(replace(ENDPOINT, tls=Tls(ca_file="/nowhere/ca.pem")), Ears(), clock=FakeClock())
    link._serve_once()
    assert "No such file" in link.trouble
