"""Three witnesses, one verdict: simulator, database and consumer must tell the same, message by message."""

from __future__ import annotations

import json
import math
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from agent.demo.notes import Received, Sent
from agent.message import TERMINAL, Json, State


@dataclass(frozen=True, slots=True)
class Row:
    """A message as the database has it."""

    id: str
    topic: str
    sha256: str
    state: str
    fault: str
    """What contradicts its state; empty where nothing does."""
    value: Json
    """The object that was published; None where there is none."""


@dataclass(frozen=True, slots=True)
class Account:
    """What the three witnesses say."""

    sent: Sequence[Sent]
    rows: Sequence[Row]
    received: Sequence[Received]
    undelivered: int = 0
    """Rows that still lie in the outbox."""


def faults(told: Account) -> tuple[str, ...]:
    """Return every contradiction, in words; none means that nothing was lost, doubled or changed."""
    return (
        *_sent_against_rows(told),
        *_states(told),
        *_against_consumer(told, "data", [State.PUBLISHED]),
        *_against_consumer(told, "rejected", [State.REJECTED]),
        *_values(told),
    )


def _sent_against_rows(told: Account) -> Iterator[str]:
    sent = Counter((one.topic, one.sha256) for one in told.sent)
    rows = Counter((one.topic, one.sha256) for one in told.rows)
    lost, extra = (sent - rows).total(), (rows - sent).total()
    if lost:
        yield f"{lost} sent, and not in the database"
    if extra:
        yield f"{extra} in the database, and never sent"


def _states(told: Account) -> Iterator[str]:
    yield from (f"{row.id}: {row.fault}" for row in told.rows if row.fault)
    unfinished = sum(row.state not in TERMINAL for row in told.rows)
    if unfinished:
        yield f"{unfinished} have not reached their end"
    if told.undelivered:
        yield f"{told.undelivered} still lie in the outbox"


def _against_consumer(told: Account, kind: str, states: Sequence[str]) -> Iterator[str]:
    got = {one.id for one in told.received if one.kind == kind}
    owed = {row.id for row in told.rows if row.state in states}
    if owed - got:
        yield f"{len(owed - got)} {kind} in the database, and never received"
    if got - owed:
        yield f"{len(got - owed)} {kind} received, and not in the database"


def _values(told: Account) -> Iterator[str]:
    stored = {row.id: row.value for row in told.rows if row.state == State.PUBLISHED}
    changed = {one.id for one in told.received if one.id in stored and one.value != stored[one.id]}
    if changed:
        yield f"{len(changed)} received with another value than the database has"


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of a demo."""

    sent: int
    rows: int
    states: Mapping[str, int]
    records: int
    """Distinct records that the consumer received."""
    dead_letters: int
    repeats: int
    """Deliveries beyond the first of their id: allowed, and recognised by it."""
    p50_ms: float
    p95_ms: float
    per_second: float
    tiers: Mapping[str, int]
    faults: tuple[str, ...]

    @property
    def agree(self) -> bool:
        """True where the witnesses tell the same."""
        return not self.faults


def summary(
    told: Account, *, latencies: Sequence[float], tiers: Mapping[str, int], seconds: float
) -> Summary:
    """Count."""
    distinct = {(one.kind, one.id) for one in told.received}
    return Summary(
        sent=len(told.sent),
        rows=len(told.rows),
        states=dict(Counter(row.state for row in told.rows)),
        records=sum(kind == "data" for kind, _ in distinct),
        dead_letters=sum(kind == "rejected" for kind, _ in distinct),
        repeats=len(told.received) - len(distinct),
        p50_ms=percentile(latencies, 0.50) * 1000,
        p95_ms=percentile(latencies, 0.95) * 1000,
        per_second=len(told.rows) / seconds if seconds > 0 else 0.0,
        tiers=dict(tiers),
        faults=faults(told),
    )


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that a share of the values does not exceed (nearest rank); 0 where there are none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


ROWS = """
SELECT s.id, i.topic, lower(hex(i.sha256)), s.state, coalesce(s.fault, ''), r.value
FROM v_states s JOIN inbox i ON i.seq = s.seq LEFT JOIN v_records r ON r.id = s.id
"""
LATENCIES = "SELECT total_s FROM v_latency"
TIERS = "SELECT tier, count(*) FROM v_records WHERE state = 'published' GROUP BY tier ORDER BY tier"


def rows(db: sqlite3.Connection) -> list[Row]:
    """Read the database's story."""
    return [_row(row) for row in db.execute(ROWS)]


def _row(row: tuple[str, str, str, str, str, str | None]) -> Row:
    return Row(*row[:5], json.loads(row[5] or "null"))


def concluded(
    db: sqlite3.Connection, *, sent: Sequence[Sent], received: Sequence[Received], seconds: float
) -> Summary:
    """Hear the database as the third witness, and sum up."""
    undelivered: int = db.execute("SELECT count(*) FROM outbox").fetchone()[0]
    return summary(
        Account(sent, rows(db), received, undelivered),
        latencies=[row[0] for row in db.execute(LATENCIES)],
        tiers=dict(db.execute(TIERS).fetchall()),
        seconds=seconds,
    )
