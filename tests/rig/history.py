"""A database with a past: many finished messages, written past the agent in seconds, not hours."""

from __future__ import annotations

import hashlib
import json
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from agent.buffer import search
from agent.buffer.connection import open_database
from agent.identity import IdSource

STEP_S = 0.5
"""Seconds between two messages of the past."""
BATCH = 20_000
DEVICES = 100
RARE = "rare"
"""A device with a single message, the 123rd."""
INBOX = """
INSERT INTO inbox (seq, id, received_at, topic, device, ordered, qos, retained, packet_id, size, sha256, text,
  state, reason, settled_at, finished_at)
VALUES (?, ?, ?, ?, ?, 1, 1, 0, 1, ?, ?, ?, ?, ?, ?, ?)
"""
RECORD = """
INSERT INTO records (seq, schema, schema_id, schema_version, schema_sha256, tier, model, confidence, value,
  evidence, tokens, seconds, timings)
VALUES (?, ?, 'https://example.invalid/pump/1', '1', ?, 'nano', ?, 0.97, ?, ?, 90, 0.011, '{"read": 0.011}')
"""
COUNT = (
    "INSERT INTO counters (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)
POINTERS = ("/device", "/temp", "/vib", "/state")

Row = tuple[object, ...]


def build(path: Path, rows: int, *, until: float) -> None:
    """Write a file with so many finished messages, the last one at `until`, all texts indexed."""
    db = open_database(path, synchronous="OFF")
    made = messages(rows, until - rows * STEP_S)
    for _ in range(0, rows, BATCH):
        fill(db, [row for _, row in zip(range(BATCH), made, strict=False)])
    db.execute(COUNT, ("received", rows))
    while index(db):
        pass
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def fill(db: sqlite3.Connection, batch: list[Row]) -> None:
    """Write messages, and records of those that are published."""
    db.execute("BEGIN")
    db.executemany(INBOX, batch)
    db.executemany(RECORD, (record(row) for row in batch if row[8] == "published"))
    db.execute("COMMIT")


def index(db: sqlite3.Connection) -> int:
    """Index a portion of the texts, as the agent does."""
    db.execute("BEGIN")
    done = search.index_more(db, 2000)
    db.execute("COMMIT")
    return done


def messages(rows: int, begin: float) -> Iterator[Row]:
    """Yield messages: nine in ten published, one in twenty rejected, one in twenty dropped."""
    dice, at = random.Random(1), [begin]  # noqa: S311 - the same past each time
    new_id = IdSource(lambda: at[0])
    for seq in range(1, rows + 1):
        at[0] += STEP_S
        device = RARE if seq == 123 else f"pump-{dice.randrange(DEVICES):03d}"
        text = (
            f"2026-11-25T13:{seq % 60:02d}:{seq % 59:02d} {device} temp {dice.randrange(1000) / 10}C "
            f"vib {dice.randrange(100) / 10} mm/s state {dice.choice(['RUNNING', 'IDLE', 'FAULT'])} "
            f"code {dice.randrange(100_000)}"
        )
        state, reason = fate(seq, dice)
        digest = hashlib.sha256(text.encode()).digest()
        topic = f"plant/{device}/raw"
        decided = at[0] + dice.random() / 10
        head = (seq, new_id(), at[0], topic, device, len(text), digest, text)
        yield (*head, state, reason, decided, decided + dice.random())


def fate(seq: int, dice: random.Random) -> tuple[str, str | None]:
    """Return state and reason of a message."""
    if seq % 10:
        return "published", None
    return (
        ("rejected", dice.choice(["not_this_schema", "unsure", "invalid"]))
        if seq % 20
        else ("dropped", "expired")
    )


def record(row: Row) -> Row:
    """Return the record of a message."""
    spans = [
        {"pointer": one, "start": 20, "end": 28, "confidence": 0.98, "inferred": False} for one in POINTERS
    ]
    value = {"device": row[4], "temp": 81.4, "vib": 2.1, "state": "RUNNING"}
    schema = "machine_state" if int(str(row[0])) % 3 else "env_sensor"
    return (row[0], schema, "f" * 64, "a" * 64, json.dumps(value), json.dumps(spans))
