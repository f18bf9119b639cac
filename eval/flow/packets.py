"""The few packets of MQTT 3.1.1 that the load is made of, laid out so that they cost next to nothing.

A load generator on paho would take a third of two cores for itself. Section numbers are those of MQTT 3.1.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

CONNACK: Final = 2
PUBLISH: Final = 3
PUBACK: Final = 4
SUBACK: Final = 9
MAX_PACKET_ID: Final = 65_535


class Packet(NamedTuple):
    """One packet from the broker."""

    kind: int
    """Its type (2.2.1)."""
    flags: int
    body: bytes
    """Variable header and payload."""


def length(number: int) -> bytes:
    """Return a Remaining Length (2.2.3)."""
    made = bytearray()
    while True:
        number, low = divmod(number, 128)
        made.append(low | (128 if number else 0))
        if not number:
            return bytes(made)


def text(value: str) -> bytes:
    """Return a string with its length (1.5.3)."""
    encoded = value.encode()
    return len(encoded).to_bytes(2) + encoded


def connect(client_id: str) -> bytes:
    """Return a CONNECT with a clean session and without keep-alive (3.1)."""
    body = text("MQTT") + b"\x04\x02\x00\x00" + text(client_id)
    return b"\x10" + length(len(body)) + body


def subscribe(topic_filter: str) -> bytes:
    """Return a SUBSCRIBE at QoS 1 (3.8)."""
    body = b"\x00\x01" + text(topic_filter) + b"\x01"
    return b"\x82" + length(len(body)) + body


def puback(packet_id: bytes) -> bytes:
    """Return the PUBACK of a packet id as it stands in the packet (3.4)."""
    return b"\x40\x02" + packet_id


class Form(NamedTuple):
    """A PUBLISH at QoS 1 but for its packet id (3.3)."""

    head: bytes
    payload: bytes

    def with_id(self, packet_id: int) -> bytes:
        """Return it whole."""
        return self.head + packet_id.to_bytes(2) + self.payload


def form(topic: str, payload: bytes) -> Form:
    """Return a PUBLISH at QoS 1 without its packet id."""
    named = text(topic)
    return Form(b"\x32" + length(len(named) + 2 + len(payload)) + named, payload)


class Reader:
    """Bytes from a socket to packets; what is not whole yet is kept."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._rest = b""

    def feed(self, more: bytes) -> Iterator[Packet]:
        """Yield the packets that are whole."""
        data = self._rest + more
        at = 0
        while (found := _whole(data, at)) is not None:
            begin, end = found
            yield Packet(data[at] >> 4, data[at] & 15, data[begin:end])
            at = end
        self._rest = data[at:]


def _whole(data: bytes, at: int) -> tuple[int, int] | None:
    """Return where the body of a packet begins and ends; None where it is not all there."""
    size = shift = 0
    for place in range(at + 1, min(at + 5, len(data))):
        size |= (data[place] & 127) << shift
        shift += 7
        if data[place] < 128:  # noqa: PLR2004 - the highest bit says that more follows
            end = place + 1 + size
            return (place + 1, end) if end <= len(data) else None
    return None
