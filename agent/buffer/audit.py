"""What happened, how much of it, and how much of it is kept."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping

from agent.buffer.statements import sql
from agent.message import Json


def event(
    db: sqlite3.Connection, kind: str, *, now: float, detail: Mapping[str, Json], seq: int | None = None
) -> int:
    """Write down something that a person who audits wants to know; return the event's number."""
    row = {"at": now, "kind": kind, "seq": seq, "detail": written(detail)}
    return db.execute(sql("event"), row).lastrowid or 0


def written(detail: Mapping[str, Json]) -> str:
    """Write the facts of an event."""
    return json.dumps(dict(detail))


def last_configuration(db: sqlite3.Connection) -> tuple[int, str, dict[str, Json]]:
    """Return number, fingerprint and document of the newest configuration; 0 where there is none."""
    row = db.execute(sql("last_configuration")).fetchone()
    return (row[0], row[1], json.loads(row[2])) if row else (0, "", {})


def begin_configuration(
    db: sqlite3.Connection, *, sha256: str, document: Mapping[str, Json], now: float
) -> int:
    """Write down which configuration comes into force; return its number. The newest one keeps its own."""
    number, newest, _document = last_configuration(db)
    if newest == sha256:
        return number
    row = {"began_at": now, "sha256": sha256, "document": json.dumps(document)}
    return db.execute(sql("begin_configuration"), row).lastrowid or 0


def oldest_configuration(db: sqlite3.Connection) -> int:
    """Return the oldest configuration with a message that is not decided; 0 where there is none."""
    number: int = db.execute(sql("oldest_configuration")).fetchone()[0]
    return number


def count(db: sqlite3.Connection, amounts: Mapping[str, int]) -> None:
    """Add to the counters that survive retention."""
    db.executemany(sql("count"), [{"name": name, "value": value} for name, value in amounts.items() if value])


def counters(db: sqlite3.Connection) -> dict[str, int]:
    """Return every counter."""
    return dict(db.execute("SELECT name, value FROM counters ORDER BY name").fetchall())


def proof(db: sqlite3.Connection) -> dict[str, tuple[int, int]]:
    """Return for each state the number of messages and of contradictions among them (P2)."""
    return {state: (messages, faults) for state, messages, faults in db.execute(sql("proof"))}


def backlog(db: sqlite3.Connection) -> dict[str, int]:
    """Return how much waits: received, claimed, outbox."""
    received, claimed, outbox = db.execute(sql("backlog")).fetchone()
    return {"received": received, "claimed": claimed, "outbox": outbox}
