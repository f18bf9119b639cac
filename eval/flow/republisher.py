"""The limit: a paho client that publishes what it consumes, at QoS 1 both ways. Nothing is read or kept.

    python -m eval.flow.republisher --port P

Written as paho's documentation has it, with room for as many messages under way as the broker gives.
"""

from __future__ import annotations

import argparse
from typing import Final

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

OUTPUT: Final = "limit/{device}"
IN_FLIGHT: Final = 20_000
"""Messages under way without an answer; paho holds back what is more."""


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="limit", protocol=paho.MQTTv5)
    client.max_inflight_messages_set(IN_FLIGHT)
    client.max_queued_messages_set(0)
    client.on_connect = lambda c, *_rest: c.subscribe("plain/+/+", qos=1)
    client.on_message = publish
    client.connect("127.0.0.1", options.port)
    client.loop_forever()


def publish(client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
    """Send on what came."""
    client.publish(OUTPUT.format(device=message.topic.rpartition("/")[2]), message.payload, qos=1)


if __name__ == "__main__":
    main()
