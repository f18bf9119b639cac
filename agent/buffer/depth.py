"""How much waits, and for how long: read through a connection of its own, so that no commit waits for it."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from agent.buffer.statements import sql

WAIT_S = 1.0
"""Longest wait for the file, seconds."""


@dataclass(frozen=True, slots=True)
class Depth:
    """What waits at one moment."""

    received: int
    """Messages that are stored and not decided."""
    claimed: int
    """The same, left by a version that wrote claims down; none once this one has started."""
    outbox: int
    """Records and dead letters that the output broker has not confirmed."""
    oldest_inbox: float | None
    """When the oldest undecided message came in, Unix seconds; None where there is none."""
    oldest_outbox: float | None
    """When the message of the oldest outgoing one came in."""
    bytes: int
    """Size of the file and its log."""
    free: int
    """Bytes of the disk that a user may still take."""

    @property
    def undecided(self) -> int:
        """Return how many messages wait for their fate."""
        return self.received + self.claimed


class Gauge:
    """Reads depths. Used by one thread."""

    def __init__(self, path: Path) -> None:
        """Read a database that another connection writes."""
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def read(self) -> Depth | None:
        """Return what waits; None where the file cannot be read now."""
        try:
            received, claimed, outbox, *oldest = self._ready().execute(sql("depth")).fetchone()
            size = sum(file.stat().st_size for file in self._files())
            disk = os.statvfs(self._path.parent)
        except (sqlite3.Error, OSError):
            self.close()
            return None
        first = min((at for at in oldest[:2] if at is not None), default=None)
        return Depth(received, claimed, outbox, first, oldest[2], size, disk.f_bavail * disk.f_frsize)

    def close(self) -> None:
        """Let go of the file; the next look opens it anew."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    def _ready(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = sqlite3.connect(
                f"{self._path.absolute().as_uri()}?mode=ro", uri=True, timeout=WAIT_S
            )
        return self._connection

    def _files(self) -> list[Path]:
        log = self._path.with_name(self._path.name + "-wal")
        return [self._path, log] if log.exists() else [self._path]
