"""The index of the words in raw texts: filled behind the messages' backs, in portions."""

from __future__ import annotations

import sqlite3

from agent.buffer.statements import sql

PORTION_BYTES = 256 * 1024
"""Bytes of texts indexed in one unit of work at most, but for a single longer one."""


def index_more(db: sqlite3.Connection, limit: int) -> int:
    """Index the next texts whose fate is decided; return how many messages further the index goes.

    Only decided ones: their text does not change any more.
    """
    before = progress(db)
    upto: int | None = db.execute(sql("search_upto"), {"limit": limit, "bytes": PORTION_BYTES}).fetchone()[0]
    if upto is None:
        return 0
    db.execute(sql("search_add"), {"upto": upto})
    db.execute(sql("search_note"), {"upto": upto})
    return upto - before


def clear(db: sqlite3.Connection, _limit: int = 0) -> int:
    """Empty the index, which nobody wants; return how many messages it went to."""
    before = progress(db)
    if before:
        db.execute(sql("search_clear"))
        db.execute(sql("search_note"), {"upto": 0})
    return before


def progress(db: sqlite3.Connection) -> int:
    """Return how far the index goes."""
    seq: int = db.execute("SELECT seq FROM search_progress").fetchone()[0]
    return seq


def left(db: sqlite3.Connection) -> int:
    """Return how many messages are not in the index: those that wait, those of the last moments, or all."""
    count: int = db.execute(
        "SELECT count(*) FROM inbox WHERE seq > (SELECT seq FROM search_progress)"
    ).fetchone()[0]
    return count
