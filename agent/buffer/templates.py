"""The learned templates as rows. Called by the agent and, beside a running one, by the command line."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from agent.buffer import audit
from agent.buffer.statements import sql
from agent.errors import Permanent
from agent.message import Json

MAX_COUNT: Final = 5000
"""Templates that a file holds."""
MAX_BYTES: Final = 16 << 20
"""Bytes that they take together."""


@dataclass(frozen=True, slots=True)
class Row:
    """A template as it is stored."""

    id: str
    schema: str
    """Name of its schema."""
    schema_sha256: str
    """Fingerprint of its schema."""
    filter: str
    """Topic filter of the route that it is for; empty: every route."""
    origin: str
    """``taught`` by a person, or ``learned`` from a model."""
    state: str
    """``active``, or ``disabled``."""
    pattern: str
    """As people read it."""
    document: Json
    guard: tuple[str, ...]
    agreed: int
    """Examples that it was made of, or held against."""
    changed_at: float = 0.0
    """Unix time, seconds."""


def rows(db: sqlite3.Connection) -> list[Row]:
    """Return all templates by schema, those with most examples first."""
    return [_row(*one) for one in db.execute(sql("templates"))]


def _row(*one: Any) -> Row:  # noqa: ANN401 - the columns of a row
    *said, document, guard, agreed, changed_at = one
    texts: tuple[Any, ...] = (*said, json.loads(document), tuple(json.loads(guard)), agreed, changed_at)
    return Row(*texts)


def generation(db: sqlite3.Connection) -> int:
    """Return a number that is another one after each change."""
    number: int = db.execute(sql("template_generation")).fetchone()[0]
    return number


def keep(db: sqlite3.Connection, some: Sequence[Row], *, now: float) -> int:
    """Store templates; one that is there already is replaced. Return how many are new.

    Raises:
        Permanent: they would be more, or larger, than the file may hold.
    """
    before = db.execute(sql("template_room")).fetchone()[0]
    db.executemany(sql("keep_template"), [_written(replace(one, changed_at=now)) for one in some])
    count, size = db.execute(sql("template_room")).fetchone()
    if count > MAX_COUNT or size > MAX_BYTES:
        cause = f"{count} templates of {size} bytes; there is room for {MAX_COUNT} of {MAX_BYTES} bytes"
        raise Permanent("keep templates", cause=cause, remedy="forget some: maaza templates forget ID")
    audit.event(db, "templates_kept", now=now, detail={"templates": [one.id for one in some]})
    return int(count - before)


def turn(db: sqlite3.Connection, ids: Sequence[str], state: str, *, now: float) -> int:
    """Put templates into a state; return how many there are of these."""
    known = db.execute(sql("turn_templates"), {"ids": json.dumps(ids), "state": state, "at": now}).rowcount
    audit.event(db, f"templates_{state}", now=now, detail={"templates": list(ids)})
    return known


def forget(db: sqlite3.Connection, ids: Sequence[str], *, now: float) -> int:
    """Remove templates; return how many there were of these."""
    known = db.execute(sql("forget_templates"), {"ids": json.dumps(ids)}).rowcount
    audit.event(db, "templates_forgotten", now=now, detail={"templates": list(ids)})
    return known


def _written(one: Row) -> dict[str, object]:
    return {
        "id": one.id,
        "schema": one.schema,
        "schema_sha256": one.schema_sha256,
        "filter": one.filter,
        "origin": one.origin,
        "state": one.state,
        "pattern": one.pattern,
        "document": json.dumps(one.document, ensure_ascii=False),
        "guard": json.dumps(one.guard, ensure_ascii=False),
        "agreed": one.agreed,
        "at": one.changed_at,
    }
