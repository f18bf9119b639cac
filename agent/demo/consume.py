"""The independent consumer, as a process: ``python -m agent.demo.consume PORT ROOT NOTES``.

Knows nothing of the agent but its topics. Says ``ready`` when the broker has its subscription.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
from pathlib import Path
from typing import TextIO

from paho.mqtt import client as paho

from agent.demo.notes import Received, line
from agent.demo.simulate import connected


def noted(topic: str, payload: bytes | bytearray, root: str) -> Received:
    """Return what the consumer remembers of a message."""
    document = json.loads(payload)
    kind = topic.removeprefix(f"{root}/").partition("/")[0]
    return Received(id=document["id"], kind=kind, value=document.get("value"))


def listen(client: paho.Client, root: str, notes: TextIO) -> None:
    """Subscribe to records and dead letters; write down each one that comes."""

    def heard(_client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        notes.write(line(noted(message.topic, message.payload, root)))
        notes.flush()

    client.on_message = heard
    client.on_subscribe = lambda *_: print("ready", flush=True)  # noqa: T201 - the parent waits for this line
    client.subscribe([(f"{root}/data/+", 1), (f"{root}/rejected/+", 1)])


def main(arguments: list[str]) -> int:
    """Listen until SIGTERM."""
    port, root, path = arguments
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    with Path(path).open("w", encoding="utf-8") as notes:
        client = connected(int(port), "consumer")
        listen(client, root, notes)
        stopped.wait()
        client.disconnect()
        client.loop_stop()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
