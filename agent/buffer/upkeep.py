"""What no message triggers: forgetting, indexing, giving space back. In units of work that are soon over."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile
from time import perf_counter
from typing import Final

from agent.buffer import retention, search
from agent.buffer.damage import is_damaged_index
from agent.buffer.portion import Portion
from agent.buffer.retention import DAY_S, Age
from agent.clock import Clock

ROUNDS: Final = 25
"""Units of one kind that may follow each other before the other kinds get their turn."""

PAUSE_S: Final = 0.01
"""Seconds between two units: the loops have the writer for half of the time at least."""

INDEX_EVERY_S: Final = 10.0
"""Seconds between two looks for texts to index: the index takes many at nearly the cost of one."""

Chore = Callable[[sqlite3.Connection, int], int]
"""Works off so many rows at most; returns how many it did."""
Execute = Callable[[Callable[[sqlite3.Connection], int]], int]
"""Runs a unit of work in the writer, between those of the loops."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """What a person wants of finished messages."""

    days: float = 0.0
    """Days for which they are kept; 0: for as long as there is room."""
    searchable: bool = True
    """Their texts are indexed."""
    overwrites: bool = False
    """What is removed is overwritten on the disk, also in pages that are set free."""


class Upkeep:
    """Keeps the file within its cap, messages no longer than wished, and texts searchable."""

    def __init__(
        self,
        execute: Execute,
        *,
        clock: Clock,
        is_short: Callable[[sqlite3.Connection], bool],
        keeping: Keeping,
    ) -> None:
        """Forget by bytes while `is_short`, and by age as `keeping` says."""
        self._execute, self._clock, self._is_short = execute, clock, is_short
        self._keep_s = keeping.days * DAY_S
        self._age = Age(clock)
        self._index_at = 0.0
        self._space = (self._forget_for_space, Portion())
        self._chores: tuple[tuple[Chore, Portion], ...] = (
            self._space,
            (self._forget_aged, Portion()),
            (self._index if keeping.searchable else search.clear, Portion()),
            (retention.forget_old_events, Portion()),
            (retention.give_back_pages, Portion()),
        )

    def step(self) -> int:
        """Do what is due, each kind for a bounded time; return how much was done."""
        return sum(self._work_off(chore, portion) for chore, portion in self._chores)

    def forget_for_space(self) -> int:
        """Forget the oldest finished messages while space is short; return how many."""
        return self._work_off(*self._space)

    def _work_off(self, chore: Chore, portion: Portion) -> int:
        return sum(takewhile(bool, (self._one(chore, portion) for _ in range(ROUNDS))))

    def _one(self, chore: Chore, portion: Portion) -> int:

        def work(db: sqlite3.Connection) -> int:
            began = perf_counter()
            try:
                done = chore(db, portion.rows)
            except sqlite3.DatabaseError as error:
                if not is_damaged_index(error):
                    raise
                return search.clear(db)
            portion.learn(done, perf_counter() - began)
            return done

        done = self._execute(work)
        if done:
            self._clock.sleep(PAUSE_S)
        return done

    def _index(self, db: sqlite3.Connection, limit: int) -> int:
        """Index texts until none is left, then none for a while."""
        now = self._clock.monotonic()
        if now < self._index_at:
            return 0
        done = search.index_more(db, limit)
        if not done:
            self._index_at = now + INDEX_EVERY_S
        return done

    def _forget_for_space(self, db: sqlite3.Connection, limit: int) -> int:
        return retention.forget_oldest(db, limit) if self._is_short(db) else 0

    def _forget_aged(self, db: sqlite3.Connection, limit: int) -> int:
        if not self._keep_s:
            self._age.note(db)
            return 0
        return self._age.forget(db, limit, keep_s=self._keep_s)
