"""The rates that are watched for drift, kept over restarts. Each function is one unit of work."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from agent.buffer.statements import sql
from agent.metrics.watching import Kept, Key


def load(db: sqlite3.Connection) -> dict[Key, Kept]:
    """Return what was kept."""
    rows = db.execute(sql("rates"))
    return {(route, rate): Kept(route, rate, basis, json.loads(state)) for route, rate, basis, state in rows}


def keep(db: sqlite3.Connection, rates: Sequence[Kept], *, now: float) -> None:
    """Keep these and no others."""
    db.execute(sql("forget_rates"))
    db.executemany(
        sql("keep_rate"),
        [
            {
                "route": one.route,
                "rate": one.rate,
                "basis": one.basis,
                "state": json.dumps(one.state),
                "at": now,
            }
            for one in rates
        ],
    )
