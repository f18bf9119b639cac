"""What is known of templates' past, and where they and the model have differed, as rows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from agent.buffer import audit
from agent.buffer.statements import sql
from agent.buffer.templates import MAX_BYTES, Row, keep
from agent.message import Json

MAX_DISPUTES: Final = 1000
"""Disagreements that are kept."""


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a template beside its row."""

    template: str
    basis: str = ""
    """Tiers, models and thresholds by which it was judged."""
    signature: str = ""
    """Constant parts of the texts that it was learned from; empty where a person has taught it."""
    streak: int = 0
    demotions: int = 0
    served: int = 0
    checks: int = 0
    checked_at: float | None = None
    """Unix time, seconds; None: never."""
    good_at: float | None = None
    good_seq: int = 0
    """Row of the message of the last check that agreed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A text that a template and the model have read differently."""

    template: str
    origin: str
    seq: int
    message: str
    """Id of the message."""
    fields: tuple[str, ...]
    """JSON pointers that differ; none: the model makes no record of the text."""
    tier: str
    after_seq: int
    """Records of the template behind this row are in doubt."""
    is_open: bool
    """A person has to decide."""

    @property
    def detail(self) -> dict[str, Json]:
        """Return what an event says of it."""
        fields: list[Json] = list(self.fields)
        return {"template": self.template, "message": self.message, "fields": fields, "tier": self.tier}


@dataclass(frozen=True, slots=True)
class Suspect:
    """A record that may be wrong."""

    seq: int
    id: str
    received_at: float
    topic: str
    schema: str
    value: Json
    text: str | None
    state: str


def pasts(db: sqlite3.Connection) -> dict[str, Past]:
    """Return what is known, by template."""
    return {row[0]: Past(*row) for row in db.execute(sql("template_pasts"))}


def note(db: sqlite3.Connection, some: Iterable[Past]) -> None:
    """Write down what is known of some templates."""
    db.executemany(sql("keep_past"), [asdict(one) for one in some])


def stand(
    db: sqlite3.Connection, past: Past, *, before: str, state: str, agreed: int, now: float, kind: str
) -> bool:
    """Put a template into a state by its checks; False where a person has changed it in between.

    `kind`: of the event that says so; empty where another one does.
    """
    row = {"template": past.template, "before": before, "state": state, "agreed": agreed, "at": now}
    known = db.execute(sql("stand_template"), row).rowcount > 0
    note(db, [past])
    if known and kind:
        detail: dict[str, Json] = {"template": past.template, "streak": past.streak}
        audit.event(db, kind, now=now, detail=detail)
    return known


def add(db: sqlite3.Connection, row: Row, past: Past, *, room: int, now: float) -> bool:
    """Store a template that the model has taught, within the room for such; False where there is none.

    What serves is never forgotten for it, and what is there already, perhaps by a person, stays as it is.
    """
    if db.execute(sql("template_state"), {"id": row.id}).fetchone():
        return False
    count, size = db.execute(sql("learned_room")).fetchone()
    if count >= room or size >= MAX_BYTES // 2:
        db.execute(sql("forget_unproven"), {"count": max(1, count - room + 1)})
        count, size = db.execute(sql("learned_room")).fetchone()
    if count >= room or size >= MAX_BYTES // 2:
        return False
    keep(db, [row], now=now)
    note(db, [past])
    return True


def dispute(db: sqlite3.Connection, one: Dispute, *, now: float) -> bool:
    """Write down that a template and the model differ; False where a person has still to look at another."""
    if one.is_open and db.execute(sql("open_dispute"), {"template": one.template}).fetchone():
        return False
    db.execute(sql("dispute"), asdict(one) | {"fields": json.dumps(one.fields), "at": now})
    db.execute(sql("trim_disputes"), {"kept": MAX_DISPUTES})
    kind = "template_disputed" if one.is_open else "template_demoted"
    audit.event(db, kind, now=now, detail=one.detail, seq=one.seq)
    return True


def disputes(
    db: sqlite3.Connection, template: str | None = None, *, limit: int = 100
) -> list[dict[str, Json]]:
    """Return the newest disagreements, of one template or of all."""
    names = ("number", "template", "origin", "at", "message", "fields", "tier", "is_open", "suspects")
    rows = db.execute(sql("disputes"), {"template": template, "limit": limit})
    found = [dict(zip(names, row, strict=True)) for row in rows]
    return [one | {"fields": json.loads(one["fields"]), "is_open": bool(one["is_open"])} for one in found]


def to_review(db: sqlite3.Connection) -> int:
    """Return how many templates of a person wait for one to decide."""
    count: int = db.execute(sql("to_review")).fetchone()[0]
    return count


def reviewed(db: sqlite3.Connection) -> frozenset[str]:
    """Return the templates about which a person has to decide."""
    return frozenset(row[0] for row in db.execute(sql("reviewed")))


def clear(db: sqlite3.Connection, ids: Sequence[str]) -> None:
    """Note that a person has decided about some templates: no review is open, no contradiction counts."""
    said = {"ids": json.dumps(list(ids))}
    db.execute(sql("close_disputes"), said)
    db.execute(sql("clear_pasts"), said)


def suspects(db: sqlite3.Connection, template: str, *, after: int = 0, limit: int = 1000) -> list[Suspect]:
    """Return the records of a template that are in doubt, oldest first."""
    rows = db.execute(sql("suspects"), {"template": template, "after": after, "limit": limit}).fetchall()
    return [_suspect(*row) for row in rows]


def _suspect(*row: Any) -> Suspect:  # noqa: ANN401 - the columns of a row
    *said, value, text, state = row
    whole: tuple[Any, ...] = (*said, json.loads(value), text, state)
    return Suspect(*whole)


def read_again(db: sqlite3.Connection, seqs: Sequence[int], *, now: float) -> int:
    """Put published messages back, to be read anew; what their record was stays in an event each.

    Those that wait for the broker, or have no whole text any more, are left alone. Return how many went.
    """
    rows = db.execute(sql("published_of"), {"seqs": json.dumps(list(seqs))}).fetchall()
    for seq, message, template, schema, confidence in rows:
        detail = {"message": message, "template": template, "schema": schema, "confidence": confidence}
        audit.event(db, "read_again", now=now, detail=detail, seq=seq)
        db.execute(sql("forget_record"), {"seq": seq})
    db.execute(sql("put_back_published"), {"seqs": json.dumps([row[0] for row in rows])})
    audit.count(db, {"put_back": len(rows)})
    return len(rows)
