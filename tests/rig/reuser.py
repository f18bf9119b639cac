"""A broker that uses a packet id again as soon as it is free, one message at a time: as MQTT allows."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections import deque

from resender import CONNECT, DISCONNECT, KEPT, PINGREQ, PUBACK, SUBSCRIBE, packet_of, publish

UNSUBSCRIBE = 10
PACKET_ID = 1
"""The lowest that is free is always this one."""


class Reuser:
    """Speaks just enough MQTT 3.1.1. Keeps the session, and what was not acknowledged in it."""

    def __init__(self, topic: str) -> None:
        """Listen."""
        self._topic = topic
        self._waiting: deque[str] = deque()
        self._in_flight = False
        self._client: socket.socket | None = None
        self._lock = threading.RLock()
        self._ear = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._ear.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def send(self, text: str) -> None:
        """Queue a message; it goes out when no other is in flight."""
        with self._lock:
            self._waiting.append(text)
            self._send_next()

    def close(self) -> None:
        """End."""
        with contextlib.suppress(OSError):
            self._ear.shutdown(socket.SHUT_RDWR)
        self._ear.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _address = self._ear.accept()
                self._serve(client)

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError, EOFError):
            while True:
                kind, body = packet_of(client)
                if kind == DISCONNECT:
                    break
                with self._lock:
                    self._answer(client, kind, body)
        with self._lock:
            self._client = None

    def _answer(self, client: socket.socket, kind: int, body: bytes) -> None:
        if kind == CONNECT:
            client.sendall(KEPT)
            self._client, self._in_flight = client, False
        elif kind == SUBSCRIBE:
            client.sendall(bytes([0x90, 3, *body[:2], 1]))
        elif kind == UNSUBSCRIBE:
            client.sendall(bytes([0xB0, 2, *body[:2]]))
        elif kind == PUBACK:
            self._waiting.popleft()
            self._in_flight = False
        elif kind == PINGREQ:
            client.sendall(bytes([0xD0, 0]))
        self._send_next()

    def _send_next(self) -> None:
        if self._client is not None and self._waiting and not self._in_flight:
            self._in_flight = True
            self._client.sendall(publish(0x32, self._topic, PACKET_ID, self._waiting[0]))
