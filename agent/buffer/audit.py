"""What happened, how much of it, and how much of it is kept."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence

from agent.buffer.statements import sql
from agent.message import Json


def event(
    db: sqlite3.Connection, kind: str, *, now: float, detail: Mapping[str, Json], seq: int | None = None
) -> None:
    """Write down something that a person who audits wants to know."""
    db.execute(sql("event"), {"at": now, "kind": kind, "seq": seq, "detail": json.dumps(dict(detail))})


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


def put_back(db: sqlite3.Connection, ids: Sequence[str], *, now: float) -> int:
    """Try rejected messages again; the first verdict stays in the events. Return how many went back."""
    seqs = [row[0] for row in db.execute(sql("put_back"), {"ids": json.dumps(list(ids))}).fetchall()]
    for seq in seqs:
        db.execute(sql("forget_record"), {"seq": seq})
        event(db, "put_back", now=now, detail={}, seq=seq)
    return len(seqs)
