"""An independent client: sends numbered texts at QoS 1, or counts what comes out. Knows nothing of the agent.

    python tests/load/client.py send --port P --count N --rate R [--devices D]
    python tests/load/client.py collect --port P --topic FILTER --count N --timeout S

Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from collections.abc import Callable

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties


def connect(port: int, client_id: str, *, keep: bool, prepare: Callable[[paho.Client], None]) -> paho.Client:
    """Return a connected client; `prepare` sets callbacks before the connection."""
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=paho.MQTTv5)
    client.max_inflight_messages_set(2000)
    client.max_queued_messages_set(0)
    wishes: Properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    wishes.SessionExpiryInterval = 3600 if keep else 0
    wishes.ReceiveMaximum = 65535
    prepare(client)
    client.connect("127.0.0.1", port, clean_start=not keep, properties=wishes)
    client.loop_start()
    return client


def send(options: argparse.Namespace) -> dict[str, object]:
    """Publish at a rate, wait for every PUBACK, report."""
    acked = threading.Semaphore(0)

    def prepare(client: paho.Client) -> None:
        client.on_publish = lambda *_arguments: acked.release()

    client = connect(options.port, f"load-{options.run}", keep=False, prepare=prepare)
    began = time.monotonic()
    for number in range(options.count):
        late = began + number / options.rate - time.monotonic() if options.rate else 0.0
        if late > 0:
            time.sleep(late)
        client.publish(f"load/{number % options.devices}/raw", text(options.run, number), qos=1)
    for _ in range(options.count):
        if not acked.acquire(timeout=60):
            break
    seconds = time.monotonic() - began
    client.disconnect()
    return {"sent": options.count, "seconds": round(seconds, 3), "per_s": round(options.count / seconds)}


def text(run: str, number: int) -> str:
    """Return a text that names its run and number."""
    return f"{run}-{number} temp {20 + number % 100 / 10} hum {30 + number % 60}"


def collect(options: argparse.Namespace) -> dict[str, object]:
    """Count what arrives until there is enough distinct, or nothing new for the timeout."""
    seen: dict[str, int] = {}
    texts: dict[str, set[str]] = {}
    newest = [time.monotonic(), 0.0]
    began = [0.0]

    def note(_client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        body = json.loads(message.payload)
        began[0] = began[0] or time.monotonic()
        if body["id"] not in seen:
            newest[0] = time.monotonic()
        seen[body["id"]] = seen.get(body["id"], 0) + 1
        texts.setdefault(str((body.get("value") or {}).get("device")), set()).add(body["id"])

    def prepare(client: paho.Client) -> None:
        client.on_message = note
        client.on_connect = lambda c, *_rest: c.subscribe(options.topic, qos=1)

    client = connect(options.port, f"collect-{options.run}", keep=True, prepare=prepare)
    say("ready")
    while len(seen) < options.count and time.monotonic() - newest[0] < options.timeout:
        time.sleep(0.05)
    seconds = newest[0] - began[0]
    time.sleep(options.linger)
    client.disconnect()
    return {
        "distinct": len(seen),
        "received": sum(seen.values()),
        "texts": len(texts),
        "doubled": sorted(name for name, ids in texts.items() if len(ids) > 1)[:20],
        "per_s": round(len(seen) / seconds) if seconds > 0 else 0,
    }


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Read the arguments, run, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("verb", choices=["send", "collect"])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--run", default="a")
    parser.add_argument("--rate", type=float, default=0)
    parser.add_argument("--devices", type=int, default=50)
    parser.add_argument("--topic", default="maaza/+/data/+")
    parser.add_argument("--timeout", type=float, default=20)
    parser.add_argument("--linger", type=float, default=0.5)
    options = parser.parse_args()
    say(json.dumps({"send": send, "collect": collect}[options.verb](options)))


if __name__ == "__main__":
    main()
