"""How much is kept: the oldest finished messages go, by bytes or by age, never what is not finished."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence

from agent.buffer import audit
from agent.buffer.statements import sql
from agent.clock import Clock

LOOK_AHEAD = 2000
"""Rows of each state looked at to find some without anything to deliver."""
NEWEST = (1 << 63) - 1
"""Above every row's number."""
PAUSE_COUNTED_S = 86_400.0
"""Seconds of a pause of the agent that count as age at most: a wrong clock at a start must not wipe."""
NOTE_EVERY_S = 3_600.0
"""Seconds between notes of age: how exact it is."""
DAY_S = 86_400.0
EVENTS_KEPT = 100_000
"""Newest events that are kept."""
SPARE_SHARE = 0.25
"""Share of free pages in the file above which some go back to the disk; below it new messages take them."""


def used_bytes(db: sqlite3.Connection) -> int:
    """Return the bytes of the file that hold data; free pages inside it are not counted."""
    pages, free = _pages(db)
    size: int = db.execute("PRAGMA page_size").fetchone()[0]
    return (pages - free) * size


def _pages(db: sqlite3.Connection) -> tuple[int, int]:
    pages: int = db.execute("PRAGMA page_count").fetchone()[0]
    free: int = db.execute("PRAGMA freelist_count").fetchone()[0]
    return pages, free


def give_back_pages(db: sqlite3.Connection, limit: int, *, share: float = SPARE_SHARE) -> int:
    """Shorten the file by free pages where they are more than a share of it; return how many."""
    pages, free = _pages(db)
    if free <= pages * share:
        return 0
    for _ in range(min(limit, free)):
        # One at a time: it answers with a row for each page, and Python's driver stops after the first.
        db.execute("PRAGMA incremental_vacuum(1)")
    return free - _pages(db)[1]


def forget_oldest(db: sqlite3.Connection, limit: int, *, upto: int = NEWEST) -> int:
    """Remove the oldest finished messages up to a row, never an unfinished one; return how many."""
    bounds = {"look_ahead": max(LOOK_AHEAD, limit), "limit": limit, "upto": upto}
    rows = db.execute(sql("oldest_finished"), bounds).fetchall()
    if rows:
        remove(db, rows, counter="forgotten")
        db.execute(sql("forget_ages"))
    return len(rows)


def remove(db: sqlite3.Connection, rows: Sequence[tuple[int, str]], *, counter: str) -> None:
    """Remove messages, given by number and state, with all that belongs to them, and count them by state."""
    seqs = {"seqs": json.dumps([seq for seq, _state in rows])}
    db.execute(sql("forget_events_of"), seqs)
    db.execute(sql("forget"), seqs)
    states = Counter(f"{counter}_{state}" for _seq, state in rows)
    audit.count(db, {counter: len(rows), **states})


def forget_old_events(db: sqlite3.Connection, limit: int) -> int:
    """Remove the oldest events beyond those that are kept; return how many."""
    return db.execute(sql("forget_old_events"), {"kept": EVENTS_KEPT, "limit": limit}).rowcount


class Age:
    """How old messages are, in time that the agent ran: no jump of the clock makes one older.

    Every hour the newest message's number is noted beside the seconds run so far; a pause counts by the
    clock, up to a day. What a person wants kept for thirty days is kept that long or longer, never shorter.
    """

    def __init__(self, clock: Clock) -> None:
        """Measure with the clock's monotonic time."""
        self._clock = clock
        self._began: float | None = None
        self._noted = 0.0

    def note(self, db: sqlite3.Connection) -> float:
        """Return the seconds run so far; write them down now and then."""
        now = self._clock.monotonic()
        if self._began is None:
            known = db.execute(sql("last_age")).fetchone()
            self._noted = known[0] if known else -NOTE_EVERY_S
            self._began = now - run_before(known, self._clock.now())
        ran = now - self._began
        if ran - self._noted >= NOTE_EVERY_S:
            db.execute(sql("note_age"), {"ran_s": ran, "at": self._clock.now()})
            self._noted = ran
        return ran

    def forget(self, db: sqlite3.Connection, limit: int, *, keep_s: float) -> int:
        """Remove finished messages that are older than that; return how many."""
        upto = db.execute(sql("aged"), {"ran_s": self.note(db) - keep_s}).fetchone()[0]
        return forget_oldest(db, limit, upto=upto) if upto else 0


def run_before(known: tuple[float, float] | None, now: float) -> float:
    """Return the seconds run before this start, and of the pause since the last note a day at most."""
    if known is None:
        return 0.0
    ran, at = known
    return ran + min(max(now - at, 0.0), PAUSE_COUNTED_S)
