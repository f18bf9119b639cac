"""paho's client with the hot path laid out anew: PUBLISH and PUBACK, read and written many at a time.

paho reads each packet with three or four system calls, writes each with two, and makes a dozen objects of it.
Everything else is its own: CONNECT and what follows it, subscriptions, keep-alive, TLS, the end.
"""

from __future__ import annotations

import contextlib
import struct
import time
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import paho.mqtt.client as paho
from paho.mqtt.client import MQTTMessageInfo
from paho.mqtt.enums import LogLevel, MQTTErrorCode
from paho.mqtt.exception import MQTTException
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from agent.mqtt.wire import variable_length

PUBLISH: Final = 0x30
PUBACK: Final = 0x40
QOS_1: Final = 0x02
RETAIN: Final = 0x01
READ_BYTES: Final = 1 << 16
"""Bytes read at a time."""
WRITE_BYTES: Final = 1 << 16
"""Bytes from which no further packet is joined to those that are written together."""
MAX_PACKET_BYTES: Final = 268_435_455
"""Longest rest of a packet that MQTT has room for."""
MAX_TOPIC_BYTES: Final = 65_535
WILDCARDS: Final = frozenset("+#")
UNREADABLE: Final = (IndexError, KeyError, ValueError, struct.error, MQTTException)
"""What paho's decoders raise of bytes that are no MQTT."""


class Arrived(NamedTuple):
    """A PUBLISH of the broker."""

    topic: bytes
    packet_id: int
    """0 at QoS 0."""
    qos: int
    retained: bool
    payload: bytes
    properties: Properties | None
    """None where it has none."""


class QuickClient(paho.Client):
    """Hands messages and answers over as plain values; its own `publish` and `ack` only lay bytes out."""

    on_arrived: Callable[[Arrived], None] = staticmethod(lambda _arrived: None)
    on_confirmed: Callable[[int, int], None] = staticmethod(lambda _packet_id, _code: None)
    """Hears packet id and reason code of each PUBACK."""

    _received: bytearray
    _unsent: bytes
    _open: set[int]
    _woken: bool

    def prepare(self) -> None:
        """Begin with nothing read or written; once, before connecting."""
        self._received, self._unsent, self._open, self._woken = bytearray(), b"", set(), False

    # what we send

    def hand_over(self, topic: str, payload: bytes, *, qos: int, retain: bool, properties: bytes) -> int:
        """Queue a message; return its packet id. `properties`: as they stand in a PUBLISH; empty in 3.1.1.

        Raises:
            ValueError: MQTT has no room for such a topic or payload.
        """
        named = topic.encode()
        if not named or len(named) > MAX_TOPIC_BYTES or WILDCARDS & set(topic):
            raise ValueError("a topic has 1 to 65,535 bytes and no wildcard")
        packet_id = self._free_id() if qos else 0
        rest = len(named).to_bytes(2) + named + (packet_id.to_bytes(2) if qos else b"") + properties
        size = len(rest) + len(payload)
        if size > MAX_PACKET_BYTES:
            raise ValueError("Payload too large.")
        head = bytes((PUBLISH | (QOS_1 if qos else 0) | (RETAIN if retain else 0),)) + variable_length(size)
        self._packet_queue(PUBLISH, head + rest + payload, packet_id, 1)
        return packet_id

    def _free_id(self) -> int:
        """Return a packet id that no message without an answer has."""
        packet_id = self._mid_generate()
        while packet_id in self._open:
            packet_id = self._mid_generate()
        self._open.add(packet_id)
        return packet_id

    def _send_puback(self, mid: int) -> MQTTErrorCode:
        return self._packet_queue(PUBACK, b"\x40\x02" + mid.to_bytes(2), mid, 1)

    def _packet_queue(
        self,
        command: int,
        packet: bytes | bytearray,
        mid: int,
        qos: int,
        info: MQTTMessageInfo | None = None,
    ) -> MQTTErrorCode:
        """Queue a packet, and wake the network loop where it does not know yet that something waits."""
        self._out_packet.append(
            {
                "command": command,
                "mid": mid,
                "qos": qos,
                "pos": 0,
                "to_process": len(packet),
                "packet": packet,
                "info": info,
            }
        )
        if not self._woken and self._sockpairW is not None:
            self._woken = True
            with contextlib.suppress(BlockingIOError):
                self._sockpairW.send(b"0")
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def want_write(self) -> bool:
        """Tell whether something waits to be written."""
        return bool(self._unsent) or super().want_write()

    def loop_write(self) -> MQTTErrorCode:
        """Write what waits."""
        # Before the queue is looked at: what is queued from now on wakes again, or is seen.
        self._woken = False
        return super().loop_write()

    def _packet_write(self) -> MQTTErrorCode:
        """Write messages and answers many at a time, in order with paho's own packets."""
        while self._unsent or self._out_packet:
            self._unsent = self._unsent or self._joined()
            if not self._unsent:
                # One of paho's own is next; it knows what else is to be done then.
                return super()._packet_write()
            try:
                sent = self._sock_send(self._unsent)
            except BlockingIOError:
                return MQTTErrorCode.MQTT_ERR_AGAIN
            except OSError as error:
                self._easy_log(LogLevel.MQTT_LOG_ERR, "failed to send on socket: %s", error)
                return MQTTErrorCode.MQTT_ERR_CONN_LOST
            self._unsent = self._unsent[sent:]
            with self._msgtime_mutex:
                self._last_msg_out = time.monotonic()
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _joined(self) -> bytes:
        """Take messages and answers from the head of the queue."""
        parts, size = [], 0
        while self._out_packet and size < WRITE_BYTES:
            first = self._out_packet[0]
            if first["command"] not in {PUBLISH, PUBACK}:
                break
            parts.append(bytes(first["packet"][first["pos"] :]))
            size += len(parts[-1])
            self._out_packet.popleft()
        return b"".join(parts)

    # what we hear

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:  # noqa: ARG002 - as paho has it
        """Read what has come, and handle each packet that is whole."""
        try:
            data = self._sock_recv(READ_BYTES)
        except BlockingIOError:
            return MQTTErrorCode.MQTT_ERR_SUCCESS
        except OSError as error:
            self._easy_log(LogLevel.MQTT_LOG_ERR, "failed to receive on socket: %s", error)
            return self._loop_rc_handle(MQTTErrorCode.MQTT_ERR_CONN_LOST)
        if not data:
            return self._loop_rc_handle(MQTTErrorCode.MQTT_ERR_CONN_LOST)
        with self._msgtime_mutex:
            self._last_bytes_received = time.monotonic()
        self._received += data
        try:
            return self._handle_all()
        except UNREADABLE as error:
            self._easy_log(LogLevel.MQTT_LOG_DEBUG, "Received malformed packet: %s", error)
            return self._loop_rc_handle(MQTTErrorCode.MQTT_ERR_PROTOCOL)

    def _handle_all(self) -> MQTTErrorCode:
        for head, body in self._whole():
            rc = self._handle(head, body)
            if rc > 0:
                return self._loop_rc_handle(rc)
            if self._sock is None:
                return MQTTErrorCode.MQTT_ERR_NO_CONN
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _whole(self) -> Iterator[tuple[int, bytes]]:
        """Yield first byte and body of each packet that has come whole; the rest stays."""
        data, at = self._received, 0
        try:
            while (found := body_of(data, at)) is not None:
                begin, end = found
                head, at = data[at], end
                yield head, bytes(data[begin:end])
        finally:
            del data[:at]

    def _handle(self, head: int, body: bytes) -> MQTTErrorCode:
        kind = head & 0xF0
        if kind == PUBACK:
            packet_id = int.from_bytes(two(body, 0))
            self._open.discard(packet_id)
            self.on_confirmed(packet_id, body[2] if len(body) > 2 else 0)  # noqa: PLR2004 - its reason code
            return MQTTErrorCode.MQTT_ERR_SUCCESS
        if kind == PUBLISH and not head & 0x04:
            self.on_arrived(arrived(head, body, v5=self._protocol == paho.MQTTv5))
            return MQTTErrorCode.MQTT_ERR_SUCCESS
        self._in_packet["command"] = head
        self._in_packet["packet"] = bytearray(body)
        self._in_packet["remaining_length"] = len(body)
        return self._packet_handle()


def body_of(data: bytearray, at: int) -> tuple[int, int] | None:
    """Return where the body of a packet begins and ends; None where it is not all there.

    Raises:
        ValueError: its length has more than four bytes.
    """
    size = shift = 0
    for place in range(at + 1, min(at + 5, len(data))):
        byte = data[place]
        size |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:  # noqa: PLR2004 - the highest bit says that more follows
            end = place + 1 + size
            return (place + 1, end) if end <= len(data) else None
    if len(data) > at + 4:
        raise ValueError("a length of more than four bytes")
    return None


def two(body: bytes, at: int) -> bytes:
    """Return two bytes of a packet.

    Raises:
        ValueError: it ends before.
    """
    if len(body) < at + 2:
        raise ValueError("a packet that is too short")
    return body[at : at + 2]


def arrived(head: int, body: bytes, *, v5: bool) -> Arrived:
    """Return what a PUBLISH of QoS 0 or 1 says (MQTT 5 and 3.1.1, 3.3).

    Raises:
        ValueError: it is no PUBLISH (or another of `UNREADABLE`).
    """
    at = 2 + int.from_bytes(two(body, 0))
    topic, qos, packet_id = body[2:at], (head & 0x06) >> 1, 0
    if at > len(body) or (not topic and not v5):
        raise ValueError("a PUBLISH without its topic")
    if qos:
        packet_id, at = int.from_bytes(two(body, at)), at + 2
    properties = None
    if v5 and body[at]:
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        at += properties.unpack(body[at:])[1]  # type: ignore[no-untyped-call]
    elif v5:
        at += 1
    return Arrived(topic, packet_id, qos, bool(head & RETAIN), body[at:], properties)
