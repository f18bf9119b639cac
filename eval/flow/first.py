"""Waits for the first record after a start."""

from __future__ import annotations

import json
import threading
import time
from typing import Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from eval.devices import SHAPES
from eval.flow.scene import SceneError


class First:
    """A client that sends one line and takes what the agent makes of it."""

    def __init__(self, port: int) -> None:
        """Connect."""
        self._came, self._at, self._tier = threading.Event(), 0.0, ""
        subscribed = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="first", protocol=paho.MQTTv5)
        self._client.on_subscribe = lambda *_rest: subscribed.set()
        self._client.on_message = self._take
        self._client.on_connect = lambda c, *_rest: c.subscribe(
            [("maaza/bench/data/+", 1), ("maaza/bench/rejected/+", 1)]
        )
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        subscribed.wait(10)

    def _take(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        body = json.loads(message.payload)
        self._at, self._tier = time.monotonic(), str(body.get("tier", body.get("reason")))
        self._came.set()

    def send(self, line: str) -> None:
        """Publish a line; the broker keeps it for the agent."""
        self._client.publish(f"stream/{SHAPES[0].name}/first", line, qos=1).wait_for_publish(10)

    def wait(self, seconds: float) -> float:
        """Return when the answer came, monotonic seconds.

        Raises:
            SceneError: none came.
        """
        if not self._came.wait(seconds):
            raise SceneError(f"no record within {seconds:g} s of a start")
        return self._at

    def __enter__(self) -> Self:
        """Go on."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Go."""
        self._client.disconnect()
        self._client.loop_stop()
