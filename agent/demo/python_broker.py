"""A broker in Python, where Mosquitto is missing: ``python -m agent.demo.python_broker PORT``. MQTT 3.1.1."""

from __future__ import annotations

import asyncio
import sys


def configuration(port: int) -> dict[str, object]:
    """Return the settings of a broker on the loopback interface, open to everyone there."""
    return {
        "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    }


async def serve(port: int) -> None:
    """Serve until killed."""
    from amqtt.broker import Broker  # noqa: PLC0415 - of the demo extra

    broker = Broker(configuration(port))
    await broker.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
