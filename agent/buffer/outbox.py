"""The outbox: what is due, what the broker confirmed, what it refused. Each function is one unit of work."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from agent.buffer.statements import sql
from agent.json_text import quoted
from agent.message import Kind, Outgoing
from agent.retry import REDELIVER


def due(db: sqlite3.Connection, *, after: int, limit: int, now: float) -> list[Outgoing]:
    """Return what to deliver next behind number `after`, in order, without devices that wait."""
    return [
        Outgoing(
            number=number,
            id=message_id,
            kind=Kind(kind),
            device=device,
            topic=topic,
            payload=payload,
            properties=tuple(map(tuple, json.loads(properties))),
            attempts=attempts,
            expires_at=expires_at,
            received_at=received_at,
        )
        for (
            number,
            message_id,
            kind,
            device,
            topic,
            payload,
            properties,
            attempts,
            expires_at,
            received_at,
        ) in db.execute(
            sql("due"), {"after": after, "limit": limit, "now": now, "latest": now + REDELIVER.cap_s}
        )
    ]


def last_number(db: sqlite3.Connection) -> int:
    """Return the newest number in the outbox."""
    number: int = db.execute(sql("last_number")).fetchone()[0]
    return number


def delivered(db: sqlite3.Connection, numbers: Sequence[int], *, now: float) -> int:
    """The broker has confirmed: records become published, rows leave the outbox. Return how many left."""
    listed = json.dumps(numbers)
    db.execute(sql("publish_confirmed"), {"numbers": listed, "at": now})
    return db.execute(sql("remove_delivered"), {"numbers": listed}).rowcount


def postpone(db: sqlite3.Connection, number: int, *, not_before: float) -> None:
    """The broker refused for now: the device waits until then."""
    db.execute(sql("postpone"), {"number": number, "not_before": not_before})


def give_up(db: sqlite3.Connection, number: int, *, detail: str, now: float) -> None:
    """The broker refuses for good: the message ends as rejected, its row leaves the outbox."""
    db.execute(sql("give_up"), {"number": number, "detail": detail, "at": now})
    db.execute(sql("remove_one"), {"number": number})


def expire(db: sqlite3.Connection, number: int, *, detail: str, now: float) -> int:
    """Nobody wants a record any more: the message ends as dropped, its row leaves. Return how many did."""
    seqs = db.execute(sql("expire"), {"number": number, "detail": detail, "at": now}).fetchall()
    db.executemany(sql("forget_record"), [{"seq": seq} for (seq,) in seqs])
    db.execute(sql("remove_one"), {"number": number})
    return len(seqs)


def next_try(db: sqlite3.Connection, *, now: float) -> float | None:
    """Return when the first held row may be tried again, Unix seconds."""
    when: float | None = db.execute(sql("next_try"), {"now": now}).fetchone()[0]
    return when


def notify(db: sqlite3.Connection, message_id: str, notice: Outgoing) -> None:
    """Put the dead letter of a message that was rejected on arrival into the outbox."""
    row = db.execute(sql("seq_of"), {"id": message_id}).fetchone()
    if row is not None:
        db.execute(sql("enqueue"), outgoing_row(row[0], notice))


def outgoing_row(seq: int, outgoing: Outgoing) -> dict[str, object]:
    """Lay an outgoing message out as a row."""
    return {
        "seq": seq,
        "kind": outgoing.kind,
        "device": outgoing.device,
        "topic": outgoing.topic,
        "payload": outgoing.payload,
        "properties": _pairs(outgoing.properties),
        "expires_at": outgoing.expires_at,
    }


def _pairs(properties: Sequence[tuple[str, str]]) -> str:
    """Write user properties as a list of pairs."""
    return f"[{', '.join([f'[{quoted(name)}, {quoted(value)}]' for name, value in properties])}]"
