"""What an auditor wants to know of the connections: collected from their threads, limited, written down."""

from __future__ import annotations

import queue
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from agent.buffer import Buffer
from agent.errors import Transient
from agent.log import logger
from agent.message import Json
from agent.mqtt.link import Note

LOG = logger("notes")

QUIET_S: Final = 60.0
"""Seconds within which the same is written down once: a network that flaps must not fill the database."""
UNCHANGED_S: Final = 3600.0
"""The same while nothing else happens on the connection: a broker that is away for days."""
WAITING: Final = 1000
"""Notes that may wait to be written; further ones are left out."""

Key = tuple[str, str, str]
"""Connection, kind of event, and why."""


@dataclass(slots=True)
class Said:
    """When something was written down, and how often it has happened since."""

    at: float
    unsaid: int = 0


class Notes:
    """Takes notes in any thread and never waits; one thread writes them down."""

    def __init__(self, *, monotonic: Callable[[], float]) -> None:
        """Begin with nothing said."""
        self._monotonic = monotonic
        self._waiting: queue.Queue[tuple[str, str, dict[str, Json]]] = queue.Queue(WAITING)
        self._said: dict[Key, Said] = {}
        self._newest: dict[str, Key] = {}

    def of(self, connection: str) -> Note:
        """Return what takes the notes of one connection."""

        def note(kind: str, facts: Mapping[str, Json]) -> None:
            try:
                self._waiting.put_nowait((connection, kind, dict(facts)))
            except queue.Full:
                return

        return note

    def write_down(self, buffer: Buffer) -> None:
        """Write what waits into the audit database; what cannot be written is in the log all the same."""
        while not self._waiting.empty():
            connection, kind, facts = self._waiting.get_nowait()
            repeats = self._count(connection, (connection, kind, str(facts.get("why", ""))))
            if repeats is None:
                continue
            try:
                buffer.event(kind, {"connection": connection, **facts, "repeats": repeats})
            except Transient as error:
                LOG.warning("not_written_down", cause=error.cause)

    def _count(self, connection: str, key: Key) -> int | None:
        """Return how often the same went unsaid since it was said; None where it is to go unsaid again."""
        now = self._monotonic()
        same = self._newest.get(connection) == key
        said = self._said.get(key)
        self._newest[connection] = key
        if said is not None and now - said.at < (UNCHANGED_S if same else QUIET_S):
            said.unsaid += 1
            return None
        self._said[key] = Said(now)
        return 0 if said is None else said.unsaid
