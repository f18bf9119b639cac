"""The simulated devices, as a process: ``python -m agent.demo.simulate PORT SECONDS RATE SEED NOTES``.

Counts a message as sent when the broker has confirmed it. Ends with an error where one stays unconfirmed.
"""

from __future__ import annotations

import contextlib
import hashlib
import queue
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Final, TextIO

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from agent.demo.devices import Utterance, utterances
from agent.demo.notes import Sent, line

CONFIRM_S: Final = 10.0
"""How long the broker may take to confirm the last message, seconds."""
CONNECT_S: Final = 5.0


class Simulator:
    """Publishes at a steady rate and notes what the broker confirms."""

    def __init__(self, client: paho.Client, notes: TextIO) -> None:
        """Write to `notes` one line per confirmed message."""
        self._client = client
        self._notes = notes
        self._waiting: dict[int, Sent] = {}
        # paho calls back while it holds a lock that publishing needs: the callback only leaves a word.
        self._confirmed: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.stopped = threading.Event()
        client.on_publish = lambda _c, _u, mid, _code, _p: self._confirmed.put(mid)

    def run(self, *, seconds: float, rate: float, seed: int) -> None:
        """Publish until the time is over or `stopped` is set."""
        start = time.monotonic()
        for number, one in enumerate(utterances(seed)):
            pause = start + number / rate - time.monotonic()
            if number / rate >= seconds or self.stopped.wait(max(0.0, pause)):
                return
            self._publish(one)
            self._write_confirmed()

    def _publish(self, one: Utterance) -> None:
        payload = one.text.encode()
        info = self._client.publish(one.topic, payload, qos=1)
        self._waiting[info.mid] = Sent(one.topic, hashlib.sha256(payload).hexdigest())

    def _write_confirmed(self) -> None:
        while not self._confirmed.empty():
            self._notes.write(line(self._waiting.pop(self._confirmed.get())))
        self._notes.flush()

    def all_confirmed(self) -> bool:
        """Wait for the last confirmations; tell whether all came."""
        deadline = time.monotonic() + CONFIRM_S
        while self._waiting and time.monotonic() < deadline:
            self._write_confirmed()
            time.sleep(0.02)
        return not self._waiting


def connected(port: int, client_id: str) -> paho.Client:
    """Return a client whose network thread runs. MQTT 3.1.1: the broker in Python knows no other."""
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=paho.MQTTv311)
    up = threading.Event()
    client.on_connect = lambda *_: up.set()
    client.connect("127.0.0.1", port)
    client.loop_start()
    if not up.wait(CONNECT_S):
        message = f"the broker on port {port} does not answer"
        raise TimeoutError(message)
    return client


def main(arguments: list[str]) -> int:
    """Run; return 1 where a message stayed unconfirmed."""
    port, seconds, rate, seed, path = arguments
    with contextlib.ExitStack() as stack:
        notes = stack.enter_context(Path(path).open("w", encoding="utf-8"))
        client = connected(int(port), "simulator")
        simulator = Simulator(client, notes)
        signal.signal(signal.SIGTERM, lambda *_: simulator.stopped.set())
        simulator.run(seconds=float(seconds), rate=float(rate), seed=int(seed))
        whole = simulator.all_confirmed()
        client.disconnect()
        client.loop_stop()
    return 0 if whole else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
