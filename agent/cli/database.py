"""The agent's database, opened beside it: read-only for questions, writable for what a person decides."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from agent.errors import Permanent

DEFAULT_DATABASE: Final = Path("/var/lib/maaza/maaza.db")
LOCK_WAIT_S: Final = 5.0
"""How long to wait for the agent's lock on the file, seconds."""

option = click.option(
    "--database",
    "database",
    type=click.Path(path_type=Path),
    default=DEFAULT_DATABASE,
    show_default=True,
    help="Database of the agent; it may be running.",
)


def opened(path: Path) -> sqlite3.Connection:
    """Open the agent's database for reading.

    A file that no agent has open is read as it is; beside a running agent its shared memory is used, which
    asks for rights on the folder.
    """
    if not path.is_file():
        remedy = "name the file with --database; the setting is buffer.path"
        raise Permanent(f"open {path}", cause="no such file", remedy=remedy)
    faults = []
    for options_ in _ways(path):
        try:
            return _tried(path, options_)
        except sqlite3.Error as error:
            faults.append(str(error))
    remedy = "see that the file is a database of maaza and that you are in its group"
    raise Permanent(f"open {path}", cause=faults[0], remedy=remedy)


def _ways(path: Path) -> Iterator[str]:
    yield "mode=ro"
    log = path.with_name(f"{path.name}-wal")
    if not log.exists() or log.stat().st_size == 0:
        yield "mode=ro&immutable=1"


def _tried(path: Path, how: str) -> sqlite3.Connection:
    db = sqlite3.connect(f"{path.resolve().as_uri()}?{how}", uri=True, timeout=LOCK_WAIT_S)
    try:
        db.execute("SELECT 1 FROM v_states LIMIT 1").fetchone()
    except sqlite3.Error:
        db.close()
        raise
    return db
