"""Questions whose answers prove that the broker has read all that was sent before them.

A broker reads a connection's packets in order and has to answer each UNSUBSCRIBE, also one that ends no
subscription [MQTT-3.10.4-5, of MQTT 3.1.1 and 5.0]. A PINGREQ would do, but paho keeps its answers to itself.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import paho.mqtt.client as paho

NOBODYS: Final = "maaza/read-so-far"
"""A filter that nobody subscribes to."""


class Marks:
    """Those of one connection that are not answered yet."""

    def __init__(self) -> None:
        """Begin without any."""
        self._open: dict[int, threading.Event] = {}
        # The answer may come before the packet id is noted.
        self._lock = threading.Lock()

    def set(self, client: paho.Client) -> threading.Event | None:
        """Ask; return what is set when the answer comes. None where the connection has ended."""
        with self._lock:
            _code, packet_id = client.unsubscribe(NOBODYS)
            if packet_id is None:
                return None
            return self._open.setdefault(packet_id, threading.Event())

    def answered(self, packet_id: int) -> None:
        """Hear the answer to an UNSUBSCRIBE, ours or another."""
        with self._lock:
            answer = self._open.pop(packet_id, None)
        if answer is not None:
            answer.set()
