"""A second chance for rejected messages: they go back to where they came in, and keep their id.

Called by the agent and, beside a running one, by the command line: each call is one transaction, and a row
that is not rejected any more is left alone, so that nobody decides a message twice.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from agent.buffer import audit
from agent.buffer.statements import sql
from agent.message import Json


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rejected messages; all that is set must fit."""

    ids: tuple[str, ...] | None = None
    reason: str | None = None
    device: str | None = None
    since: float | None = None
    """Received at this Unix time or later."""
    until: float | None = None
    """Received before this Unix time."""
    redacted: bool = False
    """True: also messages whose text a redaction rule has changed."""

    def parameters(self) -> dict[str, object]:
        """Return the values for the statements."""
        return {
            "ids": None if self.ids is None else json.dumps(self.ids),
            "reason": self.reason,
            "device": self.device,
            "since": self.since,
            "until": self.until,
            "redacted": self.redacted,
        }


@dataclass(frozen=True, slots=True)
class Went:
    """What went back in one transaction."""

    count: int
    last: int
    """Number of the last one; go on behind it."""


def put_back(db: sqlite3.Connection, choice: Choice, *, after: int, limit: int, now: float) -> Went:
    """Put chosen messages behind `after` back; the verdict of each stays in an event."""
    bounds = {"after": after, "limit": limit}
    rows = db.execute(sql("rejected_choice"), choice.parameters() | bounds).fetchall()
    seqs = [row[0] for row in rows]
    db.execute(sql("put_back"), {"seqs": json.dumps(seqs)})
    for seq, *verdict in rows:
        db.execute(sql("forget_record"), {"seq": seq})
        audit.event(db, "put_back", now=now, detail=told(*verdict), seq=seq)
    audit.count(db, {"put_back": len(seqs)})
    return Went(len(seqs), seqs[-1] if seqs else after)


def told(reason: str, detail: str | None, trail: str | None, finished_at: float) -> dict[str, Json]:
    """Return a verdict as an event keeps it."""
    return {
        "reason": reason,
        "detail": detail,
        "trail": json.loads(trail) if trail else [],
        "finished_at": finished_at,
    }


def fitting(db: sqlite3.Connection, choice: Choice) -> int:
    """Return how many messages would go back."""
    query = f"SELECT count(*) FROM ({sql('rejected_choice')})"  # noqa: S608 - our own statement
    count: int = db.execute(query, choice.parameters() | {"after": 0, "limit": -1}).fetchone()[0]
    return count


def unfit(db: sqlite3.Connection, choice: Choice) -> int:
    """Return how many fit the choice and cannot go back: without a text, or with a changed one."""
    count: int = db.execute(sql("rejected_unfit"), choice.parameters()).fetchone()[0]
    return count
