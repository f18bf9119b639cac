"""A gate between agent and broker: speaks only MQTT 3.1.1, or closes, or stands still."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

UNSUPPORTED = bytes([0x20, 0x03, 0x00, 0x84, 0x00])
"""CONNACK of MQTT 5: unsupported protocol version."""
VERSION_AT = 8
"""Place of the protocol level in a CONNECT with one byte of remaining length."""
CLEAN = 0x02
"""Flag of CONNECT: begin a new session."""


class Gate:
    """Forwards to a port; the test decides what passes."""

    def __init__(
        self, target: int, *, only_311: bool = False, silent: bool = False, forgetful: bool = False
    ) -> None:
        """Refuse version 5 with a reason, or (`silent`) by hanging up; `forgetful`: every session is new."""
        self._forgetful = forgetful
        self._target = target
        self._only_311 = only_311
        self._silent = silent
        self._flowing = threading.Event()
        self._flowing.set()
        self._sockets: list[socket.socket] = []
        self._ear = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._ear.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._start(self._listen)

    def cut(self) -> None:
        """End all connections without a word."""
        sockets, self._sockets = self._sockets, []
        for one in sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def hold(self) -> None:
        """Let nothing through, and close nothing: a half-open connection."""
        self._flowing.clear()

    def release(self) -> None:
        """Let everything through again."""
        self._flowing.set()

    def close(self) -> None:
        """End."""
        self.release()
        with contextlib.suppress(OSError):
            self._ear.shutdown(socket.SHUT_RDWR)
        self._ear.close()
        self.cut()
        for thread in self._threads:
            thread.join(2)

    def _start(self, body: Callable[..., None], *arguments: socket.socket) -> None:
        thread = threading.Thread(target=body, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _address = self._ear.accept()
                self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            hello = client.recv(4096)
            if not hello:
                return
            if self._only_311 and is_version_5(hello):
                if not self._silent:
                    client.sendall(UNSUPPORTED)
                return
            with socket.create_connection(("127.0.0.1", self._target)) as broker:
                self._join(client, broker, without_session(hello) if self._forgetful else hello)

    def _join(self, client: socket.socket, broker: socket.socket, hello: bytes) -> None:
        self._sockets += [client, broker]
        broker.sendall(hello)
        back = threading.Thread(target=self._pump, args=(broker, client), daemon=True)
        back.start()
        self._pump(client, broker)
        back.join()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._flowing.wait()
                target.sendall(data)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


def is_version_5(hello: bytes) -> bool:
    """Tell whether a CONNECT asks for MQTT 5."""
    return hello[version_at(hello)] == 5


def version_at(hello: bytes) -> int:
    """Return the place of the protocol level in a CONNECT."""
    start = next(index for index in range(1, 5) if not hello[index] & 0x80) + 1
    return start + VERSION_AT - 2


def without_session(hello: bytes) -> bytes:
    """Return a CONNECT that begins a new session, as a proxy sends it that keeps none."""
    changed = bytearray(hello)
    changed[version_at(hello) + 1] |= CLEAN
    return bytes(changed)
