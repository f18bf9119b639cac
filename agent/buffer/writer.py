"""The one thread that writes: joins the work of all loops that wait into one durable commit.

A commit writes each page that it changes, however little of it, and waits for the disk. What wears a card is
the number of commits, so work that need not be durable at once waits a little for company.
"""

from __future__ import annotations

import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from time import monotonic
from typing import Final, TypeVar

from agent.buffer.damage import is_damage
from agent.buffer.unit import NEVER, Unit, run_behind_savepoint
from agent.errors import BufferUnavailable
from agent.metrics import Meter

__all__ = ["Unit", "Writer", "run_behind_savepoint"]

Result = TypeVar("Result")
Work = Callable[[sqlite3.Connection], Result]
Open = Callable[[], sqlite3.Connection]

JOIN_UNITS: Final = 16
"""Units of work that are taken from the queue at a time at most."""
JOIN_S: Final = 0.005
"""Seconds for which taking them may last; what waits for nothing is committed behind it."""
VAIN_UNITS: Final = 16
"""Units that would wait for company and do not, after one that has waited in vain: its messages are slow."""


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
        self._under_way: list[Unit] = []
        """Units of the transaction that is open; empty while none is."""
        self._riders: list[Unit] = []
        """What has not run yet and waits for another one's commit."""
        self._changes = 0
        """Changes of the connection when the transaction began."""
        self._spent_s = 0.0
        """Seconds of work on the transaction."""
        self._hurried = 0
        """Units that will not wait for company."""

    def execute(
        self, work: Work[Result], *, within_s: float = 0.0, is_early: bool = False, sees_all: bool = False
    ) -> Result:
        """Run `work` in a transaction and return its result once it is durable.

        The commit may wait `within_s` for one that cannot. `is_early`: the result is returned as soon as
        `work` has run, and what it has read may be undone yet. `sees_all`: it sees what rides, too.

        Raises:
            BufferUnavailable: nothing was stored, or it is not known whether it was. Try again.
        """
        due = NEVER if is_early else monotonic() + within_s
        unit = Unit(work=work, due=due, is_patient=within_s > 0, is_early=is_early, sees_all=sees_all)
        result: Result = self._put(unit).result()
        return result

    def ride(self, work: Work[Result], *, within_s: float) -> Future[Result]:
        """Run `work` in the next transaction that changes something, or in one of its own after a while.

        The result, or BufferUnavailable, is there once it is durable.
        """
        return self._put(Unit(work=work, due=monotonic() + within_s, rides=True))

    def _put(self, unit: Unit) -> Future[Result]:
        with self._closing:
            if self._closed:
                raise BufferUnavailable("commit", cause="the database is closed")
            self._units.put(unit)
        return unit.done

    def close(self) -> None:
        """Finish what waits, close the file, end the thread; take nothing more."""
        with self._closing:
            self._closed = True
            self._units.put(None)
        self.join()

    def run(self) -> None:
        """Commit until told to stop."""
        while (batch := self._gather()) is not None:
            self._turn(batch)
        self._turn([Unit(work=lambda _db: None, sees_all=True)])
        self._drop_connection()

    def _gather(self) -> list[Unit] | None:
        """Wait for a unit, or until something is due; then take what else waits, for a bounded time."""
        batch: list[Unit] = []
        with contextlib.suppress(queue.Empty):
            first = self._units.get(timeout=self._patience())
            if first is None:
                return None
            batch.append(first)
            deadline = monotonic() + JOIN_S
            while len(batch) < JOIN_UNITS and monotonic() < deadline:
                unit = self._units.get_nowait()
                if unit is None:
                    # Asked to stop: commit this batch first, then see the request again.
                    self._units.put(None)
                    break
                batch.append(unit)
        return batch

    def _patience(self) -> float | None:
        due = min(earliest(self._under_way), earliest(self._riders))
        return None if due == NEVER else max(0.0, due - monotonic())

    def _turn(self, batch: list[Unit]) -> None:
        """Run units, and commit where one cannot wait."""
        began = monotonic()
        self._riders += [unit for unit in batch if unit.rides]
        new = [unit for unit in batch if not unit.rides]
        self._hurry(new)
        self._under_way += new
        try:
            for unit in new:
                self._run(unit)
            if (
                min(earliest(self._under_way), earliest(self._riders)) <= monotonic()
                or not self._has_changed()
            ):
                self._commit(began)
        except Exception as error:  # noqa: BLE001 - the callers wait for an answer, whatever happened
            self._fail(error)
        self._spent_s += monotonic() - began

    def _hurry(self, units: list[Unit]) -> None:
        """Let none wait for company for a while after one has done so in vain."""
        for unit in units:
            if self._hurried and unit.is_patient:
                unit.due, unit.is_patient = monotonic(), False
                self._hurried -= 1

    def _run(self, unit: Unit) -> None:
        connection = self._begun()
        if unit.sees_all:
            self._take_riders()
        run_behind_savepoint(connection, unit)
        if unit.is_early:
            unit.answer()

    def _take_riders(self) -> None:
        riders, self._riders = self._riders, []
        # Under way from here on, so that they fail with the others.
        self._under_way += riders
        connection = self._begun()
        for unit in riders:
            run_behind_savepoint(connection, unit)

    def _has_changed(self) -> bool:
        return self._connection is not None and self._connection.total_changes != self._changes

    def _commit(self, began: float) -> None:
        """Make durable what is under way, and take with it what rides; what only reads takes nothing."""
        if self._riders and (self._has_changed() or earliest(self._riders) <= monotonic()):
            self._take_riders()
        if not self._under_way:
            return
        self._begun().execute("COMMIT")
        if self._has_changed():
            # What only reads is not written to the log, and not synced.
            self._meter.commits.add()
            self._meter.commit_seconds.observe(self._spent_s + monotonic() - began)
        self._learn()
        done, self._under_way = self._under_way, []
        for unit in done:
            unit.answer()

    def _learn(self) -> None:
        """Note whether those that could wait had company of one that could not."""
        if any(unit.is_patient for unit in self._under_way):
            has_company = any(unit.is_pressing for unit in self._under_way)
            self._hurried = 0 if has_company else VAIN_UNITS

    def _begun(self) -> sqlite3.Connection:
        """Return the connection with a transaction open."""
        connection = self._ready_connection()
        if not connection.in_transaction:
            self._changes, self._spent_s = connection.total_changes, 0.0
            connection.execute("BEGIN IMMEDIATE")
        return connection

    def _fail(self, error: BaseException) -> None:
        """Tell every unit that nothing is durable; after a failed sync no page in memory can be trusted."""
        self._drop_connection()
        self._meter.commit_failures.add()
        if is_damage(error):
            self.damage = str(error)
        failed, self._under_way = self._under_way, []
        for unit in failed:
            unit.fail(error)

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


def earliest(units: Iterable[Unit]) -> float:
    """Return when the first of some units is due, monotonic seconds."""
    return min((unit.due for unit in units), default=NEVER)
