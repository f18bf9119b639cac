"""A broker that sends everything again, as often as a client connects, whatever was acknowledged."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Sequence

CONNECT, SUBSCRIBE, PUBACK, PINGREQ, DISCONNECT = 1, 8, 4, 12, 14
"""Types of MQTT 3.1.1 packets."""
KEPT = bytes([0x20, 2, 1, 0])
"""CONNACK: accepted, the session was kept."""


class Resender:
    """Speaks just enough MQTT 3.1.1. Keeps the session, and repeats the same packets in it."""

    def __init__(self, topic: str, texts: Sequence[str], *, dup: bool) -> None:
        """Send texts with packet ids from 1; `dup`: mark repeats as such."""
        self._topic, self._texts, self._dup = topic, texts, dup
        self.rounds = 0
        self.acknowledged = 0
        self._clients: list[socket.socket] = []
        self._ear = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._ear.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def cut(self) -> None:
        """End all connections without a word."""
        clients, self._clients = self._clients, []
        for one in clients:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End."""
        with contextlib.suppress(OSError):
            self._ear.shutdown(socket.SHUT_RDWR)
        self._ear.close()
        self.cut()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _address = self._ear.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        self._clients.append(client)
        with client, contextlib.suppress(OSError, EOFError):
            while True:
                kind, body = packet_of(client)
                if kind == CONNECT:
                    client.sendall(KEPT)
                    self._send_all(client)
                elif kind == SUBSCRIBE:
                    client.sendall(bytes([0x90, 3, *body[:2], 1]))
                elif kind == PUBACK:
                    self.acknowledged += 1
                elif kind == PINGREQ:
                    client.sendall(bytes([0xD0, 0]))
                elif kind == DISCONNECT:
                    return

    def _send_all(self, client: socket.socket) -> None:
        flags = 0x3A if self._dup and self.rounds else 0x32
        for packet_id, text in enumerate(self._texts, start=1):
            client.sendall(publish(flags, self._topic, packet_id, text))
        self.rounds += 1

    def wait_acknowledged(self, count: int, seconds: float) -> None:
        """Wait for so many acknowledgements in all."""
        until = time.monotonic() + seconds
        while self.acknowledged < count:
            assert time.monotonic() < until, f"{self.acknowledged} of {count} acknowledged"
            time.sleep(0.02)


def publish(flags: int, topic: str, packet_id: int, text: str) -> bytes:
    """Lay out a PUBLISH of at most 127 bytes."""
    body = len(topic).to_bytes(2) + topic.encode() + packet_id.to_bytes(2) + text.encode()
    return bytes([flags, len(body)]) + body


def packet_of(client: socket.socket) -> tuple[int, bytes]:
    """Read one packet: its type and what follows its length."""
    kind = exactly(client, 1)[0] >> 4
    length, shift = 0, 0
    while True:
        byte = exactly(client, 1)[0]
        length |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return kind, exactly(client, length)


def exactly(client: socket.socket, count: int) -> bytes:
    """Read so many bytes."""
    found = b""
    while len(found) < count:
        more = client.recv(count - len(found))
        if not more:
            raise EOFError
        found += more
    return found
