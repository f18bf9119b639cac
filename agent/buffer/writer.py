"""The one thread that writes: joins the work of all loops that wait into one durable commit."""

from __future__ import annotations

import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, TypeVar

from agent.buffer.damage import is_damage
from agent.errors import AgentError, BufferUnavailable
from agent.metrics import Meter

Result = TypeVar("Result")
Open = Callable[[], sqlite3.Connection]

JOIN_UNITS = 16
"""Units of work joined into one commit at most."""
JOIN_S = 0.005
"""Seconds for which a commit with company may wait for more of it; one without company never waits."""


@dataclass(slots=True)
class Unit:
    """One piece of work: all of it is committed, or none."""

    work: Callable[[sqlite3.Connection], Any]
    done: Future[Any] = field(default_factory=Future)
    result: Any = None
    error: BaseException | None = None


class Writer(threading.Thread):
    """Runs units one after the other, each behind a savepoint, many in one transaction (group commit)."""

    def __init__(self, open_connection: Open, meter: Meter | None = None) -> None:
        """Take a function that opens the connection; it is called again after an input/output error."""
        super().__init__(name="buffer-writer", daemon=True)
        self._open = open_connection
        self._connection: sqlite3.Connection | None = None
        self._units: queue.SimpleQueue[Unit | None] = queue.SimpleQueue()
        self._closing = threading.Lock()
        self._closed = False
        self.damage = ""
        """Why the file can be used no more; empty while it can."""
        self._meter = meter or Meter()

    def execute(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Run `work` in a transaction and return its result once it is durable.

        Raises:
            BufferUnavailable: nothing was stored, or it is not known whether it was. Try again.
        """
        unit = Unit(work)
        with self._closing:
            if self._closed:
                raise BufferUnavailable("commit", cause="the database is closed")
            self._units.put(unit)
        result: Result = unit.done.result()
        return result

    def close(self) -> None:
        """Finish what waits, close the file, end the thread; take nothing more."""
        with self._closing:
            self._closed = True
            self._units.put(None)
        self.join()

    def run(self) -> None:
        """Commit until told to stop."""
        while (batch := self._gather()) is not None:
            self._commit(batch)
        self._drop_connection()

    def _gather(self) -> list[Unit] | None:
        """Wait for a unit, then take what else waits: at once when nothing does, else for a bounded time."""
        first = self._units.get()
        if first is None:
            return None
        batch = [first]
        deadline = monotonic() + JOIN_S
        with contextlib.suppress(queue.Empty):
            while len(batch) < JOIN_UNITS and monotonic() < deadline:
                unit = self._units.get_nowait()
                if unit is None:
                    # Asked to stop: commit this batch first, then see the request again.
                    self._units.put(None)
                    break
                batch.append(unit)
        return batch

    def _commit(self, batch: list[Unit]) -> None:
        began = monotonic()
        try:
            connection = self._ready_connection()
            changes = connection.total_changes
            connection.execute("BEGIN IMMEDIATE")
            for unit in batch:
                run_behind_savepoint(connection, unit)
            connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - the callers wait for an answer, whatever happened
            self._fail(batch, error)
            return
        if connection.total_changes != changes:
            # What only reads is not written to the log, and not synced.
            self._meter.commits.add()
            self._meter.commit_seconds.observe(monotonic() - began)
        for unit in batch:
            answer(unit)

    def _fail(self, batch: list[Unit], error: BaseException) -> None:
        """Tell every unit that nothing is durable; after a failed sync no page in memory can be trusted."""
        self._drop_connection()
        self._meter.commit_failures.add()
        if is_damage(error):
            self.damage = str(error)
        cause = error.cause if isinstance(error, AgentError) else str(error)
        failure = BufferUnavailable("commit", cause=cause, remedy="free space on the disk, or check it")
        failure.__cause__ = error
        for unit in batch:
            unit.done.set_exception(failure)

    def _ready_connection(self) -> sqlite3.Connection:
        if self.damage:
            # What the loops know of this file must not meet the next one: numbers begin again in it.
            raise BufferUnavailable("commit", cause=f"the database is damaged: {self.damage}")
        if self._connection is None:
            self._connection = self._open()
        return self._connection

    def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        with contextlib.suppress(sqlite3.Error):
            connection.close()


def run_behind_savepoint(connection: sqlite3.Connection, unit: Unit) -> None:
    """Run one unit; undo it alone where it refuses by an error of its own."""
    connection.execute("SAVEPOINT unit")
    try:
        unit.result = unit.work(connection)
    except Exception as error:
        if not is_own(error):
            # Disk full, input/output error, damage: SQLite may have rolled everything back. All fails.
            raise
        unit.error = error
        connection.execute("ROLLBACK TO unit")
    connection.execute("RELEASE unit")


def is_own(error: Exception) -> bool:
    """Tell whether an error concerns one unit only, and not the file."""
    own = (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError, sqlite3.InterfaceError)
    return isinstance(error, own) or not isinstance(error, (sqlite3.Error, OSError))


def answer(unit: Unit) -> None:
    """Give the unit's caller its result, or its own error."""
    if unit.error is not None:
        unit.done.set_exception(unit.error)
    else:
        unit.done.set_result(unit.result)
