"""One piece of work of the writer: all of it is committed, or none."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from agent.errors import AgentError, BufferUnavailable

NEVER = math.inf
"""Monotonic seconds of a commit that nobody waits for."""


@dataclass(slots=True, kw_only=True)
class Unit:
    """What to do, and how soon it must be durable."""

    work: Callable[[sqlite3.Connection], Any]
    due: float = field(default_factory=monotonic)
    """Monotonic seconds at which it is committed at the latest."""
    is_patient: bool = False
    """It waits a little for company."""
    is_early: bool = False
    """Answered as soon as it has run; it is committed, or undone, with what it has seen."""
    rides: bool = False
    """Not even run before something else is committed, or it is due."""
    sees_all: bool = False
    """Run after what rides."""
    done: Future[Any] = field(default_factory=Future)
    result: Any = None
    error: BaseException | None = None

    @property
    def is_pressing(self) -> bool:
        """Tell whether somebody waits for its commit."""
        return not (self.is_patient or self.is_early or self.rides)

    def answer(self) -> None:
        """Give the caller the result, or the unit's own error."""
        if self.done.done():
            return
        if self.error is not None:
            self.done.set_exception(self.error)
        else:
            self.done.set_result(self.result)

    def fail(self, cause: BaseException) -> None:
        """Tell the caller that nothing is durable; one that has its answer asked for no more."""
        if self.done.done():
            return
        words = cause.cause if isinstance(cause, AgentError) else str(cause)
        failure = BufferUnavailable("commit", cause=words, remedy="free space on the disk, or check it")
        failure.__cause__ = cause
        self.done.set_exception(failure)


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
