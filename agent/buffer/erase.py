"""Removes all that a device ever said: messages, records, what waits to go out, words, traces on the disk.

Called by the command line, also beside a running agent. Each function is one short unit of work in a
transaction of its caller, so that the agent's own writes go in between.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass, field

from agent.buffer import audit, retention
from agent.buffer.retention import remove
from agent.buffer.statements import sql
from agent.message import Json

MERGE_PAGES = 200
"""Pages of the index that are merged in one unit of work."""


@dataclass(slots=True)
class Erasure:
    """A device, and what has been removed of it so far."""

    device: str
    upto: int
    """Newest message when it began; what comes in later is not touched."""
    states: Counter[str] = field(default_factory=Counter)
    event: int = 0
    """Number of the event that says how many."""


def begin(db: sqlite3.Connection, device: str) -> Erasure:
    """Note how far it goes."""
    return Erasure(device, db.execute(sql("last_of_device"), {"device": device}).fetchone()[0])


def some(db: sqlite3.Connection, what: Erasure, limit: int, *, now: float) -> int:
    """Remove some messages of the device, whatever their state; return how many. The event counts them."""
    bounds = {"device": what.device, "upto": what.upto, "limit": limit}
    rows = db.execute(sql("of_device"), bounds).fetchall()
    if not rows:
        return 0
    remove(db, rows, counter="erased")
    what.states.update(state for _seq, state in rows)
    detail: dict[str, Json] = {
        "device": what.device,
        "messages": what.states.total(),
        "states": dict(what.states),
    }
    what.event = audit.event(db, "erased", now=now, detail=detail) if not what.event else what.event
    db.execute(sql("update_event"), {"number": what.event, "detail": audit.written(detail)})
    return len(rows)


def merge_index(db: sqlite3.Connection, *, first: bool) -> bool:
    """Merge the index of words further, so that removed words are gone from it; False once all is merged."""
    before = db.total_changes
    pages = -MERGE_PAGES if first else MERGE_PAGES
    db.execute("INSERT INTO search (search, rank) VALUES ('merge', ?)", (pages,))
    # FTS5: fewer than two changes mean that there was nothing to merge.
    return db.total_changes - before >= 2  # noqa: PLR2004


def give_back_free_pages(db: sqlite3.Connection, limit: int) -> int:
    """Shorten the file by free pages: they may hold what was removed long ago. Return how many."""
    return retention.give_back_pages(db, limit, share=0.0)
