"""What a connection receives: asked for, changed while it stands, given up."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import paho.mqtt.client as paho
from paho.mqtt.subscribeoptions import SubscribeOptions

FAILURE = 0x80
"""Reason codes from here on are failures."""


class Subscriptions:
    """The filters that are wanted, and what the present connection was asked for.

    A kept session keeps subscriptions too: what is not wanted any more is given up on each connection.
    """

    def __init__(self, wanted: Sequence[str], left: Sequence[str] = ()) -> None:
        """Want some filters; `left` were wanted by an earlier configuration."""
        self._wanted = tuple(wanted)
        self._left = tuple(one for one in left if one not in wanted)
        self._given_up: set[str] = set()
        self._asked: set[str] = set()
        self._open: dict[int, tuple[str, ...]] = {}
        """Filters of each SUBSCRIBE that is not answered, by packet id."""
        self._lock = threading.Lock()

    def follow(self, wanted: Sequence[str]) -> None:
        """Want other filters."""
        with self._lock:
            over = dict.fromkeys((*self._left, *self._wanted))
            self._wanted = tuple(wanted)
            self._left = tuple(one for one in over if one not in wanted)

    def forget(self) -> None:
        """Another connection begins: nothing has been asked on it."""
        with self._lock:
            self._asked, self._given_up, self._open = set(), set(), {}

    def ask(self, client: paho.Client, *, v5: bool) -> bool:
        """Subscribe to what is new, then give up what is over; tell whether a SUBSCRIBE went out."""
        with self._lock:
            new = tuple(one for one in self._wanted if one not in self._asked)
            if new:
                self._subscribe(client, new, v5=v5)
            over = [one for one in self._left if one not in self._given_up]
            if over:
                client.unsubscribe(over)
            self._given_up = set(self._left)
            self._asked = set(self._wanted)
            return bool(new)

    def _subscribe(self, client: paho.Client, filters: tuple[str, ...], *, v5: bool) -> None:
        if v5:
            # 1: send retained messages only where the subscription is new, not after each reconnect.
            options = SubscribeOptions(qos=1, retainHandling=1)
            _code, packet_id = client.subscribe([(name, options) for name in filters])
        else:
            _code, packet_id = client.subscribe([(name, 1) for name in filters])
        if packet_id is not None:
            self._open[packet_id] = filters

    def answered(self, packet_id: int, codes: Sequence[int]) -> list[str]:
        """Hear the broker's answer; return the filters that it refuses."""
        with self._lock:
            filters = self._open.pop(packet_id, ())
        return [name for name, code in zip(filters, codes, strict=False) if code >= FAILURE]
