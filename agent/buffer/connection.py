"""Opens the one database file: owner lock, pragmas for power cuts, migrations that only extend."""

from __future__ import annotations

import fcntl
import os
import re
import sqlite3
from importlib import resources
from pathlib import Path

from agent.errors import BufferRefused

MAJOR = 1
"""Generation of the file's layout. Code refuses a file of a later one; steps within it only extend (P9)."""
STEPS_PER_MAJOR = 1000
"""``user_version`` is major * 1000 + the last step taken."""
PAGE_BYTES = 1024
"""Size of a page of a new file. A commit writes whole pages, a dozen with a few hundred new bytes each."""
WAL_COPIED_BYTES = 8 * 1024 * 1024
"""Size of the log from which a commit copies it into the file."""
WAL_KEPT_BYTES = 16 * 1024 * 1024
"""Size to which the log is cut back after a copy."""
CACHE_KIB = 8 * 1024
"""Memory for pages, KiB."""
LOCK_WAIT_MS = 5000
"""How long a commit waits for another program's lock on the file, milliseconds."""
FILE_MODE = 0o640
"""Auditors in the file's group read without root."""


def open_database(path: Path, *, synchronous: str = "FULL", overwrites: bool = False) -> sqlite3.Connection:
    """Open the file, bring it up to date, and return a connection in manual transaction mode."""
    try:
        connection = sqlite3.connect(
            path, isolation_level=None, timeout=LOCK_WAIT_MS / 1000, cached_statements=256
        )
        _prepare(connection, synchronous, overwrites=overwrites)
        migrate(connection)
    except sqlite3.OperationalError as error:
        # Damage is a plain DatabaseError and passes through: the door decides about it.
        remedy = f"check owner, mode and free space of {path.parent}"
        raise BufferRefused(f"open {path}", cause=str(error), remedy=remedy) from error
    return connection


def _prepare(connection: sqlite3.Connection, synchronous: str, *, overwrites: bool) -> None:
    # Both take effect only before the first table exists, so they come first.
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.execute("PRAGMA foreign_keys = ON")
    # What is removed is overwritten where its page is written anyway; pages set free only where it is wished,
    # because that costs a write. `erase` sees to the others.
    connection.execute(f"PRAGMA secure_delete = {'ON' if overwrites else 'FAST'}")
    page_bytes: int = connection.execute("PRAGMA page_size").fetchone()[0]
    connection.execute(f"PRAGMA wal_autocheckpoint = {WAL_COPIED_BYTES // page_bytes}")
    connection.execute(f"PRAGMA journal_size_limit = {WAL_KEPT_BYTES}")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")


def steps() -> dict[int, str]:
    """Return the migration steps by number."""
    folder = resources.files("agent.buffer").joinpath("migrations")
    named = {entry.name: entry for entry in folder.iterdir() if re.fullmatch(r"\d{4}_\w+\.sql", entry.name)}
    return {int(name[:4]): named[name].read_text("utf-8") for name in sorted(named)}


def pending(version: int, known: dict[int, str]) -> list[int]:
    """Return the steps that a file of this ``user_version`` lacks; refuse a later generation."""
    major, step = divmod(version, STEPS_PER_MAJOR)
    if major > MAJOR:
        cause = f"the file has layout {major}, this program knows up to {MAJOR}"
        raise BufferRefused(
            "migrate the database", cause=cause, remedy="install a newer maaza, or restore a backup"
        )
    return [number for number in sorted(known) if number > step]


def migrate(connection: sqlite3.Connection) -> None:
    """Take the missing steps, each with its number in one transaction."""
    known = steps()
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    for number in pending(version, known):
        connection.executescript(
            f"BEGIN IMMEDIATE;\n{known[number]}\n"
            f"PRAGMA user_version = {MAJOR * STEPS_PER_MAJOR + number};\nCOMMIT;"
        )


def lock(path: Path) -> int:
    """Become the only owner of the database; return the lock's file descriptor, to be kept open."""
    try:
        descriptor = os.open(
            path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE
        )
    except OSError as error:
        raise BufferRefused(
            f"open {path}", cause=str(error), remedy=f"create {path.parent}, writable"
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        remedy = "stop the other agent, or set another buffer.path"
        raise BufferRefused(f"open {path}", cause="another agent uses it", remedy=remedy) from error
    return descriptor
