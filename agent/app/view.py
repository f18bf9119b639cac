"""Reads what a running agent publishes of itself, as any other client of its broker would."""

from __future__ import annotations

import json
import os
import queue
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from time import monotonic

from agent.app.assembly import endpoint
from agent.app.configuration import read
from agent.clock import SystemClock
from agent.errors import Transient
from agent.log import configure
from agent.message import Json, Packet
from agent.mqtt import Link, Opened
from agent.publish import Addresses

STOP_S = 2.0
"""Longest wait for the connection to close, seconds."""


class Ear:
    """Hears publications; the rest of a connection's events mean nothing here."""

    def __init__(self) -> None:
        """Begin with nothing heard."""
        self.heard: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.cause = "nobody has answered"

    def up(self, opened: Opened, /) -> None:  # noqa: ARG002 - the protocol of a listener
        """Hear that a connection stands."""
        self.cause = ""

    def down(self, generation: int, cause: str, /) -> None:  # noqa: ARG002 - the protocol of a listener
        """Hear why it ended."""
        self.cause = cause

    def packet(self, packet: Packet, /) -> None:
        """Keep a publication."""
        self.heard.put(packet.payload)

    def confirmed(self, generation: int, packet_id: int, code: int, /) -> None:
        """Nothing to do: this connection publishes nothing."""


def publications(
    path: Path, environment: Mapping[str, str], *, wait_s: float, follow: bool
) -> Iterator[dict[str, Json]]:
    """Yield the retained metrics of the agent that a settings file is for; `follow`: then each that comes.

    Raises:
        ConfigError: the settings are wrong.
        Transient: nothing was published, or the broker cannot be reached.
    """
    configure(level="critical")
    settings = read(path, environment).settings
    topic = Addresses(base=settings.base, node=settings.node).metrics
    broker = settings.sink
    wish = replace(endpoint(settings, broker, "out"), client_id=f"maaza-view-{os.getpid()}")
    ear = Ear()
    link = Link(wish, ear, clock=SystemClock(), filters=[topic])
    thread = threading.Thread(target=link.run, name="view", daemon=True)
    thread.start()
    try:
        yield _next(ear, monotonic() + wait_s, topic, wish.address)
        while follow:
            yield json.loads(ear.heard.get())
    finally:
        link.stop()
        thread.join(STOP_S)


def _next(ear: Ear, until: float, topic: str, address: str) -> dict[str, Json]:
    try:
        found: dict[str, Json] = json.loads(ear.heard.get(timeout=max(0.0, until - monotonic())))
    except queue.Empty:
        silent = f"nothing is published on {topic}"
        cause = f"{address}: {ear.cause}" if ear.cause else silent
        remedy = "start the agent; look at node, base and metrics.interval_s of its settings"
        raise Transient("read the metrics", cause=cause, remedy=remedy) from None
    return found
