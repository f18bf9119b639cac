"""The hot path of MQTT says and hears what paho's way would, many packets at a time and in their order."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt import _packet
from paho.mqtt.client import MQTTv5, MQTTv311
from paho.mqtt.enums import MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from agent.mqtt import client as clients
from agent.mqtt import json_properties
from agent.mqtt.quick import UNREADABLE, Arrived, QuickClient, arrived, body_of
from agent.mqtt.secrets import Secrets
from agent.testing import ENDPOINT


class Wire:
    """A client on one end of a pair of sockets, and what it heard."""

    def __init__(self) -> None:
        self.arrived: list[Arrived] = []
        self.confirmed: list[tuple[int, int]] = []
        self.broker, ours = socket.socketpair()
        self.client: QuickClient = clients.build(ENDPOINT, Secrets(None, None, None, b""), v5=True)
        self.client.on_arrived = self.arrived.append
        self.client.on_confirmed = lambda packet_id, code: self.confirmed.append((packet_id, code))
        ours.settimeout(0)
        self.broker.settimeout(5)
        ends: Any = self.client
        ends._sock = ours

    def says(self, data: bytes) -> MQTTErrorCode:
        """Let the broker say something, and the client read once."""
        self.broker.sendall(data)
        return self.client.loop_read()

    def close(self) -> None:
        """End it."""
        self.client._sock_close()
        self.broker.close()


@pytest.fixture
def wire() -> Iterator[Wire]:
    """Return a client without a broker."""
    made = Wire()
    yield made
    made.close()


def publish(topic: bytes, payload: bytes, packet_id: int, properties: bytes = b"\x00") -> bytes:
    """Return a PUBLISH at QoS 1, MQTT 5."""
    body = len(topic).to_bytes(2) + topic + packet_id.to_bytes(2) + properties + payload
    return b"\x32" + bytes([len(body)]) + body


def test_packets_in_pieces(wire: Wire) -> None:
    """Whatever the socket gives at a time, each packet is heard once, when it is whole, and in order."""
    data = (
        publish(b"a/b", b"one", 1)
        + b"\x40\x02\x00\x07"
        + publish(b"a/c", b"two", 2)
        + b"\x40\x03\x00\x08\x97"
    )
    for byte in data:
        assert wire.says(bytes([byte])) == MQTTErrorCode.MQTT_ERR_SUCCESS
    assert [(one.topic, one.packet_id, one.payload) for one in wire.arrived] == [
        (b"a/b", 1, b"one"),
        (b"a/c", 2, b"two"),
    ]
    assert wire.confirmed == [(7, 0), (8, 0x97)]


def test_many_packets_at_once(wire: Wire) -> None:
    """One read hears them all."""
    assert wire.says(b"".join(publish(b"t", b"x", number) for number in range(1, 301))) == 0
    assert [one.packet_id for one in wire.arrived] == list(range(1, 301))


@pytest.mark.parametrize(
    "data",
    [
        b"\x32\xff\xff\xff\xff\x7f",
        b"\x32\x03\x00\x09a",
        b"\x40\x01\x00",
        b"\x32\x06\x00\x01a\x00\x01\xff",
    ],
)
def test_what_is_no_mqtt_ends_the_connection(wire: Wire, data: bytes) -> None:
    """A length of five bytes, a topic or packet id cut short, properties that go on behind the packet."""
    assert wire.says(data) == MQTTErrorCode.MQTT_ERR_PROTOCOL
    assert wire.client.socket() is None
    assert wire.arrived == []


def test_what_a_broker_that_closes_means(wire: Wire) -> None:
    """The connection is lost, and the network loop hears so."""
    wire.broker.close()
    assert wire.client.loop_read() == MQTTErrorCode.MQTT_ERR_CONN_LOST


@given(
    topic=st.text("ab/ü", min_size=1, max_size=8),
    payload=st.binary(max_size=300),
    qos=st.sampled_from([0, 1]),
    retain=st.booleans(),
    v5=st.booleans(),
    expiry=st.one_of(st.none(), st.integers(0, 2**32 - 1)),
    pairs=st.lists(st.tuples(st.text("ké", max_size=3), st.text("vü", max_size=3)), max_size=2),
)
def test_what_we_say_and_hear_is_what_paho_says(
    *,
    topic: str,
    payload: bytes,
    qos: int,
    retain: bool,
    v5: bool,
    expiry: int | None,
    pairs: list[tuple[str, str]],
) -> None:
    """Our PUBLISH is read by paho's decoder, and ours reads the same in it."""
    client = clients.build(ENDPOINT, Secrets(None, None, None, b""), v5=v5)
    described = json_properties(pairs, expiry_s=expiry) if v5 else b""
    packet_id = client.hand_over(topic, payload, qos=qos, retain=retain, properties=described)
    packet = client._joined()
    found = body_of(bytearray(packet), 0)
    assert found is not None
    assert found[1] == len(packet)
    body = packet[found[0] :]
    protocol: MQTTProtocolVersion = MQTTv5 if v5 else MQTTv311
    theirs = _packet.decode_publish(packet[0], body, protocol)
    ours = arrived(packet[0], body, v5=v5)
    assert (theirs.topic, theirs.mid, theirs.qos, theirs.retain, theirs.payload) == ours[:5]
    assert (ours.topic, ours.packet_id, ours.payload) == (topic.encode(), packet_id, payload)
    if v5:
        assert ours.properties is not None
        assert getattr(ours.properties, "MessageExpiryInterval", None) == expiry
        assert [tuple(one) for one in getattr(ours.properties, "UserProperty", [])] == pairs


@given(st.binary(max_size=60), st.booleans())
def test_no_bytes_are_read_otherwise_than_by_paho(body: bytes, v5: bool) -> None:  # noqa: FBT001 - drawn
    """What paho's decoder refuses is refused; what it reads is read the same."""
    protocol: MQTTProtocolVersion = MQTTv5 if v5 else MQTTv311
    try:
        theirs = _packet.decode_publish(0x32, body, protocol)
    except UNREADABLE:
        with pytest.raises(UNREADABLE):
            arrived(0x32, body, v5=v5)
        return
    ours = arrived(0x32, body, v5=v5)
    assert (theirs.topic, theirs.mid, theirs.payload) == (ours.topic, ours.packet_id, ours.payload)


@pytest.mark.parametrize("topic", ["", "a/#", "+/b", "x" * 65_536])
def test_a_topic_without_room_in_mqtt_is_refused(wire: Wire, topic: str) -> None:
    """Nothing of it is sent."""
    with pytest.raises(ValueError, match="topic"):
        wire.client.hand_over(topic, b"", qos=1, retain=False, properties=b"\x00")
    assert not wire.client.want_write()


def test_what_waits_is_written_together_and_in_order(wire: Wire) -> None:
    """Records, PUBACKs, and paho's own packets between: the question at parting stands behind PUBACKs."""
    first = wire.client.hand_over("t", b"x", qos=1, retain=False, properties=b"\x00")
    wire.client.ack(5, 1)
    wire.client.unsubscribe("nobody")
    wire.client.ack(6, 1)
    assert wire.client.loop_write() == MQTTErrorCode.MQTT_ERR_SUCCESS
    said = wire.broker.recv(4096)
    assert said.startswith(
        b"\x32\x07\x00\x01t" + first.to_bytes(2) + b"\x00x" + b"\x40\x02\x00\x05" + b"\xa2"
    )
    assert said.endswith(b"nobody" + b"\x40\x02\x00\x06")
    assert not wire.client.want_write()


def test_what_the_socket_does_not_take_is_written_later(wire: Wire) -> None:
    """Nothing is lost or doubled where the broker reads slowly."""
    payloads = [bytes([number % 250]) * 10_000 for number in range(200)]
    for one in payloads:
        wire.client.hand_over("t", one, qos=0, retain=False, properties=b"\x00")
    heard = bytearray()
    while wire.client.want_write():
        wire.client.loop_write()
        heard += wire.broker.recv(1 << 20)
    for one in payloads:
        found = body_of(heard, 0)
        assert found is not None
        assert heard[found[0] + 4 : found[1]] == one
        del heard[: found[1]]
    assert heard == b""


def test_an_id_without_an_answer_is_not_given_again(wire: Wire) -> None:
    """A broker would take the second message for the first one."""
    held = wire.client.hand_over("t", b"", qos=1, retain=False, properties=b"\x00")
    given_ = set()
    for _ in range(65_534):
        packet_id = wire.client.hand_over("t", b"", qos=1, retain=False, properties=b"\x00")
        given_.add(packet_id)
        wire.client._handle(0x40, packet_id.to_bytes(2))
    assert held not in given_
    again = wire.client.hand_over("t", b"", qos=1, retain=False, properties=b"\x00")
    assert again != held


def test_expiry_of_a_message_is_heard(wire: Wire) -> None:
    """Properties that a message has are paho's to read."""
    wishes: Any = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    wishes.MessageExpiryInterval = 7
    wire.says(publish(b"t", b"x", 1, wishes.pack()))
    (heard,) = wire.arrived
    assert heard.properties is not None
    assert getattr(heard.properties, "MessageExpiryInterval", None) == 7
