"""``maaza audit verify``: proof where each message ended, and that none that was received is missing."""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from agent.cli import database as files
from agent.cli import options
from agent.errors import Permanent
from agent.message import TERMINAL, Json
from agent.terminal import BOLD, GREEN, RED, Paint, paint_for, table

REMOVED = ("forgotten", "erased")
"""Counters of messages that are not in the file any more: by retention, by a person."""


@click.command("verify")
@files.option
@options.as_json
@click.option("--settled", is_flag=True, help="Fail also where a message has not reached its end yet.")
@click.pass_context
def verify(ctx: click.Context, database: Path, *, as_json: bool, settled: bool) -> None:
    """Prove that every message is in one state, that nothing contradicts it, and that none is missing.

    All that were ever received are here, or forgotten by retention after their end, or erased by a person.
    Exit code 1 where the file is damaged, a message has a fault, or the sum is wrong.
    """
    with contextlib.closing(files.opened(database)) as db:
        found = examined(db, database)
    sound = is_sound(found) and not (settled and found["open"])
    if as_json:
        options.print_json({**found, "sound": sound})
    else:
        click.echo(verdict(found, paint_for(sys.stdout), sound=sound), color=True)
    ctx.exit(int(not sound))


def is_sound(found: Mapping[str, Json]) -> bool:
    """Tell whether nothing contradicts the promises."""
    return not found["faults"] and not found["missing"] and found["integrity"] == "ok"


def examined(db: sqlite3.Connection, path: Path) -> dict[str, Json]:
    """Return what `facts` finds; damage may show only where a page is read."""
    try:
        db.execute("BEGIN")
        found = facts(db)
        # Ends the look at one moment first: the check takes long, and the agent's log would wait for it.
        db.execute("COMMIT")
        return found | {"integrity": db.execute("PRAGMA integrity_check(1)").fetchone()[0]}
    except sqlite3.Error as error:
        remedy = "keep the file for salvage; the agent sets a damaged one aside when it starts"
        raise Permanent(f"verify {path}", cause=str(error), remedy=remedy) from error


def facts(db: sqlite3.Connection) -> dict[str, Json]:
    """Return the messages by state, those not at their end, contradictions, and what is not here any more."""
    states: dict[str, int] = dict(
        db.execute("SELECT state, count(*) FROM v_states GROUP BY state ORDER BY state").fetchall()
    )
    faults = db.execute(
        "SELECT id, state, fault FROM v_states WHERE fault IS NOT NULL ORDER BY seq"
    ).fetchall()
    counters: dict[str, int] = dict(db.execute("SELECT name, value FROM counters").fetchall())
    here, received = sum(states.values()), counters.get("received", 0)
    return {
        "messages": here,
        "states": dict(states),
        "open": sum(count for state, count in states.items() if state not in TERMINAL),
        "faults": [{"id": row[0], "state": row[1], "fault": row[2]} for row in faults],
        "received": received,
        **{name: counters.get(name, 0) for name in REMOVED},
        "missing": received - here - sum(counters.get(name, 0) for name in REMOVED),
    }


def verdict(found: Mapping[str, Json], paint: Paint, *, sound: bool) -> str:
    """Return the proof for people."""
    states, faults = found["states"], found["faults"]
    rows = [(name, str(count)) for name, count in states.items()] if isinstance(states, dict) else []
    codes = [(BOLD,) if name in TERMINAL else () for name, _ in rows]
    lines = [
        table(
            [*rows, ("all", str(found["messages"]))], ("state", "messages"), paint=paint, codes=[*codes, ()]
        )
    ]
    lines += (
        [f"{one['id']}: {one['fault']}" for one in faults if isinstance(one, dict)]
        if isinstance(faults, list)
        else []
    )
    lines.append(
        f"received: {found['received']} = {found['messages']} here + {found['forgotten']} forgotten"
        f" + {found['erased']} erased + {found['missing']} missing"
    )
    lines.append(f"integrity: {found['integrity']}, not at their end: {found['open']}")
    lines.append(paint("sound", GREEN, BOLD) if sound else paint("not sound", RED, BOLD))
    return "\n".join(lines)
