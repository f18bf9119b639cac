"""A damaged file must neither stop the agent nor hide: it is set aside, and a new one begins."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
"""Primary result codes that mean: the file is not what it was."""
MARK = ".damaged-"
"""Stands between the name of the database and the time at which it was set aside."""


def is_damage(error: BaseException) -> bool:
    """Tell whether an error means that the file is damaged (and not locked, full or forbidden)."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in DAMAGE and not is_damaged_index(error)


def is_damaged_index(error: BaseException) -> bool:
    """Tell whether only the index of words contradicts itself: it is made anew from the texts."""
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_CORRUPT_VTAB


def set_aside(path: Path, now: float) -> Path:
    """Rename the file and its log, with the time; return the new name. A person may salvage it."""
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    target = path.with_name(f"{path.name}{MARK}{stamp}")
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(target.with_name(target.name + suffix))
    return target


def newest_set_aside(path: Path) -> Path | None:
    """Return the newest file that was set aside and still lies there; None where there is none."""
    with contextlib.suppress(OSError):
        kept = [one for one in path.parent.iterdir() if one.name.startswith(path.name + MARK)]
        return max((one for one in kept if not one.name.endswith(("-wal", "-shm"))), default=None)
    return None
