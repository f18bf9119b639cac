"""The agent's database, opened beside it: read-only for questions, writable for what a person decides."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click

from agent.errors import Permanent

DEFAULT_DATABASE: Final = Path("/var/lib/maaza/maaza.db")
LOCK_WAIT_S: Final = 5.0
"""How long to wait for the agent's lock on the file, seconds."""
WRITE_WAIT_S: Final = 30.0
"""The same for a verb that writes: nobody waits for it but the person."""
PAUSE_S: Final = 0.05
"""Seconds between two units of work of a verb: the agent's own come first."""
NEEDED: Final = 1006
"""``user_version`` from which the file has all that verbs that write rely on."""

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
    require_file(path)
    faults = []
    for options_ in _ways(path):
        try:
            return _tried(path, options_)
        except sqlite3.Error as error:
            faults.append(str(error))
    remedy = "see that the file is a database of maaza and that you are in its group"
    raise Permanent(f"open {path}", cause=faults[0], remedy=remedy)


def require_file(path: Path) -> None:
    """Refuse what cannot be a database."""
    if not path.is_file():
        cause = "it is a folder" if path.is_dir() else "it is no file" if path.exists() else "no such file"
        remedy = "name the file with --database; the setting is buffer.path"
        raise Permanent(f"open {path}", cause=cause, remedy=remedy)


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


def writable(path: Path, *, needed: int = NEEDED) -> sqlite3.Connection:
    """Open the agent's database for a change that a person has decided; the agent may be running.

    SQLite's own locks keep both apart; each unit of work is one transaction (`unit`).
    """
    require_file(path)
    with reported(path):
        db = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=WRITE_WAIT_S, isolation_level=None
        )
        db.execute("PRAGMA foreign_keys = ON")
        # What is removed is overwritten, also in pages that are set free.
        db.execute("PRAGMA secure_delete = ON")
        version: int = db.execute("PRAGMA user_version").fetchone()[0]
    try:
        require(version, needed, path)
    except Permanent:
        db.close()
        raise
    return db


def require(version: int, needed: int, path: Path) -> None:
    """Refuse a file without what a verb relies on.

    Raises:
        Permanent: its ``user_version`` is an earlier one.
    """
    if version < needed:
        remedy = "start the agent of this version once: it brings the file up to date"
        raise Permanent(f"use {path}", cause="the file is of an older version", remedy=remedy)


@contextmanager
def unit(db: sqlite3.Connection, path: Path) -> Iterator[None]:
    """Give a transaction: all of it happens, or nothing; afterwards the agent gets its turn."""
    with reported(path):
        db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")
    time.sleep(PAUSE_S)


@contextmanager
def reported(path: Path) -> Iterator[None]:
    """Turn a refusal of SQLite into one that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        remedy = "call it as the user that the agent runs as: sudo -u maaza maaza …"
        if "locked" in str(error):
            remedy = "another program holds the file for long: wait for its end, then call again"
        if "not a database" in str(error) or "malformed" in str(error):
            remedy = "see that the file is a database of maaza, and what `maaza audit verify` says of it"
        raise Permanent(f"change {path}", cause=str(error), remedy=remedy) from error
