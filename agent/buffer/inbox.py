"""The inbox: append, claim, settle. Each function is one unit of work within a transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from agent.buffer.outbox import outgoing_row
from agent.buffer.statements import sql
from agent.json_text import quoted, strictly_written
from agent.message import (
    DROPS,
    TERMINAL,
    Claimed,
    Evidence,
    Fragment,
    Joined,
    RawMessage,
    Settlement,
    State,
)

LOOK_AHEAD = 2000
"""Rows looked at to find free ones before the search goes device by device."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A message that is in the inbox and may be redelivered."""

    id: str
    packet_id: int
    topic: str
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Session:
    """A session of the input broker, as the inbox knows it."""

    epoch: int
    last_seq: int
    """Newest row when the connection opened."""
    unconfirmed: tuple[Stored, ...]
    """Messages of it whose PUBACK is not known to have reached the broker, oldest first."""
    lost: bool
    """True where an earlier session has ended: what the broker sends again is new."""


def open_session(
    db: sqlite3.Connection, *, broker: str, client_id: str, present: bool, now: float
) -> Session:
    """Continue the session that the broker kept, or begin a new epoch."""
    key = {"broker": broker, "client_id": client_id}
    known = db.execute(sql("last_epoch"), key).fetchone()
    last_seq: int = db.execute(sql("last_seq")).fetchone()[0]
    if not present or known is None:
        epoch = db.execute(sql("start_epoch"), key | {"started_at": now}).lastrowid
        return Session(epoch or 0, last_seq, (), lost=known is not None)
    rows = db.execute(sql("unconfirmed"), {"epoch": known[0], "acked_seq": known[1]})
    return Session(known[0], last_seq, tuple(Stored(*row[1:]) for row in rows), lost=False)


def confirm(db: sqlite3.Connection, *, epoch: int, acked_seq: int) -> None:
    """Note how far the broker is known to have received our PUBACKs."""
    db.execute(sql("confirm"), {"epoch": epoch, "acked_seq": acked_seq})


def append(db: sqlite3.Connection, batch: Iterable[RawMessage], *, epoch: int) -> tuple[int, int]:
    """Store messages in arrival order; return how many were new, and the newest row's number."""
    new = db.executemany(sql("append"), (_arrival(message, epoch) for message in batch)).rowcount
    seq: int = db.execute(sql("last_seq")).fetchone()[0]
    return max(new, 0), seq


def _arrival(message: RawMessage, epoch: int) -> dict[str, Any]:
    decided = message.received_at if message.reason else None
    return {
        "id": message.id,
        "received_at": message.received_at,
        "topic": message.topic,
        "device": message.device,
        "ordered": message.ordered,
        "qos": message.qos,
        "retained": message.retained,
        "epoch": epoch,
        "packet_id": message.packet_id,
        "size": message.size,
        "sha256": message.sha256,
        "text": message.text,
        "raw": message.raw,
        "expires_at": message.expires_at,
        "state": _state(message),
        "reason": message.reason,
        "detail": message.detail or None,
        "settled_at": decided,
        "finished_at": decided,
        "configuration": message.configuration,
        "record": message.record,
        "pending": message.pending,
        "redacted": message.redacted,
        "hops": message.hops,
    }


def _state(message: RawMessage) -> State:
    if message.reason is None:
        return State.RECEIVED
    return State.DROPPED if message.reason in DROPS else State.REJECTED


def known(db: sqlite3.Connection, ids: Collection[str]) -> frozenset[str]:
    """Return which of some ids are those of messages here."""
    return frozenset(row[0] for row in db.execute(sql("known"), {"ids": json.dumps(sorted(ids))}))


def claim(
    db: sqlite3.Connection, *, limit: int, held: Collection[str], in_hand: Collection[int]
) -> list[Claimed]:
    """Return up to `limit` rows that wait, oldest first, none of a held device and none in hand."""
    query: dict[str, Any] = {"held": json.dumps(sorted(held)), "in_hand": json.dumps(sorted(in_hand))}
    query |= {"look_ahead": max(LOOK_AHEAD, limit) + len(in_hand), "limit": limit}
    seqs = [row[0] for row in db.execute(sql("waiting"), query)]
    if held and not seqs:
        seqs = [row[0] for row in db.execute(sql("waiting_elsewhere"), query)]
    return [_claimed(row) for row in db.execute(sql("claim"), {"seqs": json.dumps(seqs)})] if seqs else []


def _claimed(row: tuple[Any, ...]) -> Claimed:
    seq, message_id, topic, device, ordered, *rest = row
    return Claimed(*(seq, message_id, topic, device, bool(ordered), *rest[:-1], bool(rest[-1])))


def pending(db: sqlite3.Connection, *, after: int, limit: int) -> list[Fragment]:
    """Return rows that may be parts of records, in order of arrival."""
    rows = db.execute(sql("pending"), {"after": after, "limit": limit}).fetchall()
    return [Fragment(*(*row[:-1], bool(row[-1]))) for row in rows]


def texts(db: sqlite3.Connection, seqs: Sequence[int]) -> dict[int, str]:
    """Return the texts of rows by their numbers."""
    return dict(db.execute(sql("texts"), {"seqs": json.dumps(list(seqs))}).fetchall())


def join(db: sqlite3.Connection, batch: Sequence[Joined], *, now: float) -> None:
    """Let the first row of each record carry all of it, and the others end as its parts."""
    for one in batch:
        head = {
            "seq": one.seq,
            "text": one.text,
            "redacted": one.redacted,
            "state": State.REJECTED if one.reason else State.RECEIVED,
            "reason": one.reason,
            "detail": one.detail or None,
            "at": now if one.reason else None,
        }
        db.execute(sql("join_head"), head)
        parts = {"seq": one.seq, "parts": json.dumps(one.parts), "at": now, "kept": one.keeps_parts}
        db.execute(sql("join_parts"), parts | {"detail": f"a part of the record in row {one.seq}"})
    db.executemany(sql("enqueue"), [outgoing_row(one.seq, one.outgoing) for one in batch if one.outgoing])


def return_claims(db: sqlite3.Connection) -> int:
    """Give back the rows that an older version had claimed when it ended; return how many."""
    return db.execute(sql("return_claims")).rowcount


def settle(db: sqlite3.Connection, batch: Sequence[Settlement], *, now: float) -> int:
    """Decide fates: state, record and outbox row of each together. Return how many waited for one."""
    held = _waiting(db, batch)
    db.executemany(sql("settle"), [_fate(one, now) for one in held])
    changed = [{"seq": one.seq, "text": one.text, "redacted": one.redacted} for one in held if one.redacted]
    db.executemany(sql("redact"), changed)
    db.executemany(sql("record"), [_record(one) for one in held if one.record])
    db.executemany(sql("enqueue"), [outgoing_row(one.seq, one.outgoing) for one in held if one.outgoing])
    return len(held)


def _waiting(db: sqlite3.Connection, batch: Sequence[Settlement]) -> list[Settlement]:
    """Return the fates, one per row, whose row waits for one and is the one that was claimed."""
    seqs = json.dumps([one.seq for one in batch])
    waiting: set[tuple[int, str]] = set(db.execute(sql("still_waiting"), {"seqs": seqs}))
    return [
        one for one in {one.seq: one for one in reversed(batch)}.values() if (one.seq, one.id) in waiting
    ][::-1]


def _fate(one: Settlement, now: float) -> dict[str, Any]:
    return {
        "seq": one.seq,
        "state": one.state,
        "reason": one.reason,
        "detail": one.detail or None,
        "trail": json.dumps([asdict(attempt) for attempt in one.trail]) if one.trail else None,
        "at": now,
        "finished_at": now if one.state in TERMINAL else None,
        "configuration": one.configuration or None,
    }


def _record(one: Settlement) -> dict[str, Any]:
    assert one.record is not None  # noqa: S101 - the caller filters; for the type checker
    record, candidate = one.record, one.record.candidate
    return {
        "seq": one.seq,
        "schema": record.schema,
        "schema_id": record.schema_id,
        "schema_version": record.schema_version,
        "schema_sha256": record.fingerprint,
        "tier": candidate.tier,
        "model": candidate.model,
        "confidence": candidate.confidence,
        "value": strictly_written(candidate.value),
        "evidence": f"[{', '.join(map(_evidence, candidate.evidence))}]",
        "tokens": candidate.tokens,
        "seconds": sum(candidate.timings.values()),
        "timings": json.dumps(candidate.timings) if candidate.timings else "{}",
        "template": candidate.template or None,
    }


def _evidence(one: Evidence) -> str:
    """Lay evidence out; by way of dictionaries it costs six times as much, and this is the hot path."""
    inferred = "true" if one.inferred else "false"
    converted = f', "converted": {quoted(one.converted)}' if one.converted else ""
    return (
        f'{{"pointer": {quoted(one.pointer)}, "start": {one.start}, "end": {one.end},'
        f' "confidence": {one.confidence!r}, "inferred": {inferred}{converted}}}'
    )
